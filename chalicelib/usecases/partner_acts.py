"""What partners ask for of a member's wallet: spend, reserve, capture, release, take back.

Each is booked once under the partner's own reference, and answered the same for ever. What is
captured, released or taken back is named by the reference that it was booked under.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from chalicelib.domain.ledger import LedgerRefusal, Posting, PostingKind, Reasoned, Reference
from chalicelib.domain.ledger_booking import Reversal, capture, release, reserve, reverse, spend
from chalicelib.usecases.book import Answer, Desk, Drafted, Drafting, Request, book
from chalicelib.usecases.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Under which reference a partner asks, and the hash of all that it asks."""

    reference: Reference
    body_hash: str


class UnknownOriginalError(Exception):
    """The partner has nothing booked under the reference that it names."""


def spend_request(engine: Engine, member_id: str, asked: Asked, unit: str, amount: int) -> Request:
    """Return the request that spends so much of a unit."""
    rules = engine.programme.unit_rules

    def drafting(desk: Desk) -> Drafted | LedgerRefusal:
        return _drafted(spend(desk.wallet, rules, desk.order, unit, amount))

    return _request(member_id, asked, drafting)


def reserve_request(
    engine: Engine, member_id: str, asked: Asked, amounts: tuple[str, int], span: timedelta
) -> Request:
    """Return the request that reserves so much of a unit for a span of time."""
    rules = engine.programme.unit_rules

    def drafting(desk: Desk) -> Drafted | LedgerRefusal:
        until = desk.order.at + span
        return _drafted(reserve(desk.wallet, rules, desk.order, amounts, until))

    return _request(member_id, asked, drafting)


def capture_reserved(
    engine: Engine, asked: Asked, reserved: Reference, amount: int | None = None
) -> Answer:
    """Spend what is reserved, or a part; raises ``UnbookedError``, ``UnknownOriginalError``."""

    def drafting(desk: Desk) -> Drafted | LedgerRefusal:
        return _drafted(capture(desk.wallet, desk.order, reserved, amount))

    return _of_original(engine, asked, reserved, drafting)


def release_reserved(engine: Engine, asked: Asked, reserved: Reference) -> Answer:
    """Give back all that is reserved; raises ``UnbookedError``, ``UnknownOriginalError``."""

    def drafting(desk: Desk) -> Drafted | LedgerRefusal:
        return _drafted(release(desk.wallet, desk.order, reserved))

    return _of_original(engine, asked, reserved, drafting)


def reverse_booked(
    engine: Engine, asked: Asked, original: Reference, amount: int | None = None
) -> Answer:
    """Take back a spend or a capture, all that is left of it or a part.

    Transactions are taken back by what is returned of them (``post_transaction``) or as a whole.
    Raises ``UnbookedError``, ``UnknownOriginalError``.
    """

    def drafting(desk: Desk) -> Drafted | LedgerRefusal:
        return _reversal(engine, desk, original, amount)

    return _of_original(engine, asked, original, drafting)


def _reversal(
    engine: Engine, desk: Desk, original: Reference, amount: int | None
) -> Drafted | LedgerRefusal:
    record = engine.memberships.find(original)
    posting = engine.memberships.posting(record.member_id, record.number) if record else None
    if record is None or posting is None:
        return LedgerRefusal.UNKNOWN_ORIGINAL
    earned = posting.kind is PostingKind.EARNED
    if amount is not None and (earned or len(posting.amounts) != 1):
        return LedgerRefusal.NOT_REVERSIBLE
    amounts = None if amount is None else dict.fromkeys(posting.amounts, amount)
    left = {name: record.uncounted.get(name, 0) - count for name, count in posting.counts.items()}
    reversal = Reversal(
        original=posting,
        amounts=amounts,
        before=record.reversed,
        counts=left,
        why=(Reasoned("reversed", "", 0),),
    )
    draft = reverse(desk.wallet, engine.programme.unit_rules, desk.order, reversal)
    if isinstance(draft, LedgerRefusal):
        return draft
    back = {
        unit: record.reversed.get(unit, 0) + draft.amounts.get(unit, 0) for unit in posting.amounts
    }
    lines = record.transaction.lines if record.transaction else ()
    changed = replace(
        record,
        reversed=back,
        uncounted=dict(posting.counts),
        returned=tuple(line.quantity for line in lines),
    )
    return Drafted(posting=draft, known=(changed,))


def _of_original(engine: Engine, asked: Asked, original: Reference, drafting: Drafting) -> Answer:
    known = engine.memberships.find(original)
    if known is None or not known.number:
        raise UnknownOriginalError
    return book(engine, _request(known.member_id, asked, drafting))


def _request(member_id: str, asked: Asked, drafting: Drafting) -> Request:
    return Request(
        member_id=member_id,
        reference=asked.reference,
        body_hash=asked.body_hash,
        drafting=drafting,
    )


def _drafted(posting: Posting | LedgerRefusal) -> Drafted | LedgerRefusal:
    return posting if isinstance(posting, LedgerRefusal) else Drafted(posting=posting)
