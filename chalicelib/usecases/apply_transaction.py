"""Let a transaction, or a return, have its effect: the posting, then all that it is news for."""

from chalicelib.domain.events import EventOutcome, PartnerEvent
from chalicelib.domain.ledger import LedgerRefusal, Reference
from chalicelib.usecases.book import Answer, NoMemberError, ReferenceConflictError
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.look_at_member import tell_news
from chalicelib.usecases.post_transaction import (
    UnknownTransactionError,
    post_transaction,
    return_of_transaction,
)
from chalicelib.usecases.settle_member import settle_member


def apply_transaction(engine: Engine, event: PartnerEvent, member_id: str) -> EventOutcome:
    """Book what the event tells; ``UnknownTransactionError``: what came back is not told yet."""
    try:
        answer = _booked(engine, event, member_id)
    except ReferenceConflictError:
        return EventOutcome.PARKED_CONFLICT
    except NoMemberError:
        return EventOutcome.ERASED
    if answer.record.refusal is LedgerRefusal.OVER_ORIGINAL:
        return EventOutcome.PARKED_REFUSED
    if answer.posting:
        settle_member(engine, answer.posting.member_id)  # a step may wait for a balance
    if answer.membership:
        tell_news(engine, answer.membership)
    return EventOutcome.APPLIED


def _booked(engine: Engine, event: PartnerEvent, member_id: str) -> Answer:
    """A transaction is known by what it says; a return by the event that tells it.

    A return has no reference of its own but the event's id, which no transaction's can be.
    """
    if event.transaction:
        return post_transaction(engine, member_id, event.transaction)
    if event.returned is None:
        raise UnknownTransactionError
    reference = Reference(event.partner, f"return.{event.event_id}")
    return return_of_transaction(engine, event.returned, reference, event.body_hash)
