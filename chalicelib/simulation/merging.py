"""Members who turn out to be one person, and who are two after all: as a partner tells it.

Two pairs may share a member, and a merge may come before either has joined, or after one was
erased; the operator does the same by hand, with whoever is there.
"""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.simulation.chance import Chance
from chalicelib.simulation.people import Person
from chalicelib.simulation.plan import START, Plan
from chalicelib.simulation.told import Told

DAY = timedelta(days=1)
BY_HAND_SHARE = 0.4
"""How many merges an operator makes, and no partner tells."""
AGAIN = 0.6
"""How often a merge is undone, and how often that is followed by another merge."""


def merges_told(plan: Plan) -> list[Told]:
    """Return the merges that the partner tells, and their undoing."""
    chance = Chance(plan.seed, "merges told")
    told: list[Told] = []
    for _ in range(plan.options.merges):
        if not chance.happens(BY_HAND_SHARE):
            told += _pair(plan, chance)
    return told


def moment_of(plan: Plan, chance: Chance) -> datetime:
    """Return a time at which most have joined, and some of the run is still to come."""
    return START + DAY * plan.days * chance.between(0.2, 0.9)


def _pair(plan: Plan, chance: Chance) -> list[Told]:
    one, other = chance.below(plan.members), chance.below(plan.members)
    data = {"member": _card(one), "absorbed": _card(other)}
    at, end = moment_of(plan, chance), START + DAY * plan.days
    told = [Told(at, at, "member.merged", data)]
    while chance.happens(AGAIN):
        at += (end - at) * chance.random()
        undone = len(told) % 2
        told.append(Told(at, at, "member.unmerged" if undone else "member.merged", data))
    return told


def _card(number: int) -> dict[str, Any]:
    return {"card": Person(number).names["card"]}
