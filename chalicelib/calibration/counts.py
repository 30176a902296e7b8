"""What a comparison of counts alone would show: the same rates, without the engine.

Members are two draws: an arm, and a day of acting. Held beside the runs of the engine it tells
whether the engine itself adds or hides an effect. It takes nothing from the engine but the
programme's waits, and the e-value's formula.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from math import log
from random import Random

from chalicelib.calibration.plan import WINDOW, RunPlan, loaded
from chalicelib.domain.journey import Goal, Journey, Programme
from chalicelib.domain.lift import ALPHA, ArmCount, ln_e_value
from chalicelib.domain.member import Consent, ConsentStatus, Member
from chalicelib.world.readers import MEAN_HOURS_TO_OPEN

DAY = timedelta(days=1)
CONTROL, TREATED = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CountPlan:
    """Members who join evenly over ``joining_days``, with a look at the end of each day.

    ``anyway`` is the share that acts within ``window_days`` in both arms, at any time of them;
    ``answers`` are shares that act on a mail, each with the mail's day after joining.
    """

    members: int
    joining_days: float
    looks: int
    anyway: float
    answers: tuple[tuple[float, float], ...]
    holdout: float = 0.5
    prior: float = 10
    window_days: float = WINDOW / DAY


@dataclass(frozen=True, slots=True)
class Shown:
    """In so many of the runs a lift, or a harm, was ever shown."""

    runs: int
    lift: int
    harm: int


def shown_by_counts(plan: CountPlan, runs: int, seed: int) -> Shown:
    """Run the plan so often and count what was ever shown."""
    chance = Random(seed)
    found = [_first_shown(plan, chance) for _ in range(runs)]
    return Shown(runs, sum(sign > 0 for sign in found), sum(sign < 0 for sign in found))


def count_plan(plan: RunPlan, goal: Goal) -> CountPlan | None:
    """Return the counts of a goal of the run's first journey; nobody bounces or unsubscribes.

    None when a mail asks for the goal that waits for something a member may never do: whom it
    reaches is no matter of counts.
    """
    programme = loaded(plan.folder)[0]
    journey = next(iter(programme.journeys.values()))
    asked = list(_asked(plan, programme, journey, goal))
    answers = [(share, after) for share, after in asked if after is not None]
    if len(answers) < len(asked):
        return None
    return CountPlan(
        members=plan.members,
        joining_days=plan.joining_days,
        looks=plan.days,
        anyway=plan.habits.rates.anyway.get(goal.event.value, 0.0),
        answers=tuple(answers),
        holdout=journey.holdout,
        prior=goal.prior,
    )


def _asked(
    plan: RunPlan, programme: Programme, journey: Journey, goal: Goal
) -> Iterator[tuple[float, float | None]]:
    """Yield the share and the day of every mail that asks for the goal; no day: it may not come."""
    stranger = Member(
        member_id="",
        joined_at=plan.start,
        consent=Consent(ConsentStatus.UNSAID, plan.start),
        attributes={"channel": plan.channel},
    )
    facts, after, held = programme.facts(stranger), timedelta(0), False
    for step in journey.steps:
        if step.when and not step.when(facts):
            continue
        held = held or bool(step.wait_for and not step.wait_for(facts))
        after += step.wait
        event, share = plan.habits.rates.answers.get(step.name, ("", 0.0))
        if event == goal.event.value:
            yield share, None if held else after / DAY


def _first_shown(plan: CountPlan, chance: Random) -> int:
    """Return 1 when the first verdict but "no difference" is a lift, -1 for a harm, 0 for none."""
    looks = [[[0] * plan.looks for _ in (CONTROL, TREATED)] for _ in ("assigned", "converted")]
    assigned, converted = looks
    for number in range(plan.members):
        arm = TREATED if chance.random() >= plan.holdout else CONTROL
        joined = number / plan.members * plan.joining_days
        assigned[arm][int(joined)] += 1
        acted = _acts_after(plan, arm, chance)
        if acted is not None and joined + acted < plan.looks:
            converted[arm][int(joined + acted)] += 1
    tables = zip(
        *(accumulate(each) for arms in (assigned, converted) for each in arms), strict=True
    )
    return next((sign for table in tables if (sign := _sign(plan, table))), 0)


def _acts_after(plan: CountPlan, arm: int, chance: Random) -> float | None:
    """Return how many days after joining the member acts; None for never."""
    days = []
    if chance.random() < plan.anyway:
        days.append(plan.window_days * chance.random())
    for share, after in plan.answers if arm == TREATED else ():
        if chance.random() < share:
            days.append(after + chance.expovariate(24 / MEAN_HOURS_TO_OPEN))
    return min(days, default=None)


def _sign(plan: CountPlan, table: Sequence[int]) -> int:
    """Say what the counts of a look show: control's and treated's sizes, then conversions."""
    n0, n1, b, a = table
    if ln_e_value(ArmCount(a, n1), ArmCount(b, n0), plan.prior) < -log(ALPHA):
        return 0
    return 1 if a * n0 > b * n1 else -1
