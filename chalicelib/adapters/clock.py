"""The two clocks: the wall's, and the one that a world sets."""

from datetime import UTC, datetime, timedelta


class ClockError(ValueError):
    """A clock that would go back, or has no zone."""


class SystemClock:
    """The port ``Clock``: the machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class VirtualClock:
    """The port ``Clock``: a time that stands still until it is set, and never goes back."""

    def __init__(self, now: datetime) -> None:
        if now.tzinfo is None:
            raise ClockError(f"The time {now} has no zone; make it with tzinfo=UTC")
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        if now < self._now:
            raise ClockError(f"It is {self._now}; the clock can't go back to {now}")
        self._now = now.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        self.set(self._now + by)
