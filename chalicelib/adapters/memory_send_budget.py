"""The sending budget in one value: the twin of the DynamoDB adapter."""

from datetime import datetime

from chalicelib.domain.pace import Pace, Permit, Window, next_window, permit


class MemorySendBudget:
    """The port ``SendBudget``."""

    def __init__(self) -> None:
        self._last: Window | None = None

    def take(self, pace: Pace, wanted: int, now: datetime, until: datetime) -> Permit | None:
        after = next_window(pace, self._last, wanted, now)
        if after.opens >= until:
            return None
        before, self._last = self._last, after
        return permit(before, after)
