"""The mail service on SES: one call, one attempt, and an honest word on what became of it.

SES has no idempotency key, so a repeated call is a second mail: the client never repeats one.
Only what surely was not sent is a refusal; whatever may have been sent is unavailable.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
)
from botocore.parsers import ResponseParserError

from chalicelib.adapters.aws_errors import ASKED_TO_WAIT, error_code, status_code
from chalicelib.adapters.client_config import client_config
from chalicelib.domain.feedback import feedback_step
from chalicelib.usecases.ports import Accepted, OutgoingMail, Refusal, UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

ABOUT_THIS_MAIL = frozenset({"BadRequestException", "MessageRejected", "ValidationException"})
"""Refusals that no later attempt can mend. Every other 4xx speaks of the account and must not
use up the steps of every member who is due meanwhile."""

TOO_FAST = ASKED_TO_WAIT | {"LimitExceededException", "TooManyRequestsException"}
"""The rate of the second or the quota of the day is spent. What is left of the 4xx is for the
account's keeper to mend: sending paused, an identity or a configuration set that is missing."""

NEVER_LEFT = (ConnectTimeoutError, EndpointConnectionError, NoCredentialsError)
"""Failures from before the first byte of the request."""


def ses_config(read_timeout_seconds: float = 10) -> Config:
    """One attempt, and an answer well before the function's own deadline."""
    return client_config(attempts=1, read_timeout_seconds=read_timeout_seconds, keep_alive=True)


class SesMailer:
    """The port ``Mailer``. Its client must be made with ``ses_config``."""

    def __init__(self, client: "SESV2Client", configuration_set: str) -> None:
        retries: dict[str, Any] = getattr(client.meta.config, "retries", None) or {}
        if retries.get("total_max_attempts") != 1:
            raise ValueError("This SES client repeats calls, so mails; make it with ses_config()")
        self._client = client
        self._configuration_set = configuration_set

    def send(self, mail: OutgoingMail) -> Accepted | Refusal:
        try:
            answer = self._client.send_email(**self._request(mail))
        except ClientError as error:
            return _refusal(error)
        except NEVER_LEFT:
            return Refusal.THROTTLED
        except (BotoCoreError, ResponseParserError) as error:
            raise UnavailableError(f"SES gave no answer that can be read: {error}") from error
        if not answer.get("MessageId"):
            raise UnavailableError("SES answered without a message id")
        return Accepted(answer["MessageId"])

    def _request(self, mail: OutgoingMail) -> dict[str, Any]:
        return {
            "FromEmailAddress": mail.sender,
            "Destination": {"ToAddresses": [mail.recipient]},
            "Content": {"Raw": {"Data": mail.mime}},
            "EmailTags": [{"Name": name, "Value": value} for name, value in _tags(mail).items()],
            "ConfigurationSetName": self._configuration_set,
        }


def _tags(mail: OutgoingMail) -> Mapping[str, str]:
    """Add the two tags that SES puts first into the Feedback-ID that it writes itself.

    Gmail sums up complaints by them, so they tell which step and which journey people call spam.
    """
    if not mail.tags.keys() >= {"journey", "step"}:
        return mail.tags
    journey, step = mail.tags["journey"], mail.tags["step"]
    own = {"ses:feedback-id-a": feedback_step(journey, step), "ses:feedback-id-b": journey}
    return {**mail.tags, **own}


def _refusal(error: ClientError) -> Refusal:
    """Sort an error that SES answered with; what is not a clear no is no answer."""
    status = status_code(error)
    if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise UnavailableError(f"SES answered {status}: {error}") from error
    if status == HTTPStatus.REQUEST_TIMEOUT:
        raise UnavailableError(f"SES lost patience: {error}") from error
    unverified = "not verified" in str(error)
    if error_code(error) in ABOUT_THIS_MAIL and not unverified:
        return Refusal.REFUSED
    return Refusal.THROTTLED if error_code(error) in TOO_FAST else Refusal.ACCOUNT_REFUSED
