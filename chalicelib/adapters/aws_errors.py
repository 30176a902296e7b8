"""Which of boto's errors mean that asking again can help: the one place that knows.

Everything else that boto raises is a mistake of ours (a name, a permission, a parameter)
and passes through unchanged, to be seen.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from botocore.exceptions import (
    ChecksumError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.parsers import ResponseParserError

from chalicelib.usecases.ports import UnavailableError

NO_ANSWER = (
    *(HTTPClientError, BotoConnectionError),
    *(IncompleteReadError, ChecksumError, ResponseParserError),
)
"""No connection, a dropped one, or a timeout; or an answer that came only in part."""

ASKED_TO_WAIT = frozenset(
    {
        "KmsThrottled",
        "OverLimit",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""Codes of refusals that pass: throttles, and conflicts with a transaction under way."""


def error_code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def status_code(error: ClientError) -> int:
    """Return the HTTP status; 0 when there is none."""
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def is_temporary(error: ClientError) -> bool:
    failed = status_code(error) >= HTTPStatus.INTERNAL_SERVER_ERROR
    return failed or error_code(error) in ASKED_TO_WAIT


@contextmanager
def aws_answers() -> Iterator[None]:
    """Raise ``UnavailableError`` for each boto error after which trying again can help."""
    try:
        yield
    except ClientError as error:
        if is_temporary(error):
            raise UnavailableError(f"{error.operation_name}: {error}; try again") from error
        raise
    except NO_ANSWER as error:
        raise UnavailableError(f"no answer from AWS: {error}; try again") from error
