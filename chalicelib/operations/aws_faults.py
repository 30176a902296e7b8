"""What boto3 raises, said so that whoever typed the command can mend it: what, where, how."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from chalicelib.adapters.aws_errors import error_code

AWS_ERRORS = (BotoCoreError, ClientError)
NOT_PERMITTED = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
)
STALE = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
UNKNOWN_KEY = frozenset(
    {"InvalidAccessKeyId", "InvalidClientTokenId", "SignatureDoesNotMatch"}
    | {"UnrecognizedClientException"}
)


class OperationError(Exception):
    """Ends a command: the message says what is wrong, where, and how to mend it."""


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what boto3 raises into an ``OperationError``."""
    try:
        yield
    except AWS_ERRORS as error:
        raise OperationError(plain_words(error)) from error


def plain_words(error: BotoCoreError | ClientError) -> str:
    return _of_answer(error) if isinstance(error, ClientError) else _of_no_answer(error)


def is_missing(error: ClientError) -> bool:
    """Tell whether AWS says that there is no such thing."""
    code = error_code(error)
    return code in {"NotFoundException", "ParameterNotFound"} or any(
        part in code for part in ("NotFound", "NonExistent", "DoesNotExist")
    )


def _of_answer(error: ClientError) -> str:
    code = error_code(error)
    if code in STALE:
        return "The AWS credentials have expired. Sign in again: aws sso login, or as you do it."
    if code in UNKNOWN_KEY:
        return f"AWS does not know these credentials ({code}). Try: aws sts get-caller-identity"
    if code in NOT_PERMITTED:
        return f"These credentials may not do {error.operation_name}. Use a role that may."
    message = error.response.get("Error", {}).get("Message", "no reason given")
    return f"AWS refused {error.operation_name}: {code}: {message}"


def _of_no_answer(error: BotoCoreError) -> str:
    match error:
        case NoCredentialsError() | PartialCredentialsError():
            return (
                "There are no AWS credentials. Sign in (aws sso login), name a profile "
                "(AWS_PROFILE=…), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            )
        case NoRegionError():
            return "No AWS region is set. Set one: AWS_DEFAULT_REGION=eu-central-1."
        case ProfileNotFound():
            return f"{error}. Look at: aws configure list-profiles"
        case SSOError() | TokenRetrievalError():
            return f"The sign-in is not valid any more: {error}. Sign in again: aws sso login"
        case HTTPClientError():
            return f"AWS can't be reached from here: {error}"
    return str(error)
