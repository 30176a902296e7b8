"""What members are given: a grant is a fact whose key says what it is for.

The key is derived from the promise, never from the event that redeems it: however often
and by however many events the goal is reported, the promise is kept once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.journey import Journey

GIFTS = "gift"
"""The caller of a gift's reference, whose id is ``<member_id>.<source>``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """``amount`` whole units of ``unit`` for one member; ``source`` is its key."""

    member_id: str
    source: str
    unit: str
    amount: int
    granted_at: datetime


def gifts_earned(
    journey: Journey, enrolment: Enrolment, now: datetime, goals: Collection[str]
) -> list[Grant]:
    """Return the gifts for these goals that a mail promised before its goal was reached."""
    return [
        Grant(
            member_id=enrolment.member_id,
            source=f"{journey.name}.{enrolment.entry}.{step.name}",
            unit=step.gift.unit,
            amount=step.gift.amount,
            granted_at=now,
        )
        for step in journey.steps
        if step.gift and step.gift.goal in goals and _earned(enrolment, step.name, step.gift.goal)
    ]


def _earned(enrolment: Enrolment, step: str, goal: str) -> bool:
    record, reached_at = enrolment.steps.get(step), enrolment.goals.get(goal)
    if record is None or reached_at is None:
        return False
    return record.may_have_been_sent and record.first_at <= reached_at
