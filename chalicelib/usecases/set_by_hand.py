"""What operators set right by hand: a member's tier for some time, and what the member has.

Each has a reason, which is kept. A correction is booked once under the operator's own reference;
a tier set by hand is a floor, and is judged like everything else.
"""

import json
from dataclasses import dataclass, replace
from hashlib import sha256

from chalicelib.domain.ledger import LedgerRefusal, Reasoned, Reference
from chalicelib.domain.ledger_booking import adjust
from chalicelib.domain.membership import Membership
from chalicelib.domain.tier_judge import Floor, set_floor
from chalicelib.usecases.book import Answer, Desk, Drafted, Request, book
from chalicelib.usecases.change_membership import change_membership
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.look_at_member import tell_news
from chalicelib.usecases.settle_member import settle_member

OPERATOR = "operator"
"""Who asks for corrections. No partner can have such a name."""
BY_HAND = "by_hand"
"""The rule that a correction's reason is a remark on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """So much of a unit is given, or taken when negative; ``reference`` is the operator's own."""

    unit: str
    amount: int
    reason: str
    reference: str


def set_tier(engine: Engine, member_id: str, floor: Floor | None) -> Membership | None:
    """Set a tier by hand, or take the hand off; None when nobody has this id.

    The news are told at once, as though the member had reached the tier.
    """

    def set_by_hand(known: Membership) -> Membership:
        return replace(known, standing=set_floor(known.standing, floor))

    membership = change_membership(engine, member_id, set_by_hand)
    if membership:
        tell_news(engine, membership)
    return membership


def correct(engine: Engine, member_id: str, correction: Correction) -> Answer:
    """Book the correction; raises ``UnbookedError``."""
    unit, change = correction.unit, _reasoned(correction)
    rules = engine.programme.unit_rules

    def drafting(desk: Desk) -> Drafted | LedgerRefusal:
        draft = adjust(desk.wallet, rules, desk.order, unit, change)
        return draft if isinstance(draft, LedgerRefusal) else Drafted(posting=draft)

    request = Request(
        member_id=member_id,
        reference=Reference(OPERATOR, correction.reference),
        body_hash=_body_hash(member_id, correction),
        drafting=drafting,
    )
    answer = book(engine, request)
    if answer.posting:
        settle_member(engine, member_id)  # a step may wait for a balance
    if answer.membership:
        tell_news(engine, answer.membership)
    return answer


def _reasoned(correction: Correction) -> Reasoned:
    return Reasoned(BY_HAND, correction.unit, correction.amount, note=correction.reason)


def _body_hash(member_id: str, correction: Correction) -> str:
    asked = [member_id, correction.unit, correction.amount, correction.reason]
    return sha256(json.dumps(asked).encode()).hexdigest()
