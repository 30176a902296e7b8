"""Use a member's benefit, or give a use back: once for each reference, answered the same again.

What a merge left in the absorbed member's membership is used there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib.domain.benefit_grants import (
    BenefitGrant,
    BenefitRefusal,
    give_back,
    grant_to_redeem,
    redeem,
)
from chalicelib.domain.ledger import Reference
from chalicelib.domain.membership import Membership
from chalicelib.usecases.benefits_held import Held, benefits_held
from chalicelib.usecases.change_membership import change_membership
from chalicelib.usecases.engine import MAX_TRIES, Engine
from chalicelib.usecases.ports import UnavailableError

Outcome = BenefitGrant | BenefitRefusal
Changing = Callable[[BenefitGrant | None], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitUse:
    """Which benefit of which member, under whose reference."""

    member_id: str
    benefit: str
    reference: Reference

    @property
    def name(self) -> str:
        """The use's name among the uses of a grant: references of two callers never meet."""
        return f"{self.reference.caller}/{self.reference.id}"


def use_benefit(engine: Engine, use: BenefitUse) -> Outcome:
    """Use the benefit once; the grant as it is then, or why not."""
    today = engine.programme.calendar.day_of(engine.clock.now())
    return _changed(engine, use, lambda grant: redeem(grant, use.name, today))


def give_use_back(engine: Engine, use: BenefitUse) -> Outcome:
    """Take a use back once; the grant as it is then, or why not."""
    return _changed(engine, use, lambda grant: give_back(grant, use.name))


def _changed(engine: Engine, use: BenefitUse, change: Changing) -> Outcome:
    """Choose the grant again if the one that was chosen can't be used any more when it is stored.

    So a refusal is always of all that the member has.
    """
    for _ in range(MAX_TRIES):
        held = _held(engine, use)
        outcome = change(held.grant if held else None)
        if held is None or isinstance(outcome, BenefitRefusal):
            return outcome
        stored = _stored(engine, held, change)
        if not isinstance(stored, BenefitRefusal):
            return stored
    raise UnavailableError("the member's benefits were busy; the use is tried again")


def _held(engine: Engine, use: BenefitUse) -> Held | None:
    """Return the grant that the use is of; who was erased has none any more."""
    account = engine.memberships.load(use.member_id)
    if account is None or account.member is None:
        return None
    today = engine.programme.calendar.day_of(engine.clock.now())
    every = benefits_held(engine, account.member, account.membership, today)
    grants = [held.grant for held in every]
    chosen = grant_to_redeem(grants, use.benefit, use.name, today)
    return next((held for held in every if held.grant is chosen), None)


def _stored(engine: Engine, held: Held, change: Changing) -> Outcome:
    """The outcome is that of the state that was stored, whoever changes it meanwhile."""
    outcomes: list[Outcome] = [BenefitRefusal.NOT_GRANTED]

    def changed(known: Membership) -> Membership:
        outcome = change(known.benefits.get(held.grant.key))
        outcomes.append(outcome)
        if isinstance(outcome, BenefitRefusal):
            return known
        return replace(known, benefits={**known.benefits, outcome.key: outcome})

    change_membership(engine, held.member_id, changed)
    return outcomes[-1]
