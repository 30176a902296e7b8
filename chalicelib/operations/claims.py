"""What ``milepost claim`` does: post a transaction that its partner has not told.

It is judged, named and booked as if the partner told it, by the same code; so whatever the partner
tells after all counts once. What makes no sense is refused with an ``OperationError``.
"""

from dataclasses import dataclass
from typing import Any

from chalicelib.domain.ledger import LedgerRefusal, Posting
from chalicelib.domain.transaction import Transaction
from chalicelib.handlers.claim_schema import ClaimError, claimed_transaction
from chalicelib.operations.aws_faults import OperationError
from chalicelib.operations.by_hand import member_of
from chalicelib.operations.partner_secrets import NAME
from chalicelib.usecases.book import (
    NoMemberError,
    ReferenceConflictError,
    Request,
    answered,
    book,
    tried,
)
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.post_transaction import transaction_request


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Whose transaction it is, which partner's, and the JSON text that tells it."""

    member: str
    partner: str
    text: str


def claimed(engine: Engine, claim: Claim, *, dry_run: bool) -> dict[str, Any] | None:
    """Book it once, or only try what it would come to; None for nobody."""
    transaction = _transaction(claim)
    member_id = member_of(engine, claim.member)
    if member_id is None:
        return None
    request = transaction_request(engine, member_id, transaction)
    try:
        posting, repeated = (_rehearsed if dry_run else _booked)(engine, request)
    except ReferenceConflictError as error:
        name = f"{transaction.partner}/{transaction.reference}"
        raise OperationError(f"{name} is known as another transaction, or as another's") from error
    except NoMemberError as error:
        raise OperationError(f"member {member_id} was erased") from error
    return {
        "member": member_id,
        "done": not dry_run,
        "repeated": repeated,
        "number": posting.number,
        "amounts": dict(posting.amounts),
        "balances": dict(posting.after),
        "why": [
            {"rule": why.rule, "unit": why.unit, "amount": why.amount, "note": why.note}
            | ({} if why.line is None else {"line": why.line})
            for why in posting.why
        ],
    }


def _transaction(claim: Claim) -> Transaction:
    if not NAME.fullmatch(claim.partner):
        raise OperationError(f"{claim.partner!r} is no partner's name")
    try:
        return claimed_transaction(claim.partner, claim.text.encode())
    except ClaimError as error:
        raise OperationError(str(error)) from error


def _booked(engine: Engine, request: Request) -> tuple[Posting, bool]:
    answer = book(engine, request)
    if answer.posting is None:
        raise _refused(answer.record.refusal)
    return answer.posting, answer.repeated


def _rehearsed(engine: Engine, request: Request) -> tuple[Posting, bool]:
    """Return the posting that was booked before, or the one that would be."""
    if known := engine.memberships.find(request.reference):
        posting = answered(engine, request, known).posting
        if posting is None:
            raise _refused(known.refusal)
        return posting, True
    result = tried(engine, request)
    if isinstance(result, LedgerRefusal):
        raise _refused(result)
    return result[1], False


def _refused(refusal: LedgerRefusal | None) -> OperationError:
    return OperationError(f"refused: {refusal.value if refusal else 'nothing was booked'}")
