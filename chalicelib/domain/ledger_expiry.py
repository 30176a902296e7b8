"""When what was earned lapses: one rule a unit, as the programme declares it.

All days are those of the programme's time zone. The last day is the last on which a lot can be
spent; what was earned with one last day is one lot.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DAY = timedelta(days=1)


class ExpiryKind(StrEnum):
    """How a unit's last day is found."""

    NEVER = "never"
    FIXED_DAY = "fixed_day"
    """All of it on one day."""
    ROLLING = "rolling"
    """So many months after it was earned."""
    MONTH_END = "month_end"
    """At the end of the month that is so many months after."""
    YEAR_END = "year_end"
    """At the end of the year that the month so many months after is in."""
    INACTIVITY = "inactivity"
    """So many months after the member was last active: everything, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """A unit's rule. ``kept_by``: kinds of lines that count as activity, none for every kind.

    ``warn_days`` before something lapses the member is told, 0 for never.
    """

    kind: ExpiryKind = ExpiryKind.NEVER
    months: int = 0
    day: date | None = None
    kept_by: tuple[str, ...] = ()
    warn_days: int = 0

    def last_day(self, earned_on: date) -> date | None:
        """Return the last day of what is earned on that day; None: its lot has no end of its own.

        A fixed day that is over already gives a lot that lapses at once.
        """
        match self.kind:
            case ExpiryKind.FIXED_DAY:
                return self.day
            case ExpiryKind.ROLLING:
                return plus_months(earned_on, self.months)
            case ExpiryKind.MONTH_END:
                return month_end(plus_months(earned_on, self.months))
            case ExpiryKind.YEAR_END:
                return date(plus_months(earned_on, self.months).year, 12, 31)
            case _:
                return None

    def last_active_day(self, active_on: date | None) -> date | None:
        """Return the last day of everything, if the member does nothing more; None: no end."""
        if self.kind is not ExpiryKind.INACTIVITY or active_on is None:
            return None
        return plus_months(active_on, self.months)

    def is_kept_by(self, kind: str) -> bool:
        """Tell whether a line of this kind shows that the member is active."""
        return not self.kept_by or kind in self.kept_by


NEVER = Expiry()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRules:
    """What a programme says of a unit: when it lapses, and how far below 0 a member may be.

    ``floor`` is 0 or negative.
    """

    expiry: Expiry = NEVER
    floor: int = 0


PLAIN = UnitRules()


def plus_months(day: date, months: int) -> date:
    """Return the same day so many months later, or the month's last where there is none.

    >>> plus_months(date(2027, 1, 31), 1)
    datetime.date(2027, 2, 28)
    """
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
