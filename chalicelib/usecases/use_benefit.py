"""Use a member's benefit, or give a use back: once for each reference, answered the same again."""

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
from chalicelib.usecases.change_membership import change_membership
from chalicelib.usecases.engine import Engine

Outcome = BenefitGrant | BenefitRefusal


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


def _changed(
    engine: Engine, use: BenefitUse, change: Callable[[BenefitGrant | None], Outcome]
) -> Outcome:
    """The outcome is that of the state that was stored, whoever changes it meanwhile."""
    outcomes: list[Outcome] = [BenefitRefusal.NOT_GRANTED]

    def changed(known: Membership) -> Membership:
        today = engine.programme.calendar.day_of(engine.clock.now())
        grant = grant_to_redeem(known.benefits, use.benefit, use.name, today)
        outcome = change(grant)
        outcomes.append(outcome)
        if isinstance(outcome, BenefitRefusal):
            return known
        return replace(known, benefits={**known.benefits, outcome.key: outcome})

    change_membership(engine, use.member_id, changed)
    return outcomes[-1]
