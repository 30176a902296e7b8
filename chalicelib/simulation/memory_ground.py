"""The engine on in-memory stores, wrapped: what was stored, then the index's lag, then faults.

It holds no state of the run but the stores themselves, which the end of the run is read from.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from typing import Any, cast

from chalicelib.adapters.fixed_quota import FixedQuota
from chalicelib.adapters.memory_brakes import MemoryBrakes
from chalicelib.adapters.memory_enrolments import MemoryEnrolments
from chalicelib.adapters.memory_events import MemoryEventLog
from chalicelib.adapters.memory_mail_counts import MemoryMailCounts
from chalicelib.adapters.memory_members import MemoryMembers
from chalicelib.adapters.memory_memberships import MemoryMemberships
from chalicelib.adapters.memory_queue import MemoryEventQueue, MemoryParking, MemorySendQueue
from chalicelib.adapters.memory_send_budget import MemorySendBudget
from chalicelib.adapters.memory_stock import MemoryStock
from chalicelib.adapters.memory_templates import MemorySentTemplates
from chalicelib.adapters.paced_mailer import PacedMailer
from chalicelib.domain.brakes import Pauses
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.member import Member
from chalicelib.domain.parking import QueueName
from chalicelib.observability import Line, log_failure
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.cloud import WorkerClock
from chalicelib.simulation.faults import Fault
from chalicelib.simulation.ground import engine_of
from chalicelib.simulation.index_lag import DUE_SHARDS, LaggingEnrolments
from chalicelib.simulation.mailer import SimulatedMailer
from chalicelib.simulation.plan import Plan
from chalicelib.simulation.proxies import Gate, Proxy
from chalicelib.simulation.queue import SimulatedQueue
from chalicelib.simulation.record import Record
from chalicelib.simulation.scheduler import Scheduler
from chalicelib.simulation.truth import (
    TrueBrakes,
    TrueEnrolments,
    TrueEvents,
    TrueMailCounts,
    TrueMembers,
    TrueMemberships,
)
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import EventRecord


@dataclass(frozen=True)
class MemoryGround:
    """The port ``Ground``: the stores of one run, and the engine over them."""

    plan: Plan
    scheduler: Scheduler
    record: Record
    gate: Gate
    queues: Mapping[QueueName, SimulatedQueue]

    @cached_property
    def clock(self) -> WorkerClock:
        return WorkerClock(self.scheduler)

    @cached_property
    def members(self) -> TrueMembers:
        return TrueMembers(MemoryMembers(), self.record)

    @cached_property
    def brakes(self) -> TrueBrakes:
        return TrueBrakes(MemoryBrakes(), self.record)

    @cached_property
    def index(self) -> LaggingEnrolments:
        stored = MemoryEnrolments(cast("Any", self.members), DUE_SHARDS, cast("Any", self.brakes))
        return LaggingEnrolments(
            TrueEnrolments(stored, self.record),
            self.record,
            self.scheduler,
            Chance(self.plan.seed, "index"),
            self.plan.rates.get(Fault.INDEX_LAG, 0.0),
            self.brakes.pauses,
        )

    @cached_property
    def events(self) -> TrueEvents:
        return TrueEvents(MemoryEventLog(self.clock), self.record)

    @cached_property
    def memberships(self) -> TrueMemberships:
        stored = MemoryMemberships(self.members.inner, DUE_SHARDS)
        return TrueMemberships(stored, self.record, self.members)

    @cached_property
    def templates(self) -> MemorySentTemplates:
        return MemorySentTemplates()

    def engine(self) -> Engine:
        queues = cast("Any", self.queues)
        stores = {
            "members": self.members,
            "enrolments": self.index,
            "events": self.events,
            "memberships": self.memberships,
            "stock": MemoryStock(),
            "brakes": self.brakes,
            "mail_counts": TrueMailCounts(MemoryMailCounts(), self.record),
            "sent_templates": self.templates,
            "event_queue": MemoryEventQueue(queues[QueueName.EVENTS]),
            "send_queue": MemorySendQueue(queues[QueueName.SENDS]),
            "parking": MemoryParking(queues),
        }
        behind: dict[str, Any] = {
            name: Proxy(name, store, self.gate) for name, store in stores.items()
        }
        return engine_of(self.plan, self.clock, self.gate, {**behind, "mailer": self._mailer()})

    def pauses(self) -> Pauses:
        paused: Pauses = self.brakes.pauses()
        return paused

    def every_member(self) -> Iterator[Member]:
        return cast("Iterator[Member]", self.members.every())

    def every_enrolment(self) -> Iterator[Enrolment]:
        return cast("Iterator[Enrolment]", self.index.every())

    def every_event(self) -> Iterator[EventRecord]:
        return cast("Iterator[EventRecord]", self.events.every())

    def _mailer(self) -> PacedMailer:
        """Return the mail service, at the pace that all workers share."""
        plan, gate, clock = self.plan, self.gate, self.clock
        chance = Chance(plan.seed, "mail service")
        service = SimulatedMailer(self.record, gate, clock, chance, plan.rates)
        budget: Any = Proxy("send_budget", MemorySendBudget(), gate)
        quota = FixedQuota(plan.mails_per_second)
        return PacedMailer(
            *(service, budget, quota, clock, self._wait),
            on_failure=partial(log_failure, Line.BUDGET_NOT_TOLD),
        )

    def _wait(self, seconds: float) -> None:
        self.scheduler.wait(timedelta(seconds=seconds))
