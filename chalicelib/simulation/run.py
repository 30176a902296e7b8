"""One run from its plan to its end: faults up to a day, then calm until nothing is left to do.

What happened is in the record; how things stand at the end is read from the stores.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any, cast

from chalicelib.adapters.memory_queue import MemoryDeadLetters
from chalicelib.domain.gifts import gifts_among
from chalicelib.domain.parking import QueueName
from chalicelib.domain.report import fold_reports
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.checkers import check
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.choosers import Choosers
from chalicelib.simulation.cloud import TIMEOUTS, Cloud
from chalicelib.simulation.coincidence import Coincidences
from chalicelib.simulation.counter import Counters
from chalicelib.simulation.faults import Fault, Strike, seeded
from chalicelib.simulation.final import FinalState
from chalicelib.simulation.ground import Ground
from chalicelib.simulation.log_tap import tapped
from chalicelib.simulation.memory_ground import MemoryGround
from chalicelib.simulation.merger import Merger
from chalicelib.simulation.operator import Operator
from chalicelib.simulation.partner import Partner
from chalicelib.simulation.plan import START, Plan
from chalicelib.simulation.proxies import Gate, Proxy
from chalicelib.simulation.queue import Polling, SimulatedQueue
from chalicelib.simulation.readers import Readers
from chalicelib.simulation.record import Calm, Record
from chalicelib.simulation.scheduler import Scheduler
from chalicelib.simulation.timers import Audits, Ticks
from chalicelib.simulation.trace import trace_hash
from chalicelib.usecases.current_templates import keep_templates
from chalicelib.usecases.engine import Engine

DAY = timedelta(days=1)
CALM_DAYS = 90
"""How long a run may take, at most, to come to rest after the last fault."""
REPLAYS = 3
RESUMED_SHARE = 0.8
_WINDOWS = {
    QueueName.EVENTS: (10, timedelta(seconds=10)),
    QueueName.SENDS: (10, timedelta(0)),
    QueueName.FEEDBACK: (100, timedelta(seconds=30)),
}


@dataclass(frozen=True)
class Run:
    """What came of a plan; ``sites`` counts the calls by ``function:port.method``."""

    plan: Plan
    record: Record
    final: FinalState
    violations: Sequence[Violation]
    calls: int
    sites: Mapping[str, int]

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Count what was seen by its kind."""
        return Counter(type(seen).__name__ for seen in self.record.seen)

    @cached_property
    def hash(self) -> str:
        """Tell runs apart: equal plans have equal hashes, everywhere."""
        return trace_hash(self.record)


def run_seed(plan: Plan, strike: Strike | None = None, on: str = "memory") -> Run:
    """Run the plan; ``strike`` says which calls go wrong, in place of the plan's own chance.

    ``on`` is "memory", or "moto" for the adapters of AWS over a simulated AWS.
    """
    with _no_garbage_collection():
        if on == "memory":
            return Simulation(plan, strike, MemoryGround).run()
        from chalicelib.simulation.moto_ground import (  # noqa: PLC0415 - takes a second
            MotoGround,
            simulated_aws,
        )

        with simulated_aws():
            return Simulation(plan, strike, MotoGround).run()


