"""What it costs once to bring in members who are there already: the intake, and no mail."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from chalicelib.cost.bill import amounts_of
from chalicelib.cost.cohorts import CohortError
from chalicelib.cost.deployment import API, EVENTS, SOURCES
from chalicelib.cost.ground import Ground, Setup, metered
from chalicelib.cost.meter import OUTSIDE, Meter
from chalicelib.cost.prices import Line, Prices
from chalicelib.cost.sample import SamplePlan, world_plan
from chalicelib.cost.traffic import Traffic
from chalicelib.programme.loader import load_programme
from chalicelib.world.cohort import joined_data
from chalicelib.world.importer import BATCH_ROWS
from chalicelib.world.partner import Partner

AT_NIGHT = timedelta(hours=13)
"""After ten in the morning: in the quiet hours, so that no mail gets between."""
DAYS = 1 / 24
"""How long an import of any size takes, as the pollers see it."""


def import_usd(plan: SamplePlan, prices: Prices) -> float:
    """Return what ``plan.members`` cost when they come in batches, as ``milepost import`` sends."""
    meter = _imported(plan)
    scale = plan.members / plan.sample
    total = 0.0
    for function in (API, EVENTS, OUTSIDE):
        amounts = amounts_of(meter, function, scale)
        if function == EVENTS:
            queue = Traffic(SOURCES[EVENTS], meter.messages[EVENTS] * scale, DAYS)
            amounts[Line.QUEUES] = queue.receives + queue.deletes
        total += sum(prices.of(line, amount) for line, amount in amounts.items())
    return total


def _imported(plan: SamplePlan) -> Meter:
    night = world_plan(replace(plan, seed=plan.seed + 1))
    world = replace(night, start=night.start + AT_NIGHT)
    programme = load_programme(plan.folder)
    setup = Setup(batches={EVENTS: 1}, tick_every=timedelta(minutes=1))
    with metered(world, programme, setup) as ground:
        partner, chance = ground.partner(world), Random(plan.seed)
        for start in range(0, plan.sample, BATCH_ROWS):
            numbers = range(start, min(start + BATCH_ROWS, plan.sample))
            _send(ground, partner, numbers, chance)
        return ground.meter


def _send(ground: Ground, partner: Partner, numbers: range, chance: Random) -> None:
    at = ground.world.now().isoformat()
    events = [
        {"type": "member.joined", "timestamp": at, "data": joined_data(n, "offline", chance)}
        for n in numbers
    ]
    answer = partner.tell_all(ground.world.now(), events)
    if answer.status != 202:  # noqa: PLR2004 - HTTP's "accepted"
        raise CohortError(f"a batch was refused: {answer.body.decode()}")
    ground.world.run_now()
