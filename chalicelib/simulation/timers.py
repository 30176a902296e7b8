"""The clock's own calls: the tick of the minute and the audit of the night.

Ticks that would find nothing are left out, so that a month takes no longer than what happens in
it. A tick or an audit may be lost, late or doubled.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.domain.enrolment import Enrolment
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.cloud import Cloud
from chalicelib.simulation.faults import Fault, Rates
from chalicelib.simulation.index_lag import LaggingEnrolments
from chalicelib.simulation.record import Crashed, Faulted, Paused, Resumed, Stored
from chalicelib.simulation.scheduler import Ended

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LONGEST_IDLE = 360
"""Minutes between ticks when one after the other has changed nothing."""
IDLE_AUDITS = 0.05
"""How often there is an audit in a night in which no claim is open."""
AUDIT_RETRIES = (MINUTE, 2 * MINUTE)


@dataclass(slots=True)
class _Timer:
    cloud: Cloud
    chance: Chance
    rates: Rates
    calm: bool = False

    def _strikes(self, fault: Fault, where: str) -> bool:
        if self.calm or not self.chance.happens(self.rates.get(fault, 0.0)):
            return False
        self.cloud.record.add(Faulted, kind=fault, where=where)
        return True

    def _sort(self, ended: Ended, function: str) -> None:
        """The functions of the clock end with one error of ours; anything else is a mistake."""
        if ended.error and type(ended.error).__name__ != "FunctionFailedError":
            self.cloud.record.add(Crashed, function=function, error=type(ended.error).__name__)


@dataclass(slots=True)
class Ticks(_Timer):
    """Calls ``schedule_due`` at whole minutes at which something is due and not paused."""

    index: LaggingEnrolments = field(kw_only=True)
    _next: datetime | None = None
    _idle: int = 1

    def __post_init__(self) -> None:
        self.cloud.record.listen(Stored, self._on_stored)
        self.cloud.record.listen(Resumed, self._wake)
        self.cloud.record.listen(Paused, self._wake)

    def _on_stored(self, stored: Stored) -> None:
        if stored.what in {"ENROLMENT", "MEMBERSHIP"}:
            self._wake(stored)

    def _wake(self, _: object) -> None:
        self._idle = 1
        self._plan()

    def _plan(self) -> None:
        """Expect the first minute at which a tick may find something."""
        due_at = self.index.earliest_due()
        if due_at is None:
            return
        now = self.cloud.scheduler.now
        idle = self._idle - 1 if due_at <= now else 0
        minute = _next_minute(max(due_at, now)) + idle * MINUTE
        if self._next is None or minute < self._next:
            self._next = minute
            self.cloud.scheduler.at(minute, lambda: self._tick(minute))

    def _tick(self, minute: datetime) -> None:
        if self._next != minute:
            return
        self._next = None
        self._idle = min(2 * self._idle, LONGEST_IDLE)
        if not self._strikes(Fault.TICK_LOST, "schedule_due"):
            self._call()
            if self._strikes(Fault.TICK_TWICE, "schedule_due"):
                self._call()
        self._plan()

    def _call(self) -> None:
        late = self._strikes(Fault.TICK_LATE, "schedule_due")
        span = MINUTE * self.chance.random() if late else timedelta(0)
        self.cloud.scheduler.after(
            span,
            lambda: self.cloud.on_schedule("schedule_due", lambda e: self._sort(e, "schedule_due")),
        )


@dataclass(slots=True)
class Audits(_Timer):
    """Calls ``schedule_audit`` at three in the morning; Lambda repeats one that failed twice."""

    _open: set[str] = field(default_factory=set)
    _planned: bool = False

    def __post_init__(self) -> None:
        self.cloud.record.listen(Stored, self._on_stored)
        self._plan()

    def _on_stored(self, stored: Stored) -> None:
        if isinstance(stored.after, Enrolment):
            claim = stored.after.standing()
            (self._open.add if claim and claim.state.open else self._open.discard)(stored.key)
            self._plan()

    def _plan(self) -> None:
        if not self._planned and (self._open or not self.calm):
            now = self.cloud.scheduler.now
            night = now.replace(hour=3, minute=0, second=0, microsecond=0)
            self._planned = True
            self.cloud.scheduler.at(night if night > now else night + DAY, self._night)

    def _night(self) -> None:
        self._planned = False
        needed = self._open or (not self.calm and self.chance.happens(IDLE_AUDITS))
        if needed and not self._strikes(Fault.AUDIT_LOST, "schedule_audit"):
            self._call(0)
            if self._strikes(Fault.AUDIT_TWICE, "schedule_audit"):
                self._call(0)
        self._plan()

    def _call(self, repeated: int) -> None:
        def ended(how: Ended) -> None:
            self._sort(how, "schedule_audit")
            if (how.error or how.died) and repeated < len(AUDIT_RETRIES):
                again = AUDIT_RETRIES[repeated]
                self.cloud.scheduler.after(again, lambda: self._call(repeated + 1))

        self.cloud.scheduler.at(
            self.cloud.scheduler.now,
            lambda: self.cloud.on_schedule("schedule_audit", ended),
        )


def _next_minute(moment: datetime) -> datetime:
    """Return the first whole minute after the moment."""
    return moment.replace(second=0, microsecond=0) + MINUTE