class Simulation:
    """Everything of one run, put together."""

    def __init__(
        self,
        plan: Plan,
        strike: Strike | None = None,
        ground: Callable[..., Ground] = MemoryGround,
    ) -> None:
        self.plan = plan
        self.scheduler = Scheduler(START)
        scheduler, rates = self.scheduler, plan.rates
        self.record = Record(lambda: scheduler.now, scheduler.who)
        strike = strike or seeded(rates, self._chance("strikes"))
        self.gate = Gate(scheduler, self.record, strike, self._chance("gate"))
        self.queues = {name: self._queue(name) for name in QueueName}
        self.ground = ground(plan, scheduler, self.record, self.gate, self.queues)
        engine = self.ground.engine()
        skewed = rates.get(Fault.CLOCK_SKEW, 0.0)
        self.cloud = Cloud(scheduler, self.record, self._chance("workers"), engine, skewed)
        for name, queue in self.queues.items():
            queue.invoke = partial(self.cloud.on_messages, name.value)
        index = self.ground.index
        self.ticks = Ticks(self.cloud, self._chance("ticks"), rates, index=index)
        self.audits = Audits(self.cloud, self._chance("audits"), rates)
        self._people(engine)

    def _people(self, engine: Engine) -> None:
        cloud, plan = self.cloud, self.plan
        share = plan.habits.coincidences
        chance, meeting = self._chance("coincidences"), self.gate.meeting
        meet = Coincidences(self.scheduler, self.record, chance, share, meeting)
        self.partner = Partner(cloud, plan, self._chance("partner"), meet)
        self.counter = Counters(cloud, plan, self._chance("counter"), meet)
        feedback = self.queues[QueueName.FEEDBACK]
        self.choosers = Choosers(cloud, plan, self._chance("choosers"), meet)
        self.readers = Readers(cloud, plan, self._chance("readers"), feedback, meet)
        stored = MemoryDeadLetters(cast("Any", {q.name: q for q in self.queues.values()}))
        letters: Any = Proxy("dead_letters", stored, self.gate)
        self.operator = Operator(
            cloud,
            plan,
            self._chance("operator"),
            lambda new: replace(engine, programme=new),
            meet,
            letters,
        )
        merging = self._chance("operator's merges")
        self.merger = Merger(cloud, plan, merging, meet, self.operator.does)
        self.counter.serves = self.merger.meets

    def run(self) -> Run:
        with tapped(self.record, self.scheduler):
            keep_templates(self.ground.templates, self.cloud.engine.current_templates)
            self.cloud.deploy(self.cloud.engine)
            self.partner.begin()
            self.counter.begin()
            self.operator.begin()
            self.merger.begin()
            end = START + DAY * self.plan.days
            self.scheduler.run_until(end)
            self._calm_down()
            quiet = self._rest(end + DAY * CALM_DAYS)
        final = self._final(quiet=quiet)
        violations = check(self.record, final, self.plan)
        return Run(self.plan, self.record, final, violations, self.gate.calls, self.gate.sites)

    def _chance(self, name: str) -> Chance:
        return Chance(self.plan.seed, name)

    def _queue(self, name: QueueName) -> SimulatedQueue:
        batch, window = _WINDOWS[name]
        polling = Polling(
            batch=batch, window=window, visibility=6 * TIMEOUTS[f"queue_{name.value}"] + window
        )
        chance = self._chance(f"queue {name.value}")
        return SimulatedQueue(
            name.value, polling, self.scheduler, self.record, chance, self.plan.rates
        )

    def _calm_down(self) -> None:
        """Let no fault happen from here on; most pauses are ended."""
        self.scheduler.actor = "world"
        self.record.add(Calm)
        self.gate.calm = self.partner.calm = self.readers.calm = self.counter.calm = True
        self.ticks.calm = self.audits.calm = True
        for queue in self.queues.values():
            queue.calm = True
        self.cloud.skewed = 0.0
        if self._chance("calm").happens(RESUMED_SHARE):
            self.operator.resume_all(self.ground.pauses())

    def _rest(self, end: datetime) -> bool:
        """Run until nothing is left to do, replaying what died among the letters meanwhile."""
        for _ in range(REPLAYS):
            if not self.scheduler.come_to_rest(end):
                return False
            if not any(queue.given_up() for queue in self.queues.values()):
                return True
            self.operator.settle_letters()
        return self.scheduler.come_to_rest(end)

    def _final(self, *, quiet: bool) -> FinalState:
        ground, queues = self.ground, self.queues.values()
        return FinalState(
            now=self.scheduler.now,
            quiet=quiet,
            programme=self.cloud.programme,
            pauses=ground.pauses(),
            members=list(ground.every_member()),
            enrolments=list(ground.every_enrolment()),
            grants=gifts_among(ground.memberships.every_posting()),
            events=list(ground.every_event()),
            reports=fold_reports(self.cloud.programme, ground.every_enrolment()),
            memberships=list(ground.memberships.every()),
            postings=list(ground.memberships.every_posting()),
            queues={queue.name: [each.body for each in queue.waiting] for queue in queues},
            dead_letters={queue.name: queue.dead_letters() for queue in queues},
        )


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Keep the collector out of a run: what it throws away, it would at no fixed moment."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
