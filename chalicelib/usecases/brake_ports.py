"""What holds mails back, as Protocols, under the contract of ``ports``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.domain.brakes import Pause, Pauses
from chalicelib.domain.breaker import DayCount
from chalicelib.domain.pace import Pace, Permit


class Brakes(Protocol):
    """What is paused: everything, or single journeys."""

    def pauses(self) -> Pauses:
        """Read what is paused now, consistently."""
        ...

    def pause(self, journey: str | None, pause: Pause) -> bool:
        """Pause a journey, or everything (None); False: it was paused, and the first stays."""
        ...

    def resume(self, journey: str | None) -> bool:
        """End the pause of a journey, or that of everything (None); False: there was none."""
        ...


class MailCounts(Protocol):
    """What the breaker looks at: mails, complaints and hard bounces of a journey, by day.

    A series is what is counted between two pauses; nothing is ever counted down.
    """

    def add(self, journey: str, series: int, count: DayCount) -> None:
        """Add to the day's count, atomically. Twice is twice: nothing tells a repetition."""
        ...

    def of(self, journey: str, series: int) -> Sequence[DayCount]:
        """Read the newest days that anything was counted on, 31 at the most, consistently."""
        ...


class SendBudget(Protocol):
    """The quota of the mail service, as all senders share it."""

    def take(self, pace: Pace, wanted: int, now: datetime, until: datetime) -> Permit | None:
        """Give leave for up to ``wanted`` calls in one window; None: none opens before ``until``.

        What is taken is used up, whether or not the caller hears of it.
        """
        ...


class SendQuota(Protocol):
    """How many mails the mail service takes."""

    def per_second(self) -> float:
        """Return the rate that holds now; 0 while the quota of the day is used up."""
        ...
