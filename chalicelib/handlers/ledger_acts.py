"""The acts that partners can ask for: each takes a call that was understood and returns the answer.

An answer that was lost is asked for again under the same reference, and is the first one, whatever
has become of the member since. Nothing here books but through the use cases.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib.domain.benefit_grants import BenefitRefusal
from chalicelib.domain.identity import strongest
from chalicelib.domain.ledger import LedgerRefusal, Reference
from chalicelib.domain.transaction import Transaction
from chalicelib.handlers.event_schema import Strict
from chalicelib.handlers.parse_webhook import aliases_of
from chalicelib.handlers.partner_answers import (
    Told,
    benefit_refused,
    posting_told,
    refused,
    statement_told,
    told,
    unknown_member,
    use_told,
)
from chalicelib.handlers.partner_schema import (
    CaptureBody,
    RedeemBody,
    ReleaseBody,
    ReserveBody,
    ReturnBenefitBody,
    ReverseBody,
    StatementBody,
    TransactionBody,
    UseBenefitBody,
    ValidateBody,
)
from chalicelib.handlers.signed_request import invalid
from chalicelib.usecases.book import Answer, Request, book, tried
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.look_at_member import tell_news
from chalicelib.usecases.partner_acts import (
    Asked,
    capture_reserved,
    release_reserved,
    reserve_request,
    reverse_booked,
    spend_request,
)
from chalicelib.usecases.post_transaction import transaction_request
from chalicelib.usecases.settle_member import settle_member
from chalicelib.usecases.statement import statement
from chalicelib.usecases.use_benefit import BenefitUse, give_use_back, use_benefit
from chalicelib.usecases.validate_member import is_member

REQUEST = "request"
"""What a body that is wrong was to be."""


@dataclass(frozen=True, slots=True)
class Call:
    """One signed request that was understood."""

    engine: Engine
    partner: str
    body: Any
    body_hash: str

    def reference(self, name: str) -> Reference:
        return Reference(self.partner, name)

    @property
    def asked(self) -> Asked:
        return Asked(reference=self.reference(self.body.reference), body_hash=self.body_hash)


def _validate(call: Call) -> Told:
    body: ValidateBody = call.body
    names = list(aliases_of(body.member))
    return {"valid": is_member(call.engine, names, body.last_name or "")}


def _post(call: Call) -> Told:
    return _settled(call.engine, book(call.engine, _transaction_request(call)))


def _simulate(call: Call) -> Told:
    result = tried(call.engine, _transaction_request(call))
    if isinstance(result, LedgerRefusal):
        raise refused(result)
    return {"reference": call.body.reference, "simulated": True, **posting_told(result[1])}


def _redeem(call: Call) -> Told:
    body: RedeemBody = call.body
    request = spend_request(call.engine, _member(call), call.asked, _unit(call), body.amount)
    return _settled(call.engine, book(call.engine, request))


def _reserve(call: Call) -> Told:
    body: ReserveBody = call.body
    amounts, span = (_unit(call), body.amount), timedelta(minutes=body.minutes)
    request = reserve_request(call.engine, _member(call), call.asked, amounts, span)
    return _settled(call.engine, book(call.engine, request))


def _capture(call: Call) -> Told:
    body: CaptureBody = call.body
    reserved = call.reference(body.reservation)
    return _settled(call.engine, capture_reserved(call.engine, call.asked, reserved, body.amount))


def _release(call: Call) -> Told:
    body: ReleaseBody = call.body
    answer = release_reserved(call.engine, call.asked, call.reference(body.reservation))
    return _settled(call.engine, answer)


def _reverse(call: Call) -> Told:
    body: ReverseBody = call.body
    original = call.reference(body.original)
    return _settled(call.engine, reverse_booked(call.engine, call.asked, original, body.amount))


def _use_benefit(call: Call) -> Told:
    use = _benefit_use(call)
    outcome = use_benefit(call.engine, use)
    if isinstance(outcome, BenefitRefusal):
        raise benefit_refused(outcome)
    return use_told(use.reference.id, outcome, use.name)


def _return_benefit(call: Call) -> Told:
    use = _benefit_use(call)
    outcome = give_use_back(call.engine, use)
    if isinstance(outcome, BenefitRefusal):
        raise benefit_refused(outcome)
    return {"reference": use.reference.id, "benefit": outcome.benefit, "given_back": True}


def _state(call: Call) -> Told:
    body: StatementBody = call.body
    found = statement(call.engine, _member(call))
    if found is None or found.erased:
        raise unknown_member()
    return statement_told(found, call.partner, body.most)


ACTS: Mapping[str, tuple[type[Strict], Callable[[Call], Told]]] = {
    "validate": (ValidateBody, _validate),
    "post": (TransactionBody, _post),
    "simulate": (TransactionBody, _simulate),
    "redeem": (RedeemBody, _redeem),
    "reserve": (ReserveBody, _reserve),
    "capture": (CaptureBody, _capture),
    "release": (ReleaseBody, _release),
    "reverse": (ReverseBody, _reverse),
    "use-benefit": (UseBenefitBody, _use_benefit),
    "return-benefit": (ReturnBenefitBody, _return_benefit),
    "statement": (StatementBody, _state),
}
"""What a partner can ask for, by the last part of the path."""


def _settled(engine: Engine, answer: Answer) -> Told:
    """Let journeys know of what was booked: a step may wait for a balance.

    Also when it was booked before: whoever booked it may have died then. News that were not told
    are found by the next look at the member.
    """
    reply = told(answer)
    if answer.posting:
        settle_member(engine, answer.posting.member_id)
    if answer.membership:
        tell_news(engine, answer.membership)
    return reply


def _member(call: Call) -> str:
    """Return the member who is meant: the strongest name decides, and leads on after a merge."""
    members = call.engine.members
    member_id = members.member_of(strongest(list(aliases_of(call.body.member))))
    if member_id is None:
        raise unknown_member()
    return members.resolve(member_id)


def _benefit_use(call: Call) -> BenefitUse:
    body: UseBenefitBody = call.body
    member_id = _member(call)
    if call.engine.members.load(member_id) is None:
        raise unknown_member()
    reference = call.reference(body.reference)
    return BenefitUse(member_id=member_id, benefit=body.benefit, reference=reference)


def _transaction_request(call: Call) -> Request:
    body: TransactionBody = call.body
    latest = call.engine.programme.calendar.day_of(call.engine.clock.now()) + timedelta(days=1)
    if body.on > latest:
        raise invalid([{"pointer": "/on", "detail": "this lies in the future"}], REQUEST)
    transaction = Transaction(
        partner=call.partner,
        reference=body.reference,
        on=body.on,
        lines=tuple(line.line() for line in body.lines),
    )
    return transaction_request(call.engine, _member(call), transaction)


def _unit(call: Call) -> str:
    """Return the unit that is asked for; who asks again may name one that is gone since."""
    unit: str = call.body.unit
    units = call.engine.programme.units
    if unit not in units and not call.engine.memberships.find(call.asked.reference):
        declared = f"the programme declares {', '.join(units)}"
        raise invalid([{"pointer": "/unit", "detail": declared}], REQUEST)
    return unit
