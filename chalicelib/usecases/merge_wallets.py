"""Move what a member has to the one who goes on for both, and back when they are parted.

Each move is two postings under references that are derived from the merge, so that it is made once
whoever finishes the merge: what was moved out is always moved in. The absorbed member keeps the own
standing, and the survivor has what is the higher of both until they are parted.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from chalicelib.domain.ledger import Posting, PostingKind, Reference
from chalicelib.domain.ledger_booking import booked
from chalicelib.domain.ledger_merging import move_back, move_in, move_out, with_reversals
from chalicelib.domain.ledger_moves import Order
from chalicelib.domain.ledger_wallet import Wallet, replayed
from chalicelib.domain.membership import Membership
from chalicelib.domain.membership_look import lapsed
from chalicelib.usecases.change_membership import (
    change_membership,
    order_for,
    with_all_that_follows,
)
from chalicelib.usecases.engine import MAX_TRIES, Engine
from chalicelib.usecases.membership_ports import Account, Change, ReferenceRecord
from chalicelib.usecases.ports import UnavailableError

MERGES = "merge"
"""Who asks for these postings. No partner can have such a name."""
MOST_MERGES = 100
"""How often the same member may be merged and parted again."""

Drafting = Callable[[Membership, Order], Posting]
Changing = Callable[[Membership], Membership]


def has_open_holds(engine: Engine, member_id: str) -> bool:
    """Tell whether something of the member's is reserved: it has to come to its end first.

    What is over is none, also before anybody has come to take it off: moving does that.
    """
    account, now = engine.memberships.load(member_id), engine.clock.now()
    holds = account.membership.wallet.holds.values() if account else ()
    return any(hold.until > now for hold in holds)


def open_wallet(engine: Engine, member_id: str) -> None:
    """Carry over what an older release granted: the next posting would be the first without."""
    account = engine.memberships.load(member_id)
    if account and account.member and account.member.granted and not account.membership.version:
        change_membership(engine, member_id, lambda known: known)


def move_wallet(engine: Engine, absorbed: str, survivor: str) -> None:
    """Move all that the absorbed member has; safe to repeat."""
    account = engine.memberships.load(absorbed)
    if account is None or not account.membership.version:
        return
    turn = _turn(engine, absorbed)
    out = _post(engine, absorbed, _reference(absorbed, turn, "out"), _moving_out)
    before, given = _before(engine, out), account.membership
    rules = engine.programme.unit_rules

    def moving_in(known: Membership, order: Order) -> Posting:
        return move_in(known.wallet, rules, order, before)

    def higher(known: Membership) -> Membership:
        return known.standing_for(given, engine.programme.tiers, _today(engine))

    _post(engine, survivor, _reference(absorbed, turn, "in"), moving_in, higher)


def is_moved(engine: Engine, absorbed: str) -> bool:
    """Tell whether what the member had is with another one still."""
    return _posted(engine, _reference(absorbed, _turn(engine, absorbed), "out")) is not None


def move_wallet_back(engine: Engine, absorbed: str) -> None:
    """Give the absorbed member back what was moved; safe to repeat, also where nothing was."""
    _move_back(engine, absorbed, _turn(engine, absorbed))


def end_parting(engine: Engine, member_id: str) -> None:
    """Give the rest back to a member whose parting died half-way: the next merge would lose it.

    Asked in this order: who has a profile after the move was seen is parted from that very move.
    """
    turn = _turn(engine, member_id)
    if _posted(engine, _reference(member_id, turn, "out")) and engine.members.load(member_id):
        _move_back(engine, member_id, turn)


def _move_back(engine: Engine, absorbed: str, turn: int) -> None:
    for way in ("in", "out"):  # the latter ends the turn
        was = _posted(engine, _reference(absorbed, turn, way))
        if was is not None:
            _give_back(engine, absorbed, turn, was, f"{way}.back")


def _give_back(engine: Engine, absorbed: str, turn: int, was: Posting, what: str) -> None:
    before, rules = _before(engine, was), engine.programme.unit_rules

    def moving_back(known: Membership, order: Order) -> Posting:
        move = with_reversals(was, _reversed_since(engine, absorbed, turn))
        return move_back(known.wallet, rules, order, move, before)

    def as_before(known: Membership) -> Membership:
        return known.without_standing_for(absorbed, engine.programme.tiers, _today(engine))

    owner = engine.members.resolve(was.member_id)
    _post(engine, owner, _reference(absorbed, turn, what), moving_back, as_before)


def _reversed_since(engine: Engine, absorbed: str, turn: int) -> Iterator[Posting]:
    """Yield what the survivor was asked to take back of the absorbed member's while it was both."""
    into, back = (_posted(engine, _reference(absorbed, turn, way)) for way in ("in", "in.back"))
    if into is None:
        return
    member = engine.members.load(absorbed)
    people = {absorbed, *(member.absorbed if member else ())}
    for posting in engine.memberships.postings(into.member_id):
        if posting.number <= into.number or (back and posting.number >= back.number):
            continue
        if posting.kind is PostingKind.REVERSED and posting.reverses:
            known = engine.memberships.find(posting.reverses)
            if known and known.member_id in people:
                yield posting


def _today(engine: Engine) -> date:
    return engine.programme.calendar.day_of(engine.clock.now())


def _turn(engine: Engine, absorbed: str) -> int:
    """Return which merge of this member it is, from 1: the first that was not undone."""
    for turn in range(1, MOST_MERGES + 1):
        if engine.memberships.find(_reference(absorbed, turn, "out.back")) is None:
            return turn
    raise UnavailableError("the member was merged and parted too often")


def _reference(absorbed: str, turn: int, what: str) -> Reference:
    return Reference(MERGES, f"{absorbed}.{turn}.{what}")


def _moving_out(known: Membership, order: Order) -> Posting:
    return move_out(known.wallet, order)


def _posted(engine: Engine, reference: Reference) -> Posting | None:
    known = engine.memberships.find(reference)
    return engine.memberships.posting(known.member_id, known.number) if known else None


def _before(engine: Engine, posting: Posting) -> Wallet:
    """Return the wallet that the posting found."""
    postings = engine.memberships.postings(posting.member_id)
    return replayed(each for each in postings if each.number < posting.number)


def _post(
    engine: Engine,
    member_id: str,
    reference: Reference,
    drafting: Drafting,
    changing: Changing = lambda known: known,
) -> Posting:
    """Book the move once under its reference, also for one who has no profile; return it."""
    for _ in range(MAX_TRIES):
        if posting := _posted(engine, reference):
            return posting
        account = engine.memberships.load(member_id)
        if account is None:
            raise UnavailableError("the membership is not there yet; it is tried again")
        change = _change(engine, account, reference, drafting, changing)
        if engine.memberships.store(change):
            return change.postings[-1]
    raise UnavailableError("the membership was busy; the merge is tried again")


def _change(
    engine: Engine, account: Account, reference: Reference, drafting: Drafting, changing: Changing
) -> Change:
    known = account.membership
    order = order_for(engine, known.member_id, reference)
    wallet, over = lapsed(known.wallet, engine.programme.unit_rules, order)
    known = replace(known, wallet=wallet)
    wallet, posting = booked(wallet, drafting(known, order))
    record = ReferenceRecord(
        reference=reference,
        member_id=known.member_id,
        body_hash="",
        kept_at=order.at,
        number=posting.number,
    )
    change = Change(
        membership=changing(replace(known, wallet=wallet)),
        postings=(*over, posting),
        new=(record,),
    )
    return with_all_that_follows(engine, account.member, change, engine.stock)
