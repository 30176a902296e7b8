"""The demonstration: a cohort of the case through thirty virtual days, and what came of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.gifts import Grant, gifts_among
from chalicelib.domain.lift import as_json
from chalicelib.domain.report import JourneyReport, fold_reports
from chalicelib.world.cohort import joined_data
from chalicelib.world.partner import Partner
from chalicelib.world.rates import CASE
from chalicelib.world.readers import Readers
from chalicelib.world.substrates import WorldPlan, substrate
from chalicelib.world.world import EVENTS, World

JOINED_AT_ONCE = 100
MAILS_KEPT = 10_000  # a file each
EVERY = timedelta(minutes=1)
AUDIT_EVERY = timedelta(days=20)  # each reads every item, which moto does slowly
SECRET = "whsec_bWlsZXBvc3QgbG9jYWwgd29ybGQgc2VjcmV0IQ=="  # noqa: S105 - opens nothing


class DemoError(Exception):
    """The simulated partner was refused: the demonstration would show nothing true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPlan:
    """What to run. ``on`` is moto or memory; ``channel`` how the cohort joined."""

    folder: Path
    members: int = 543
    days: int = 30
    on: str = "moto"
    seed: int = 2027
    channel: str = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """A finished demonstration: the world as it stands, what it holds, the journey's report."""

    plan: DemoPlan
    world: World
    enrolments: list[Enrolment]
    grants: list[Grant]
    report: JourneyReport

    def as_json(self) -> dict[str, Any]:
        return {
            "programme": self.world.engine.programme.name,
            "members": self.plan.members,
            "mails": dict(self.report.sent),
            "skipped": {reason.value: count for reason, count in self.report.skipped.items()},
            "goals": {name: as_json(lift) for name, lift in self.report.lifts.items()},
            "gifts": len(self.grants),
        }


@contextmanager
def run_demo(
    plan: DemoPlan, start: datetime, on_day: Callable[[int], None]
) -> Iterator[DemoResult]:
    """Run the demonstration; ``on_day`` hears of each day that has passed."""
    world_plan = WorldPlan(
        folder=plan.folder,
        start=start,
        seed=plan.seed,
        secret=SECRET,
        mails_kept=MAILS_KEPT,
    )
    with substrate(plan.on, world_plan) as ground:
        world = World(ground, audit_every=AUDIT_EVERY)
        _let_join(world, plan)
        for day in range(plan.days):
            world.advance_to(start + timedelta(days=day + 1))
            on_day(day + 1)
        yield _result(plan, world)


def _result(plan: DemoPlan, world: World) -> DemoResult:
    enrolments = list(world.engine.enrolments.every())
    report = next(iter(fold_reports(world.engine.programme, enrolments).values()))
    return DemoResult(
        plan=plan,
        world=world,
        enrolments=enrolments,
        grants=gifts_among(world.engine.memberships.every_posting()),
        report=report,
    )


def _let_join(world: World, plan: DemoPlan) -> None:
    """Put the joining of everybody on the agenda, a batch of webhooks a minute."""
    partner = Partner("demo", SECRET)
    chance = Random(plan.seed)
    readers = Readers(world, partner, chance, CASE)
    world.substrate.mailer.on_mail = readers.on_mail
    for batch in range(ceil(plan.members / JOINED_AT_ONCE)):
        first = batch * JOINED_AT_ONCE
        numbers = range(first, min(first + JOINED_AT_ONCE, plan.members))
        people = [joined_data(number, plan.channel, chance) for number in numbers]
        at = world.now() + EVERY * batch
        world.agenda.add(at, partial(_join, world, partner, readers, people), EVENTS)


def _join(world: World, partner: Partner, readers: Readers, people: list[dict[str, Any]]) -> None:
    now = world.now()
    events = [
        {"type": "member.joined", "timestamp": now.isoformat(), "data": data} for data in people
    ]
    answer = partner.tell_all(now, events)
    if answer.status != 202:  # noqa: PLR2004 - HTTP's "accepted"
        raise DemoError(f"the partner's batch was refused: {answer.body.decode()}")
    for data in people:
        readers.live({"card": data["member"]["card"]}, now)
