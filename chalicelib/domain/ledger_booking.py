"""How postings come about: each function looks at a wallet and drafts the one that is asked for.

A draft has no number yet; ``booked`` gives it one and links it to the chain. Whoever calls these
has lapsed what is over first (``overdue``), so that nothing is spent which is gone already. A
refusal is a value, and then nothing has happened.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from chalicelib.domain.ledger import (
    NOTHING,
    Account,
    LedgerRefusal,
    LotChange,
    Posting,
    PostingKind,
    Reasoned,
    Reference,
)
from chalicelib.domain.ledger_expiry import ExpiryKind
from chalicelib.domain.ledger_lapses import lapsing
from chalicelib.domain.ledger_lots import Lots, without
from chalicelib.domain.ledger_moves import (
    Order,
    Rules,
    draft_of,
    expiry_of,
    given,
    hold_ended,
    less,
    lot_changes,
    moved,
    parts_of,
    taken,
    taken_back,
)
from chalicelib.domain.ledger_wallet import EMPTY, MOST_HOLDS, Wallet, after

CARRIED_OVER = "carried_over"
"""The reason of what a member had before there was a wallet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earning:
    """What is to be given: whole amounts by unit, earned on a day that may be long ago.

    ``counts`` is added to the tallies; ``active`` are units for which this was activity.
    """

    amounts: Mapping[str, int]
    earned_on: date
    counts: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    active: tuple[str, ...] = ()
    why: tuple[Reasoned, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """What is to be taken back of an original, of which ``before`` was taken back already.

    ``amounts`` None is for all that is left; ``counts`` is added to the tallies.
    """

    original: Posting
    amounts: Mapping[str, int] | None = None
    before: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    counts: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    why: tuple[Reasoned, ...] = ()


def booked(wallet: Wallet, draft: Posting) -> tuple[Wallet, Posting]:
    """Return the wallet after the draft, and the draft as the posting that it has become."""
    numbered = replace(draft, number=wallet.number + 1)
    result = after(wallet, numbered)
    units = dict.fromkeys(change.unit for change in numbered.lots)  # a set's order is chance
    balances = {**result.balances(), **{unit: result.available(unit) for unit in units}}
    posting = replace(numbered, after=balances).chained(wallet.hash)
    return replace(result, hash=posting.hash), posting


def earn(wallet: Wallet, rules: Rules, order: Order, earning: Earning) -> Posting:
    """Draft what a member gets; what is owed is paid first."""
    amounts = _positive(earning.amounts)
    days = {unit: expiry_of(rules, unit).last_day(earning.earned_on) for unit in amounts}
    draft = replace(
        draft_of(PostingKind.EARNED, order),
        amounts=amounts,
        parts=tuple(LotChange(unit, days[unit], amount) for unit, amount in amounts.items()),
        counts=dict(earning.counts),
        active=_active(wallet, rules, order, earning),
        why=earning.why,
    )
    for unit, amount in amounts.items():
        draft = given(wallet, draft, Account.ISSUED, unit, {days[unit]: amount})
    return draft


def spend(
    wallet: Wallet, rules: Rules, order: Order, unit: str, amount: int
) -> Posting | LedgerRefusal:
    """Draft a spend, from the lots that lapse first."""
    return taken(wallet, rules, draft_of(PostingKind.SPENT, order, unit, amount), Account.REDEEMED)


def reserve(
    wallet: Wallet, rules: Rules, order: Order, amounts: tuple[str, int], until: datetime
) -> Posting | LedgerRefusal:
    """Draft a reservation of so much of a unit: it lapses at ``until`` unless it is captured."""
    if len(wallet.holds) >= MOST_HOLDS:
        return LedgerRefusal.TOO_MANY_HOLDS
    draft = replace(draft_of(PostingKind.RESERVED, order, *amounts), until=until)
    return taken(wallet, rules, draft, Account.HELD)


def capture(
    wallet: Wallet, order: Order, reserved: Reference, amount: int | None = None
) -> Posting | LedgerRefusal:
    """Draft a spend of what is reserved, or of a part: then the rest goes back, and that is all."""
    hold = wallet.holds.get(reserved)
    if hold is None or hold.until <= order.at:
        return LedgerRefusal.HOLD_OVER
    amount = hold.amount if amount is None else amount
    if amount < 0:
        raise ValueError("an amount is never below 0")
    if amount > hold.amount:
        return LedgerRefusal.OVER_HOLD
    spent = without(hold.parts, hold.amount - amount)
    draft = hold_ended(wallet, PostingKind.CAPTURED, order, reserved, less(hold.parts, spent))
    parts = lot_changes(hold.unit, {day: -part for day, part in spent.items()})
    return replace(draft, amounts={hold.unit: amount}, parts=parts)


def release(wallet: Wallet, order: Order, reserved: Reference) -> Posting | LedgerRefusal:
    """Draft that all of a reservation goes back to the lots it came from."""
    hold = wallet.holds.get(reserved)
    if hold is None or hold.until <= order.at:
        return LedgerRefusal.HOLD_OVER
    return hold_ended(wallet, PostingKind.RELEASED, order, reserved, hold.parts)


def reverse(
    wallet: Wallet, rules: Rules, order: Order, reversal: Reversal
) -> Posting | LedgerRefusal:
    """Draft that a posting is taken back, fully or in part.

    What was earned is taken from its own lot; of the rest, what has lapsed since is gone already,
    and what was spent is taken from the lots that lapse first, then down to the floor; what is
    missing even then is owed. What was spent goes back to the very lots it came from, those that
    last longest first.
    """
    original = reversal.original
    if original.kind not in _REVERSIBLE or original.reference is None:
        return LedgerRefusal.NOT_REVERSIBLE
    left = {
        unit: amount - reversal.before.get(unit, 0) for unit, amount in original.amounts.items()
    }
    amounts = _positive(left if reversal.amounts is None else reversal.amounts)
    if any(amount > left.get(unit, 0) for unit, amount in amounts.items()):
        return LedgerRefusal.OVER_ORIGINAL
    draft = replace(
        draft_of(PostingKind.REVERSED, order),
        amounts=amounts,
        reverses=original.reference,
        counts=dict(reversal.counts),
        why=reversal.why,
    )
    for unit, amount in amounts.items():
        if original.kind is PostingKind.EARNED:
            draft = taken_back(wallet, rules, draft, unit, original)
        else:
            rest = without(parts_of(original, unit), reversal.before.get(unit, 0))
            draft = given(wallet, draft, Account.REDEEMED, unit, less(rest, without(rest, amount)))
    return draft


def adjust(
    wallet: Wallet, rules: Rules, order: Order, unit: str, change: Reasoned
) -> Posting | LedgerRefusal:
    """Draft a correction by hand, with its reason; what is given lapses as if earned now."""
    draft = replace(draft_of(PostingKind.ADJUSTED, order, unit, abs(change.amount)), why=(change,))
    if change.amount < 0:
        return taken(wallet, rules, draft, Account.ADJUSTED)
    day = expiry_of(rules, unit).last_day(order.on)
    draft = replace(draft, active=dict.fromkeys(_idle(wallet, rules, order, [unit]), order.on))
    return given(wallet, draft, Account.ADJUSTED, unit, {day: change.amount})


def carry_over(rules: Rules, order: Order, amounts: Mapping[str, int]) -> Posting:
    """Draft the first posting of a wallet: what the member had before there was one."""
    draft = replace(
        draft_of(PostingKind.ADJUSTED, order),
        amounts=_positive(amounts),
        active=dict.fromkeys(_idle(EMPTY, rules, order, _positive(amounts)), order.on),
        why=tuple(Reasoned(CARRIED_OVER, unit, amount) for unit, amount in amounts.items()),
    )
    for unit, amount in draft.amounts.items():
        day = expiry_of(rules, unit).last_day(order.on)
        draft = given(EMPTY, draft, Account.ADJUSTED, unit, {day: amount})
    return draft


def overdue(wallet: Wallet, rules: Rules, order: Order) -> Posting | None:
    """Draft the first thing that is over: a reservation, or else all lots that have lapsed."""
    for reserved, hold in sorted(wallet.holds.items()):
        if hold.until <= order.at:
            return hold_ended(wallet, PostingKind.LAPSED, order, reserved, hold.parts)
    gone = {unit: _gone(wallet, rules, unit, order.on) for unit in wallet.lots}
    gone = {unit: lots for unit, lots in gone.items() if lots}
    if not gone:
        return None
    draft = replace(
        draft_of(PostingKind.EXPIRED, order),
        amounts={unit: sum(lots.values()) for unit, lots in gone.items()},
    )
    for unit, lots in gone.items():
        draft = moved(draft, Account.EXPIRED, unit, {day: -part for day, part in lots.items()})
    return replace(draft, counts=_lapsing(gone, order.on))


def last_day(wallet: Wallet, rules: Rules, unit: str) -> date | None:
    """Return the last day of all of a unit that lapses by inactivity; None for any other."""
    return expiry_of(rules, unit).last_active_day(wallet.active_on.get(unit))


def _lapsing(gone: Mapping[str, Lots], on: date) -> dict[str, int]:
    changes = [lapsing(unit, on, lots) for unit, lots in gone.items()]
    return {name: amount for change in changes for name, amount in change.items()}


def _gone(wallet: Wallet, rules: Rules, unit: str, on: date) -> Lots:
    lots = wallet.lots[unit]
    end = last_day(wallet, rules, unit)
    if end and end < on:
        return {day: part for day, part in lots.items() if part > 0}
    return {day: part for day, part in lots.items() if day and day < on}


def _active(wallet: Wallet, rules: Rules, order: Order, earning: Earning) -> dict[str, date]:
    """What lapses by inactivity needs a day to count from, even where nothing was done yet."""
    idle = _idle(wallet, rules, order, _positive(earning.amounts))
    return dict.fromkeys((*earning.active, *idle), earning.earned_on)


def _idle(wallet: Wallet, rules: Rules, order: Order, units: Iterable[str]) -> list[str]:
    """Return the units that lapse by inactivity, and of which all has lapsed or none ever was."""
    kept = [unit for unit in units if expiry_of(rules, unit).kind is ExpiryKind.INACTIVITY]
    ends = {unit: last_day(wallet, rules, unit) for unit in kept}
    return [unit for unit, end in ends.items() if end is None or end < order.on]


_REVERSIBLE = (PostingKind.EARNED, PostingKind.SPENT, PostingKind.CAPTURED)


def _positive(amounts: Mapping[str, int]) -> dict[str, int]:
    return {unit: amount for unit, amount in amounts.items() if amount > 0}
