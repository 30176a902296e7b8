"""Book a posting to a member's wallet, once for each reference, whoever else books meanwhile.

What is asked for under a reference gets one answer for ever: a posting, or a refusal. The same
reference with another body is a conflict, and nothing happens. What has lapsed is taken off first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chalicelib.domain.earning import Standpoint
from chalicelib.domain.ledger import LedgerRefusal, Posting, Reference
from chalicelib.domain.ledger_booking import booked
from chalicelib.domain.ledger_moves import Order
from chalicelib.domain.ledger_wallet import Wallet
from chalicelib.domain.member import Member
from chalicelib.domain.membership import Membership
from chalicelib.domain.membership_look import opened
from chalicelib.domain.transaction import Transaction
from chalicelib.usecases.change_membership import order_for, with_all_that_follows
from chalicelib.usecases.engine import MAX_TRIES, Engine
from chalicelib.usecases.membership_ports import Account, Change, ReferenceRecord
from chalicelib.usecases.ports import UnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A draft, the transaction that it is for, and the records of others that it changes.

    ``judged_by`` is what the transaction was judged by, besides the rules.
    """

    posting: Posting
    transaction: Transaction | None = None
    judged_by: Standpoint | None = None
    known: Sequence[ReferenceRecord] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that a draft is made from: the member, the wallet with nothing in it that has lapsed."""

    member: Member
    membership: Membership
    order: Order

    @property
    def wallet(self) -> Wallet:
        return self.membership.wallet


Drafting = Callable[[Desk], Drafted | LedgerRefusal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a caller wants booked for a member; ``body_hash`` stands for all that was asked."""

    member_id: str
    reference: Reference
    body_hash: str
    drafting: Drafting


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a request: ``posting`` or ``record.refusal``; ``repeated``: long ago.

    ``membership`` is what was stored with the posting, with its news still to be told.
    """

    record: ReferenceRecord
    posting: Posting | None = None
    membership: Membership | None = None
    repeated: bool = False


class UnbookedError(Exception):
    """Nothing was booked and nothing is kept of it."""


class ReferenceConflictError(UnbookedError):
    """The reference stands for another request."""


class NoMemberError(UnbookedError):
    """Nobody has this id, or the member was erased."""


def book(engine: Engine, request: Request) -> Answer:
    """Book it, or say what became of it when it came before; raises ``UnbookedError``."""
    for _ in range(MAX_TRIES):
        known = engine.memberships.find(request.reference)
        if known:
            return answered(engine, request, known)
        account = engine.memberships.load(request.member_id)
        if account is None or account.member is None:
            request = _for_survivor(engine, request)
            continue
        answer = _tried(engine, account, account.member, request)
        if answer:
            return answer
    raise UnavailableError("the member's wallet was busy; it is tried again")


def answered(engine: Engine, request: Request, known: ReferenceRecord) -> Answer:
    """Give the first answer again: the same was asked for the same person."""
    if known.body_hash != request.body_hash or not _is_same_member(engine, request, known):
        raise ReferenceConflictError
    posting = engine.memberships.posting(known.member_id, known.number) if known.number else None
    return Answer(record=known, posting=posting, repeated=True)


def _is_same_member(engine: Engine, request: Request, known: ReferenceRecord) -> bool:
    """Who was merged since is the survivor now; only where the ids differ that costs reads."""
    asked, booked_for = request.member_id, known.member_id
    return asked == booked_for or (
        engine.members.resolve(asked) == engine.members.resolve(booked_for)
    )


def tried(engine: Engine, request: Request) -> tuple[Wallet, Posting] | LedgerRefusal:
    """Say what booking it would come to now, by the same code; nothing is kept."""
    account = engine.memberships.load(request.member_id)
    if account is None or account.member is None:
        return tried(engine, _for_survivor(engine, request))
    _, desk = _desk(engine, account, account.member, request)
    drafted = request.drafting(desk)
    return drafted if isinstance(drafted, LedgerRefusal) else booked(desk.wallet, drafted.posting)


def _for_survivor(engine: Engine, request: Request) -> Request:
    """Return the request for whoever goes on for the member; raises ``NoMemberError``."""
    survivor = engine.members.resolve(request.member_id)
    if survivor == request.member_id:
        raise NoMemberError
    return replace(request, member_id=survivor)


def _tried(engine: Engine, account: Account, member: Member, request: Request) -> Answer | None:
    """Book once; None when another writer was quicker."""
    over, desk = _desk(engine, account, member, request)
    drafted = request.drafting(desk)
    record = ReferenceRecord(
        reference=request.reference,
        member_id=request.member_id,
        body_hash=request.body_hash,
        kept_at=desk.order.at,
    )
    if isinstance(drafted, LedgerRefusal):
        refused = replace(record, refusal=drafted)
        return Answer(record=refused) if engine.memberships.remember(refused) else None
    wallet, posting = booked(desk.wallet, drafted.posting)
    returned = (0,) * len(drafted.transaction.lines) if drafted.transaction else ()
    record = replace(
        record,
        number=posting.number,
        transaction=drafted.transaction,
        judged_by=drafted.judged_by,
        returned=returned,
    )
    change = Change(
        membership=replace(desk.membership, wallet=wallet),
        postings=(*over, posting),
        new=(record,),
        known=drafted.known,
    )
    change = with_all_that_follows(engine, member, change, engine.stock)
    if not engine.memberships.store(change):
        return None
    return Answer(record=record, posting=posting, membership=change.membership)


def _desk(
    engine: Engine, account: Account, member: Member, request: Request
) -> tuple[list[Posting], Desk]:
    """Take off what has lapsed; return the postings for that, and what the draft is made from."""
    order = order_for(engine, request.member_id, request.reference)
    wallet, over = opened(member, account.membership, engine.programme.unit_rules, order)
    membership = replace(account.membership, wallet=wallet)
    return over, Desk(member=member, membership=membership, order=order)
