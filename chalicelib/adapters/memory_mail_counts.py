"""The breaker's counts in a dictionary: the twin of the DynamoDB adapter."""

from collections import defaultdict
from typing import TYPE_CHECKING

from chalicelib.domain.breaker import DAYS_KEPT, DayCount

if TYPE_CHECKING:
    from datetime import date


class MemoryMailCounts:
    """The port ``MailCounts``."""

    def __init__(self) -> None:
        self._days: defaultdict[tuple[str, int], dict[date, DayCount]] = defaultdict(dict)

    def add(self, journey: str, series: int, count: DayCount) -> None:
        days = self._days[journey, series]
        days[count.day] = days.get(count.day, DayCount(day=count.day)) + count

    def of(self, journey: str, series: int) -> list[DayCount]:
        days = self._days.get((journey, series), {})
        return [days[day] for day in sorted(days, reverse=True)[:DAYS_KEPT]]
