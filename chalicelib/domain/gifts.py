"""What mails promise members: a grant is a posting whose reference says what it is for.

The reference is derived from the promise, never from the event that redeems it: however often
and by however many events the goal is reported, the promise is kept once.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.journey import Journey
from chalicelib.domain.ledger import Posting, Reasoned, Reference
from chalicelib.domain.ledger_booking import Earning

GIFTS = "gift"
"""The caller of a gift's reference, whose id is ``<member_id>.<source>``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """``amount`` whole units of ``unit`` for one member; ``source`` says which promise it keeps."""

    member_id: str
    source: str
    unit: str
    amount: int
    granted_at: datetime

    @property
    def reference(self) -> Reference:
        return Reference(GIFTS, f"{self.member_id}.{self.source}")

    def earning(self, on: date) -> Earning:
        """Return what is to be posted."""
        why = Reasoned(self.source, self.unit, self.amount)
        return Earning(amounts={self.unit: self.amount}, earned_on=on, why=(why,))


def gift_of(posting: Posting) -> Grant | None:
    """Return the gift that was posted; None for a posting of another kind."""
    if posting.reference is None or posting.reference.caller != GIFTS:
        return None
    member_id, _, source = posting.reference.id.partition(".")
    [(unit, amount)] = posting.amounts.items()
    return Grant(
        member_id=member_id, source=source, unit=unit, amount=amount, granted_at=posting.at
    )


def gifts_among(postings: Iterable[Posting]) -> list[Grant]:
    return [gift for posting in postings if (gift := gift_of(posting))]


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
