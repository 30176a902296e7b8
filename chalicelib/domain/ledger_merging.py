"""What two wallets become when their members turn out to be one, and when they do not after all.

``move_out`` empties the one, ``move_in`` gives the other the same; ``move_back`` takes back either
of the two. Over both wallets nothing appears and nothing vanishes: what is not there to be given
back is owed, and what has lapsed is not asked for.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from chalicelib.domain.ledger import NOTHING, Account, Entry, Posting, PostingKind
from chalicelib.domain.ledger_expiry import DAY
from chalicelib.domain.ledger_lapses import forgiving
from chalicelib.domain.ledger_lots import Lots, balance, bounded, changed, taking, taking_from
from chalicelib.domain.ledger_moves import (
    Order,
    Rules,
    added,
    draft_of,
    expiry_of,
    less,
    rules_of,
)
from chalicelib.domain.ledger_wallet import Wallet, sums


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shift:
    """What is to come to a unit's lots and to what is owed, negative when it is to go.

    ``moved`` is what comes from the other wallet; ``forgiven`` changes the tallies by what is not
    asked for, as it has lapsed.
    """

    lots: Lots
    owed: int
    moved: int
    forgiven: Mapping[str, int] = field(default_factory=lambda: NOTHING)


def move_out(wallet: Wallet, order: Order) -> Posting:
    """Draft that all of a wallet goes to another member's, and leaves nothing to spend behind.

    Reservations stay where they were made: there they are captured, and what comes back from one
    is moved on as another move.
    """
    draft = _draft(order, wallet.balances(), {n: -each for n, each in wallet.tallies.items()})
    draft = replace(draft, owed={unit: -amount for unit, amount in wallet.owed.items()})
    for unit, lots in wallet.lots.items():
        entries = {Account.AVAILABLE: -balance(lots), Account.MOVED: balance(lots)}
        draft = added(draft, unit, less({}, lots), entries)
    return draft


def move_in(wallet: Wallet, rules: Rules, order: Order, absorbed: Wallet) -> Posting:
    """Draft that the wallet gets all that ``absorbed`` had before it was moved out.

    What the one owes is paid by what the other has, as if it had been one wallet all along.
    """
    draft = _draft(order, absorbed.balances(), absorbed.tallies)
    draft = replace(draft, active=_later(wallet.active_on, absorbed.active_on))
    for unit in _units(absorbed.lots, absorbed.owed):
        draft = _shifted(wallet, rules, draft, unit, _coming(absorbed, unit))
    return draft


def move_back(wallet: Wallet, rules: Rules, order: Order, was: Posting, before: Wallet) -> Posting:
    """Draft that a move, in or out, is taken back; ``before`` is the wallet that it found.

    What came is taken from the very lots that it went to, then from those that lapse first, then
    down to the floor; the rest is owed. If nothing else was posted the wallet is as it was before.
    """
    counts = {name: -amount for name, amount in was.counts.items()}
    draft = replace(_draft(order, was.amounts, counts), reverses=was.reference)
    draft = replace(draft, active=_as_before(wallet, was, before))
    for unit in _units([entry.unit for entry in was.entries], was.owed):
        shift = _undoing(wallet, was, unit)
        draft = _shifted(wallet, rules, draft, unit, shift)
    return draft


def with_reversals(was: Posting, reversals: Iterable[Posting]) -> Posting:
    """Return the move as if what was taken back of the absorbed member's since had been before it.

    So who is parted takes along what became of the own purchases and spends, and the other is not
    charged for them. ``was`` is the move in or out: the latter has the opposite signs.
    """
    for each in reversals:
        was = _with_reversal(was, each, 1 if was.member_id == each.member_id else -1)
    return was


def _with_reversal(was: Posting, reversal: Posting, sign: int) -> Posting:
    changes = [replace(change, amount=sign * change.amount) for change in reversal.lots]
    moved = [Entry(change.unit, Account.MOVED, -change.amount) for change in changes]
    return replace(
        was,
        lots=(*was.lots, *changes),
        entries=(*was.entries, *moved),
        owed=sums(was.owed, {unit: sign * amount for unit, amount in reversal.owed.items()}),
        counts=sums(was.counts, {name: sign * each for name, each in reversal.counts.items()}),
    )


def _coming(absorbed: Wallet, unit: str) -> _Shift:
    """A debt comes as what is owed: so it is paid by what lapses first, as any spend."""
    lots = absorbed.lots.get(unit, {})
    debt = -balance(_below(lots))
    owed = absorbed.owed.get(unit, 0) + debt
    return _Shift(lots=less(lots, _below(lots)), owed=owed, moved=balance(lots))


def _undoing(wallet: Wallet, was: Posting, unit: str) -> _Shift:
    lots: Counter[date | None] = Counter()
    for change in was.lots:
        if change.unit == unit:
            lots[change.last_day] -= change.amount
    entries = [e for e in was.entries if (e.unit, e.account) == (unit, Account.MOVED)]
    going = {day: -amount for day, amount in lots.items() if amount < 0}
    own, _ = taking_from(wallet.lots.get(unit, {}), going)
    return _Shift(
        lots=lots,
        owed=-was.owed.get(unit, 0),
        moved=sum(entry.amount for entry in entries),
        forgiven=forgiving(wallet.tallies, unit, was.on + DAY, changed(going, own)),
    )


def _shifted(wallet: Wallet, rules: Rules, draft: Posting, unit: str, shift: _Shift) -> Posting:
    """Add the shift to the lots and to what is owed, and let the lots pay what is owed.

    What the wallet paid for the other one comes back to it as if it were earned now.
    """
    lots, lapsed = wallet.lots.get(unit, {}), -sum(shift.forgiven.values())
    wanted = changed(lots, shift.lots)
    short = -balance(_below(wanted)) - lapsed
    due = wallet.owed.get(unit, 0) + shift.owed + short
    again = {expiry_of(rules, unit).last_day(draft.on): max(0, -due)}
    there = changed(less(wanted, _below(wanted)), again)
    paid, owed = taking(there, max(0, due), rules_of(rules, unit).floor)
    changes = bounded(lots, less(changed(there, paid), lots))
    entries = {
        Account.AVAILABLE: balance(changes),
        Account.MOVED: -shift.moved,
        Account.EXPIRED: -lapsed,
    }
    entries[Account.ISSUED] = -sum(entries.values())
    change = owed - wallet.owed.get(unit, 0)
    draft = replace(draft, owed=sums(draft.owed, {unit: change}))
    draft = replace(draft, counts=sums(draft.counts, shift.forgiven))
    return added(draft, unit, changes, entries)


def _draft(order: Order, amounts: Mapping[str, int], counts: Mapping[str, int]) -> Posting:
    told = {unit: abs(amount) for unit, amount in amounts.items() if amount}
    return replace(draft_of(PostingKind.MOVED, order), amounts=told, counts=dict(counts))


def _later(days: Mapping[str, date], others: Mapping[str, date]) -> dict[str, date]:
    return {**days, **{unit: max(day, days.get(unit, day)) for unit, day in others.items()}}


def _as_before(wallet: Wallet, was: Posting, before: Wallet) -> dict[str, date]:
    """Return when the member was active if what moved is left out: before it, or since."""
    since = {unit: day for unit, day in wallet.active_on.items() if was.active.get(unit) != day}
    return {**before.active_on, **since}


def _units(*named: Iterable[str]) -> list[str]:
    return sorted({unit for each in named for unit in each})


def _below(lots: Lots) -> dict[date | None, int]:
    return {day: amount for day, amount in lots.items() if amount < 0}
