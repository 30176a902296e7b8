"""What ``milepost set-tier`` and ``milepost adjust`` do, whichever engine they ask.

What makes no sense is refused with an ``OperationError`` before anything happens.
"""

from dataclasses import dataclass
from typing import Any

from chalicelib.domain.ledger import LedgerRefusal
from chalicelib.domain.membership import Membership
from chalicelib.domain.tier_judge import Floor
from chalicelib.operations.aws_faults import OperationError
from chalicelib.operations.days import day_of
from chalicelib.usecases.book import NoMemberError, ReferenceConflictError
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.explain import find_member
from chalicelib.usecases.set_by_hand import Correction, correct, set_tier

MOST_CHARS = 200
"""How long a reason or a reference may be."""
MOST_UNITS = 1_000_000_000
_REFUSED = {
    LedgerRefusal.NOT_ENOUGH: "the member has less than that to spend",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A tier to be set for a member, as a person wrote it; no tier takes the hand off."""

    member: str
    tier: str = ""
    until: str = ""
    reason: str = ""


def tier_set(engine: Engine, hand: Hand) -> dict[str, Any] | None:
    """Set or take off the floor, and tell what the member has then; None for nobody."""
    floor = _floor(engine, hand) if hand.tier else None
    member_id = member_of(engine, hand.member)
    membership = set_tier(engine, member_id, floor) if member_id else None
    return _standing(membership) if membership else None


def adjusted(engine: Engine, member: str, correction: Correction) -> dict[str, Any] | None:
    """Book a correction once, and tell what became of it; None for nobody."""
    _check(engine, correction)
    member_id = member_of(engine, member)
    if member_id is None:
        return None
    try:
        answer = correct(engine, member_id, correction)
    except ReferenceConflictError as error:
        said = f"the reference {correction.reference!r} stands for another correction"
        raise OperationError(said) from error
    except NoMemberError as error:
        raise OperationError(f"member {member_id} was erased") from error
    if answer.posting is None:
        refusal = answer.record.refusal or LedgerRefusal.NOT_ENOUGH
        raise OperationError(f"refused: {_REFUSED.get(refusal, refusal)}; that is kept, too")
    return {
        "member": member_id,
        "number": answer.posting.number,
        "unit": correction.unit,
        "amount": correction.amount,
        "balance": answer.posting.after.get(correction.unit, 0),
        "repeated": answer.repeated,
    }


def member_of(engine: Engine, name: str) -> str | None:
    """Return the id of a member who is not erased: there is nobody else to do anything for."""
    member_id = find_member(engine, name)
    if member_id and engine.members.is_erased(member_id):
        raise OperationError(f"member {member_id} was erased")
    return member_id if member_id and engine.members.load(member_id) else None


def _floor(engine: Engine, hand: Hand) -> Floor:
    plan = engine.programme.tier_plan
    if plan is None:
        raise OperationError("the programme has no tier_rules: tiers are what partners tell")
    if hand.tier not in plan.tiers[1:]:
        raise OperationError(f"{hand.tier!r} can't be set; these can: {', '.join(plan.tiers[1:])}")
    until, today = day_of(hand.until), engine.programme.calendar.day_of(engine.clock.now())
    if until < today:
        raise OperationError(f"{until} is over; today is {today}")
    return Floor(hand.tier, until, _reason(hand.reason))


def _check(engine: Engine, correction: Correction) -> None:
    units = engine.programme.units
    if correction.unit not in units:
        raise OperationError(f"{correction.unit!r} is no unit; these are: {', '.join(units)}")
    if not 0 < abs(correction.amount) <= MOST_UNITS:
        raise OperationError(f"an amount is 1 to {MOST_UNITS:,}, or that below 0")
    if not 0 < len(correction.reference) <= MOST_CHARS:
        raise OperationError(f"a reference has 1 to {MOST_CHARS} characters")
    _reason(correction.reason)


def _reason(text: str) -> str:
    if not 0 < len(text.strip()) <= MOST_CHARS:
        raise OperationError(f"a reason has 1 to {MOST_CHARS} characters")
    return text.strip()


def _standing(membership: Membership) -> dict[str, Any]:
    standing = membership.standing
    held, floor = (standing.held_through, standing.floor) if standing else (None, None)
    return {
        "member": membership.member_id,
        "tier": standing.tier if standing else "",
        "held_through": held.isoformat() if held else None,
        "floor": {"tier": floor.tier, "through": floor.through.isoformat(), "reason": floor.reason}
        if floor
        else None,
    }
