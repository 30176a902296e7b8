"""The index of what is due, up to some seconds behind the table, as DynamoDB's indexes are.

It keeps no truth of its own: it hears of what is stored, and shows it later.
"""

from collections import deque
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from chalicelib.adapters import keys
from chalicelib.adapters.items import due_index
from chalicelib.domain.brakes import Pauses
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.membership import Membership
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.faults import Fault
from chalicelib.simulation.record import Faulted, Record, Stored
from chalicelib.simulation.scheduler import Scheduler
from chalicelib.usecases.ports import DueStep

DUE_SHARDS = 2
LONGEST_LAG = timedelta(seconds=5)

_Entry = dict[str, str]


class LaggingEnrolments:
    """The port ``Enrolments`` with an index of its own; ``share``: how often a change lags."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it stands over, and what it needs to lag
        self,
        inner: Any,  # noqa: ANN401 - any store of the port
        record: Record,
        scheduler: Scheduler,
        chance: Chance,
        share: float,
        pauses: Callable[[], Pauses],
    ) -> None:
        self.share = share
        self._pauses = pauses
        self._inner = inner
        self._record = record
        self._scheduler = scheduler
        self._chance = chance
        self._shown: dict[str, _Entry] = {}
        self._true: dict[str, _Entry] = {}
        self._coming: deque[tuple[datetime, str, _Entry]] = deque()
        self._looks: dict[str, datetime] = {}
        record.listen(Stored, self._stored)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the port has
        return getattr(self._inner, name)

    def due(
        self, shard: int, until: datetime, limit: int, without: Collection[str] = ()
    ) -> list[DueStep]:
        self._catch_up()
        found = self._in(self._shown, shard, until, without)
        if found != self._in(self._true, shard, until, without):
            self._record.add(Faulted, kind=Fault.INDEX_LAG, where="enrolments.due")
        return [keys.parse_due(text) for text in found[:limit]]

    def earliest_due(self) -> datetime | None:
        """Return when, in truth, the first step is due that no pause holds back, or a look is."""
        pauses = self._pauses()
        lines = [entry["GSI1SK"] for entry in self._true.values() if entry]
        free = [line for line in lines if not pauses.holding(keys.journey_due(line))]
        steps = [keys.parse_due(min(free)).at] if free else []
        return min([*steps, *self._looks.values()], default=None)

    def _in(
        self, index: dict[str, _Entry], shard: int, until: datetime, without: Collection[str]
    ) -> list[str]:
        line, end = keys.due_shard(shard), keys.due_after(until)
        return sorted(
            entry["GSI1SK"]
            for entry in index.values()
            if entry
            and entry["GSI1PK"] == line
            and entry["GSI1SK"] < end
            and keys.journey_due(entry["GSI1SK"]) not in without
        )

    def _stored(self, stored: Stored) -> None:
        if isinstance(stored.after, Membership):
            self._looks.pop(stored.key, None)
            if stored.after.due_at:
                self._looks[stored.key] = stored.after.due_at
        if not isinstance(stored.after, Enrolment):
            return
        entry = due_index(stored.after, DUE_SHARDS)
        self._true[stored.key] = entry
        lag = LONGEST_LAG * self._chance.random() if self._chance.happens(self.share) else None
        self._catch_up()
        at = self._scheduler.now + (lag or timedelta(0))
        if self._coming:  # changes are shown in the order in which they were made
            at = max(at, self._coming[-1][0])
        self._coming.append((at, stored.key, entry))
        self._catch_up()

    def _catch_up(self) -> None:
        while self._coming and self._coming[0][0] <= self._scheduler.now:
            _, key, entry = self._coming.popleft()
            self._shown[key] = entry
