"""Runs a small part of a cohort through the metered world as if it were in the midst of all.

A sample of a month's members joins as close together as they would in life, so that a tick
finds as much, and functions get batches as full, as in the whole cohort.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from chalicelib.cost.cohorts import Cohort, Joining
from chalicelib.cost.deployment import AUDIT, DELIVERY, HEARD, SOURCES, TICK
from chalicelib.cost.ground import Ground, Setup, metered
from chalicelib.cost.meter import Meter
from chalicelib.cost.prices import Line
from chalicelib.cost.traffic import Traffic
from chalicelib.handlers.schedule_audit import schedule_audit
from chalicelib.handlers.schedule_due import schedule_due
from chalicelib.programme.loader import load_programme
from chalicelib.world.lambda_events import schedule_event
from chalicelib.world.substrates import WorldPlan
from chalicelib.world.world import Handler

SECRET = "whsec_dGhlIG1ldGVyIG9mIHRoZSBsb2NhbCB3b3JsZCE="  # noqa: S105 - opens nothing
PILOT_MEMBERS = 40
ROUNDS = 50
LET_GO = timedelta(hours=6)
"""How often what waits for a full batch is let go."""

_DAY, _MORNING = datetime(2027, 3, 1, tzinfo=UTC), time(10)

Watch = Callable[[float], None]
"""Hears which share of a sample is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePlan:
    """Which members of how many to run. They all join within ``days``, evenly.

    ``deliveries`` is whether the stage has SES tell of each delivery.
    """

    folder: Path
    members: int
    sample: int
    cohort: Cohort
    days: float = 30
    seed: int = 2027
    deliveries: bool = False

    @property
    def start(self) -> datetime:
        """Return a Monday, ten in the morning where the programme is at home."""
        zone = ZoneInfo(load_programme(self.folder).time_zone)
        return datetime.combine(_DAY, _MORNING, tzinfo=zone).astimezone(UTC)

    @property
    def span(self) -> timedelta:
        """Return how long the sample takes to join."""
        return timedelta(days=self.days) * (self.sample / self.members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was metered of a sample.

    ``chain`` is the members' own, ``ticks`` is ``ROUNDS`` ticks that found nothing, ``audits``
    as many audits of an empty table, ``audit`` what one audit of the sample took above that.
    """

    plan: SamplePlan
    chain: Meter
    ticks: Meter
    audits: Meter
    audit: Meter
    batches: Mapping[str, int]
    stored_gb: float
    metrics: frozenset[str]

    @property
    def mails(self) -> float:
        return sum(n for (_, line), n in self.chain.amounts.items() if line is Line.MAILS)

    @property
    def write_units(self) -> float:
        return sum(n for (_, line), n in self.chain.amounts.items() if line is Line.WRITES)

    @property
    def feedback(self) -> float:
        return sum(n for (_, line), n in self.chain.amounts.items() if line is Line.TOPICS)


def run_sample(plan: SamplePlan, watch: Watch = lambda _: None) -> Sample:
    """Run a pilot to learn how dense the traffic is, then the sample in traffic so dense."""
    pilot = _run(replace(plan, sample=min(PILOT_MEMBERS, plan.sample)), {}, 1, lambda _: None)
    per_member = Counter({name: n / pilot.plan.sample for name, n in pilot.chain.messages.items()})
    batches = {
        name: Traffic(source, per_member[name] * plan.members, plan.days).batch
        for name, source in SOURCES.items()
    }
    return _run(plan, batches, pilot.mails / pilot.plan.sample, watch)


def world_plan(plan: SamplePlan) -> WorldPlan:
    return WorldPlan(
        folder=plan.folder, start=plan.start, seed=plan.seed, secret=SECRET, mails_kept=0
    )


@contextmanager
def opened(
    plan: SamplePlan, batches: Mapping[str, int], mails_per_member: float
) -> Iterator[Ground]:
    """Make the metered world of a plan.

    The sample's mails are due one step after the other, where in life the steps of members who
    joined at different times fall due at once: so ticks are further apart here.
    """
    world = world_plan(plan)
    programme = plan.cohort.programme(load_programme(plan.folder))
    tick_every = timedelta(minutes=max(1.0, mails_per_member))
    heard = HEARD | {DELIVERY} if plan.deliveries else HEARD
    setup = Setup(batches=batches, tick_every=tick_every, heard=heard)
    with metered(world, programme, setup) as ground:
        joining = Joining(ground.world, ground.partner(world), plan.cohort, Random(plan.seed))
        readers = joining.readers(ground.world.substrate.publish_feedback)
        ground.world.substrate.mailer.on_mail = ground.meter.outside(readers)
        joining.all_join(plan.sample, plan.span)
        yield ground


def _run(
    plan: SamplePlan, batches: Mapping[str, int], mails_per_member: float, watch: Watch
) -> Sample:
    with opened(plan, batches, mails_per_member) as ground:
        ticks = _rounds(ground, TICK, schedule_due)
        audits = _rounds(ground, AUDIT, schedule_audit)
        before = ground.meter.snapshot()
        live(ground, plan, watch)
        chain = ground.meter.since(before)
        at_the_end = ground.meter.snapshot()
        ground.invoke(AUDIT, schedule_audit, schedule_event(AUDIT, ground.world.now()))
        return Sample(
            plan=plan,
            chain=chain,
            ticks=ticks,
            audits=audits,
            audit=ground.meter.since(at_the_end).less(audits, 1 / ROUNDS),
            batches=batches,
            stored_gb=ground.stored_gb(),
            metrics=frozenset(ground.output.metrics),
        )


def live(ground: Ground, plan: SamplePlan, watch: Watch) -> None:
    """Let all of it happen."""
    end = plan.start + plan.span + timedelta(days=plan.cohort.days)
    while ground.world.now() < end:
        ground.world.advance_to(min(end, ground.world.now() + LET_GO))
        ground.let_go()
        watch(1 - (end - ground.world.now()) / (end - plan.start))


def _rounds(ground: Ground, name: str, handler: Handler) -> Meter:
    """Return what ``ROUNDS`` invocations take while there is nothing to do, once warm."""
    event = schedule_event(name, ground.world.now())
    for _ in range(2):
        before = ground.meter.snapshot()
        for _ in range(ROUNDS):
            ground.invoke(name, handler, event)
    return ground.meter.since(before)
