"""What the world has still to do, in the order of time and then of arrival."""

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

Act = Callable[[], None]


class Agenda:
    """A heap of acts, each at its time; acts of one time run in the order they came.

    An act says which queue it puts something into: looking into the others costs a call each.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Act, str]] = []
        self._arrivals = count()

    def add(self, at: datetime, act: Act, wakes: str) -> None:
        heapq.heappush(self._heap, (at, next(self._arrivals), act, wakes))

    def next_at(self) -> datetime | None:
        return self._heap[0][0] if self._heap else None

    def run_until(self, now: datetime) -> set[str]:
        """Run what is due, also what that adds; return the queues that were woken."""
        woken = set()
        while self._heap and self._heap[0][0] <= now:
            _, _, act, wakes = heapq.heappop(self._heap)
            act()
            woken.add(wakes)
        return woken
