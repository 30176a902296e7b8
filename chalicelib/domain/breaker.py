"""The breaker: when complaints or bounces are so many that a journey has to pause itself.

It looks at counts alone and is asked only when one more complaint or bounce was counted. The
counts may err, but only so that it trips too early: never too late.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

DAYS_KEPT = 31
"""How many days the breaker looks back at the most."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """The shares of mails (0 to 1) that trip it, and how many mails make a share."""

    complaints: float = 0.0008
    bounces: float = 0.03
    mails: int = 2000


DEFAULT_BREAKER = Breaker()
"""Below what the mail service puts an account under review for: 0.1 % and 5 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """What was counted of a journey's mails on one day, in UTC.

    A complaint counts on the day it is heard of, not on that of its mail.
    """

    day: date
    mails: int = 0
    complaints: int = 0
    bounces: int = 0

    def __add__(self, other: "DayCount") -> "DayCount":
        """Add up two counts; the day is the earlier one."""
        return DayCount(
            day=min(self.day, other.day),
            mails=self.mails + other.mails,
            complaints=self.complaints + other.complaints,
            bounces=self.bounces + other.bounces,
        )


def tripped(breaker: Breaker, days: Sequence[DayCount]) -> str | None:
    """Return why the journey has to pause; None when it may go on.

    Looked at are the newest whole days that hold enough mails together: what was long ago
    must not outweigh what is going wrong today.
    """
    counted = newest_with(breaker.mails, days)
    if counted is None:
        return None
    for what, number, most in (
        ("complaints", counted.complaints, breaker.complaints),
        ("hard bounces", counted.bounces, breaker.bounces),
    ):
        if number / counted.mails >= most:
            return (
                f"{number:,} {what} in {counted.mails:,} mails since {counted.day} are "
                f"{number / counted.mails:.4%}; the bound is {most:.4%}"
            )
    return None


def newest_with(mails: int, days: Sequence[DayCount]) -> DayCount | None:
    """Add up the newest days until they hold so many mails; None when all hold fewer."""
    counted: DayCount | None = None
    for each in sorted(days, key=lambda each: each.day, reverse=True):
        counted = each if counted is None else counted + each
        if counted.mails >= mails:
            return counted
    return None
