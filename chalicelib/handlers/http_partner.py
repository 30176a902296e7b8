"""What partners ask for and are answered at once: signed like webhooks, booked once a reference.

An answer that was lost is asked for again under the same reference, and is the first one. One
route for all acts: each takes a body of its own and returns what is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from chalice.app import Blueprint, Response
from pydantic import TypeAdapter

from chalicelib import bootstrap
from chalicelib.domain.identity import strongest
from chalicelib.domain.ledger import LedgerRefusal, Reference
from chalicelib.domain.transaction import Transaction
from chalicelib.handlers.event_schema import MemberName, Strict
from chalicelib.handlers.parse_webhook import aliases_of
from chalicelib.handlers.partner_answers import posting_told, refused, told
from chalicelib.handlers.partner_schema import (
    CaptureBody,
    RedeemBody,
    ReleaseBody,
    ReserveBody,
    ReverseBody,
    StatementBody,
    TransactionBody,
    ValidateBody,
)
from chalicelib.handlers.problems import RequestError
from chalicelib.handlers.signed_request import (
    as_bytes,
    authenticated,
    checked,
    hash_of,
    invalid,
    parsed_json,
)
from chalicelib.observability import partner_answered, partner_refused
from chalicelib.usecases.book import (
    Answer,
    ReferenceConflictError,
    UnbookedError,
    book,
    tried,
)
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.look_at_member import tell_news
from chalicelib.usecases.partner_acts import (
    Asked,
    UnknownOriginalError,
    capture_reserved,
    release_reserved,
    reserve_request,
    reverse_booked,
    spend_request,
)
from chalicelib.usecases.ports import UnavailableError
from chalicelib.usecases.post_transaction import transaction_request
from chalicelib.usecases.settle_member import settle_member
from chalicelib.usecases.statement import statement
from chalicelib.usecases.validate_member import is_member

blueprint = Blueprint(__name__)
Told = dict[str, Any]
REQUEST = "request"
B = TypeVar("B", bound=Strict)


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


@blueprint.route("/v1/partners/{partner}/ledger/{act}", methods=["POST"], content_types=["*/*"])
def http_partner(partner: str, act: str) -> Response:
    request = blueprint.current_request
    request_id = str(request.context.get("requestId", ""))
    body = as_bytes(request.raw_body)
    try:
        answer = _answered(partner, act, request.headers, body)
        partner_answered(partner, act, request_id)
        response = Response(answer, status_code=200)
    except RequestError as problem:
        known = act if act in ACTS else ""
        partner_refused(problem.name, problem.status, known, request_id)
        response = problem.response()
    bootstrap.engine().metrics.flush()
    return response


def _answered(partner: str, act: str, headers: Mapping[str, str], body: bytes) -> Told:
    if act not in ACTS:
        known = ", ".join(ACTS)
        detail = f"There is no {act!r}; partners can ask for {known}, and tell events."
        raise RequestError(404, "unknown-act", "No such act", detail)
    try:
        return _done(partner, act, headers, body)
    except UnavailableError as error:
        detail = "Nobody can say if it was booked. Ask again with the same body: it is booked once."
        retry = {"Retry-After": "2"}
        raise RequestError(503, "unavailable", "Try again", detail, headers=retry) from error


def _done(partner: str, act: str, headers: Mapping[str, str], body: bytes) -> Told:
    engine = bootstrap.engine()
    authenticated(engine, partner, headers, body)
    payload = parsed_json(body)
    kind, do = ACTS[act]
    call = Call(
        engine, partner, checked(TypeAdapter(kind), payload, REQUEST), hash_of({act: payload})
    )
    engine.metrics.count(f"partner_{act}")
    try:
        return do(call)
    except UnbookedError as unbooked:
        raise _unbooked(unbooked) from unbooked
    except UnknownOriginalError as error:
        raise refused(LedgerRefusal.UNKNOWN_ORIGINAL) from error


def _unbooked(unbooked: UnbookedError) -> RequestError:
    if isinstance(unbooked, ReferenceConflictError):
        detail = "This reference was used for another request; a new request needs a new one."
        return RequestError(409, "reference-taken", "The reference stands for another", detail)
    return _unknown_member()


def _unknown_member() -> RequestError:
    detail = "Nobody is known by the names in /member; tell member.joined first, or check them."
    return RequestError(404, "unknown-member", "No such member", detail)


def _validate(call: Call) -> Told:
    body: ValidateBody = call.body
    names = list(aliases_of(body.member))
    return {"valid": is_member(call.engine, names, body.last_name or "")}


def _post(call: Call) -> Told:
    member_id, transaction = _transaction(call)
    request = transaction_request(call.engine, member_id, transaction, call.body_hash)
    return _settled(call.engine, book(call.engine, request))


def _simulate(call: Call) -> Told:
    member_id, transaction = _transaction(call)
    result = tried(
        call.engine, transaction_request(call.engine, member_id, transaction, call.body_hash)
    )
    if isinstance(result, LedgerRefusal):
        raise refused(result)
    return {"reference": transaction.reference, "simulated": True, **posting_told(result[1])}


def _redeem(call: Call) -> Told:
    body: RedeemBody = call.body
    unit = _unit(call.engine, body.unit)
    request = spend_request(call.engine, _member(call), call.asked, unit, body.amount)
    return _settled(call.engine, book(call.engine, request))


def _reserve(call: Call) -> Told:
    body: ReserveBody = call.body
    amounts = (_unit(call.engine, body.unit), body.amount)
    span = timedelta(minutes=body.minutes)
    request = reserve_request(call.engine, _member(call), call.asked, amounts, span)
    answer = book(call.engine, request)
    reply = _settled(call.engine, answer)
    until = answer.posting.until if answer.posting else None
    return {**reply, "until": until.isoformat() if until else ""}


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


def _state(call: Call) -> Told:
    body: StatementBody = call.body
    found = statement(call.engine, _member(call))
    if found is None:
        raise _unknown_member()
    own = [each for each in found.postings if each.reference and _is_own(call, each.reference)]
    return {
        "balances": found.balances,
        "lapses": [
            {"unit": each.unit, "amount": each.amount, "last_day": each.last_day.isoformat()}
            for each in found.lapses
        ],
        "postings": [
            {"reference": each.reference.id, **posting_told(each)}
            for each in reversed(own[-body.most :])
            if each.reference
        ],
    }


ACTS: Mapping[str, tuple[type[Strict], Callable[[Call], Told]]] = {
    "validate": (ValidateBody, _validate),
    "post": (TransactionBody, _post),
    "simulate": (TransactionBody, _simulate),
    "redeem": (RedeemBody, _redeem),
    "reserve": (ReserveBody, _reserve),
    "capture": (CaptureBody, _capture),
    "release": (ReleaseBody, _release),
    "reverse": (ReverseBody, _reverse),
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
    """Return the member who is meant: the strongest name decides."""
    name: MemberName = call.body.member
    member_id = call.engine.members.member_of(strongest(list(aliases_of(name))))
    if member_id is None:
        raise _unknown_member()
    return member_id


def _transaction(call: Call) -> tuple[str, Transaction]:
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
    return _member(call), transaction


def _unit(engine: Engine, unit: str) -> str:
    if unit not in engine.programme.units:
        declared = f"the programme declares {', '.join(engine.programme.units)}"
        raise invalid([{"pointer": "/unit", "detail": declared}], REQUEST)
    return unit


def _is_own(call: Call, reference: Reference) -> bool:
    return reference.caller == call.partner and "." not in reference.id
