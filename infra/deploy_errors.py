"""What can go wrong between this machine and AWS, said so that whoever deploys can mend it."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions as aws
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws_errors import error_code
from chalicelib.operations.aws_faults import STALE, UNKNOWN_KEY

_FORBIDDEN = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})


class DeployError(Exception):
    """Ends the deployment: the message says what is wrong, where, and how to mend it."""


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what boto3 raises into a ``DeployError``."""
    try:
        yield
    except ClientError as error:
        raise DeployError(_of_answer(error)) from error
    except BotoCoreError as error:
        raise DeployError(_of_no_answer(error)) from error


def _of_answer(error: ClientError) -> str:
    """Say what to do about a refusal by AWS."""
    code = error_code(error)
    if code in STALE:
        return "The AWS credentials have expired. Sign in again: aws sso login, or as you do it."
    if code in UNKNOWN_KEY:
        return f"AWS does not know these credentials ({code}). Look at: aws sts get-caller-identity"
    if code in _FORBIDDEN:
        return (
            f"These credentials may not do {error.operation_name}: {error}. "
            "Use a role that may; docs/how-to/deploy.md says what it needs."
        )
    return f"AWS refused {error.operation_name}: {error}"


def _of_no_answer(error: BotoCoreError) -> str:
    """Say what to do when no request was made, or none was answered."""
    match error:
        case aws.NoCredentialsError() | aws.PartialCredentialsError():
            return (
                "There are no AWS credentials. Sign in (aws sso login), name a profile "
                "(AWS_PROFILE=…), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            )
        case aws.NoRegionError():
            return no_region()
        case aws.ProfileNotFound():
            return f"{error}. Look at: aws configure list-profiles"
        case aws.SSOError() | aws.TokenRetrievalError():
            return f"The sign-in is not valid any more: {error}. Sign in again: aws sso login"
        case aws.ConnectionError() | aws.HTTPClientError():
            return f"AWS can't be reached from here: {error}"
    return str(error)


def no_region() -> str:
    return "No AWS region is set. Set one: AWS_DEFAULT_REGION=eu-central-1, or in the profile."
