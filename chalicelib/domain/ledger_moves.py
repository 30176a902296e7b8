"""What postings are made of: units that go from one account to another, in and out of lots.

Each function adds to a draft what is moved, so that its entries sum to 0 whatever is asked for.
Whatever comes to a member pays first what the member owes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from chalicelib.domain.ledger import (
    Account,
    Entry,
    LedgerRefusal,
    LotChange,
    Posting,
    PostingKind,
    Reference,
)
from chalicelib.domain.ledger_expiry import PLAIN, Expiry, UnitRules
from chalicelib.domain.ledger_lapses import forgiving
from chalicelib.domain.ledger_lots import (
    Lots,
    balance,
    changed,
    putting,
    taking,
    taking_from,
    without,
)
from chalicelib.domain.ledger_wallet import Wallet, sums

Rules = Mapping[str, UnitRules]
"""What the programme says of each unit; one it does not name never lapses, its floor is 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Whose wallet, when, and under which reference, if a caller made one."""

    member_id: str
    at: datetime
    on: date
    reference: Reference | None = None


def draft_of(kind: PostingKind, order: Order, unit: str = "", amount: int = 0) -> Posting:
    """Return a draft in which nothing has moved yet.

    An amount below 0 is a bug of the caller's: to spend it would make units out of nothing.
    """
    if amount < 0:
        raise ValueError("an amount is never below 0")
    return Posting(
        member_id=order.member_id,
        number=0,
        kind=kind,
        at=order.at,
        on=order.on,
        reference=order.reference,
        amounts={unit: amount} if unit else {},
    )


def moved(draft: Posting, counter: Account, unit: str, changes: Lots) -> Posting:
    """Add what the lots change by, all of it from one account or to it."""
    amount = balance(changes)
    return added(draft, unit, changes, {Account.AVAILABLE: amount, counter: -amount})


def taken(wallet: Wallet, rules: Rules, draft: Posting, to: Account) -> Posting | LedgerRefusal:
    """Take the draft's one amount from the lots that lapse first, down to the floor.

    What went below 0 was in no lot: if it ever comes back, it lapses as if earned on this day.
    """
    [(unit, amount)] = draft.amounts.items()
    lots = wallet.lots.get(unit, {})
    changes, missing = taking(lots, amount, rules_of(rules, unit).floor)
    if missing:
        return LedgerRefusal.NOT_ENOUGH
    _, below = taking_from(lots, {None: -changes.get(None, 0)})
    day = expiry_of(rules, unit).last_day(draft.on)
    parts = less(changes, less({None: -below}, {day: -below}))
    return replace(moved(draft, to, unit, changes), parts=lot_changes(unit, parts))


def given(wallet: Wallet, draft: Posting, source: Account, unit: str, parts: Lots) -> Posting:
    """Put the parts into their lots, once those that lapse first have paid what is owed."""
    paid, _ = taking(parts, min(wallet.owed.get(unit, 0), balance(parts)))
    kept = changed(parts, paid)
    changes = putting(wallet.lots.get(unit, {}), kept)
    entries = {Account.AVAILABLE: balance(kept)}
    entries[source] = -balance(parts)
    entries[Account.ISSUED] = entries.get(Account.ISSUED, 0) - balance(paid)
    draft = replace(draft, owed={**draft.owed, unit: balance(paid)}) if paid else draft
    return added(draft, unit, changes, entries)


def taken_back(
    wallet: Wallet, rules: Rules, draft: Posting, unit: str, original: Posting
) -> Posting:
    """Take what was earned from its own lot, else from others down to the floor; the rest is owed.

    But first what has lapsed since then is given up by the programme: the member has it no more.
    """
    lots, parts = wallet.lots.get(unit, {}), parts_of(original, unit)
    wanted = less(parts, without(parts, draft.amounts[unit]))
    own, missing = taking_from(lots, wanted)
    forgiven = forgiving(wallet.tallies, unit, original.on, changed(wanted, own))
    lapsed = -sum(forgiven.values())
    others, owed = taking(changed(lots, own), missing - lapsed, rules_of(rules, unit).floor)
    draft = replace(draft, owed={**draft.owed, unit: owed}) if owed else draft
    draft = replace(draft, counts=sums(draft.counts, forgiven))
    changes = changed(own, others)
    entries = {Account.AVAILABLE: balance(changes), Account.EXPIRED: -lapsed}
    return added(draft, unit, changes, {**entries, Account.ISSUED: lapsed - balance(changes)})


def hold_ended(
    wallet: Wallet, kind: PostingKind, order: Order, reserved: Reference, back: Lots
) -> Posting:
    """Draft the end of a reservation, of which ``back`` goes back to the lots it came from."""
    hold = wallet.holds[reserved]
    draft = replace(draft_of(kind, order, hold.unit, hold.amount), reverses=reserved)
    draft = given(wallet, draft, Account.HELD, hold.unit, back)
    spent = hold.amount - balance(back)
    return added(draft, hold.unit, {}, {Account.HELD: -spent, Account.REDEEMED: spent})


def rules_of(rules: Rules, unit: str) -> UnitRules:
    return rules.get(unit, PLAIN)


def expiry_of(rules: Rules, unit: str) -> Expiry:
    return rules_of(rules, unit).expiry


def lot_changes(unit: str, changes: Lots) -> tuple[LotChange, ...]:
    return tuple(LotChange(unit, day, amount) for day, amount in changes.items() if amount)


def parts_of(original: Posting, unit: str) -> dict[date | None, int]:
    """Return the lots that a reversal of the posting goes back to."""
    return {part.last_day: abs(part.amount) for part in original.parts if part.unit == unit}


def less(parts: Lots, others: Lots) -> dict[date | None, int]:
    """Return what is left of the parts without the others."""
    return changed(parts, {day: -amount for day, amount in others.items()})


def added(draft: Posting, unit: str, changes: Lots, entries: Mapping[Account, int]) -> Posting:
    """Add what the lots change by, and the entries that say where it came from or went."""
    new = [Entry(unit, account, amount) for account, amount in entries.items() if amount]
    return replace(
        draft,
        entries=(*draft.entries, *new),
        lots=(*draft.lots, *lot_changes(unit, changes)),
    )
