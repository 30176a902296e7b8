"""How many mails SES takes of this account, as SES says: asked for seldom, and never exceeded.

Where SES gives no answer, the ceiling that the deployment sets must do; where there is none,
what every account has.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from chalicelib.usecases.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

ASKED_EVERY = timedelta(minutes=5)
LEAST_PER_SECOND = 1.0
"""What an account in the sandbox has."""

FAILED = (BotoCoreError, ClientError, ResponseParserError, KeyError, TypeError)
"""No answer, a refusal, or one that can't be read."""

OnFailure = Callable[[Exception], None]


class SesQuota:
    """The port ``SendQuota``. ``ceiling`` is the most that the deployment wants; 0: no wish.

    ``on_failure`` hears of each time that SES was asked in vain.
    """

    def __init__(
        self, client: "SESV2Client", ceiling: float, clock: Clock, on_failure: OnFailure
    ) -> None:
        self._client = client
        self._ceiling = ceiling
        self._clock = clock
        self._on_failure = on_failure
        self._told: float | None = None
        self._asked_at: datetime | None = None

    def per_second(self) -> float:
        now = self._clock.now()
        if self._asked_at is None or now - self._asked_at >= ASKED_EVERY:
            self._asked_at = now
            self._ask()
        if self._told is None:
            return self._ceiling or LEAST_PER_SECOND
        return min(self._told, self._ceiling) if self._ceiling else self._told

    def _ask(self) -> None:
        """Keep what SES said before when it says nothing now."""
        try:
            self._told = rate_of(self._client.get_account()["SendQuota"])
        except FAILED as error:
            self._on_failure(error)


def rate_of(quota: Mapping[str, Any]) -> float:
    """Return the rate of SES's ``SendQuota``: nothing when the day's mails are used up."""
    most = quota["Max24HourSend"]
    used_up = 0 <= most <= quota["SentLast24Hours"]
    return 0.0 if used_up else float(quota["MaxSendRate"])
