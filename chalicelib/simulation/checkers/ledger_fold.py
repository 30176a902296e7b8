"""One member's postings added up a second time, and what is wrong with each (S13).

Nothing of the engine's ledger is used but the values that it stored: a posting says what it moved,
and that is added to what was there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from chalicelib.domain.ledger import Posting, Reference
from chalicelib.domain.ledger_wallet import Wallet

Faults = Iterator[str]
_TAKES = ("spent", "reserved")
_ENDS = ("captured", "released", "lapsed")
_FLOOR = 0


@dataclass(slots=True, kw_only=True)
class Originals:
    """What can be taken back, and what was: of all members who were ever one person together."""

    postings: dict[Reference, Posting] = field(default_factory=dict)
    back: Counter[tuple[Reference, str]] = field(default_factory=Counter)


@dataclass(slots=True, kw_only=True)
class Fold:
    """What the postings so far come to; amounts of 0 are left in the counters."""

    number: int = 0
    hash: str = ""
    accounts: Counter[tuple[str, str]] = field(default_factory=Counter)
    lots: Counter[tuple[str, date | None]] = field(default_factory=Counter)
    owed: Counter[str] = field(default_factory=Counter)
    open: dict[Reference, tuple[str, int, datetime]] = field(default_factory=dict)
    active: dict[str, date] = field(default_factory=dict)
    of_all: Originals = field(default_factory=Originals)

    def add(self, posting: Posting) -> Faults:
        """Add the next posting, and say what is wrong with it."""
        yield from self._in_line(posting)
        yield from self._in_time(posting)
        yield from self._hold(posting)
        for entry in posting.entries:
            self.accounts[entry.unit, entry.account.value] += entry.amount
        for change in posting.lots:
            self.lots[change.unit, change.last_day] += change.amount
        self.owed.update(posting.owed)
        if posting.kind == "moved":
            self.active.clear()  # what moves says all of it
        for unit, day in posting.active.items():
            self.active[unit] = max(day, self.active.get(unit, day))
        if posting.reference:
            self.of_all.postings[posting.reference] = posting
        yield from self._sums()
        yield from self._reversal(posting)

    def _in_line(self, posting: Posting) -> Faults:
        if (posting.number, posting.previous) != (self.number + 1, self.hash):
            yield f"number {posting.number} does not follow {self.number}, or its hash"
        self.number, self.hash = posting.number, posting.hash
        if not posting.hash:
            yield f"number {posting.number} has no hash"
        sums: Counter[str] = Counter()
        for entry in posting.entries:
            sums[entry.unit] += entry.amount
        if any(sums.values()):
            yield f"the entries of number {posting.number} come to {dict(sums)}"
        if posting.reference in self.of_all.postings:
            yield f"{posting.reference} was posted twice"

    def _in_time(self, posting: Posting) -> Faults:
        """Nothing is taken from a lot whose last day is over; nothing lapses before it is."""
        for change in posting.lots:
            end = change.last_day or self._idle_end(change.unit)
            if change.amount >= 0 or end is None:
                continue
            if posting.kind in _TAKES and end < posting.on:
                yield f"number {posting.number} takes {change.unit} that lapsed after {end}"
            if posting.kind == "expired" and end >= posting.on:
                yield f"number {posting.number} takes off {change.unit} that last until {end}"

    def _idle_end(self, unit: str) -> date | None:
        """Return the last day of what lapses a month after the member was last active."""
        day = self.active.get(unit)
        if day is None:
            return None
        first = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        last = (following - first).days
        return first.replace(day=min(day.day, last))

    def _hold(self, posting: Posting) -> Faults:
        """A reservation ends once: by its maker before its time, or by itself after it."""
        if posting.kind == "reserved" and posting.reference and posting.until:
            [(unit, amount)] = posting.amounts.items()
            self.open[posting.reference] = unit, amount, posting.until
        if posting.kind not in _ENDS or posting.reverses is None:
            return
        if posting.reverses not in self.open:
            yield f"number {posting.number} ends a reservation that is over"
            return
        _, amount, until = self.open.pop(posting.reverses)
        if (posting.kind == "lapsed") != (posting.at >= until):
            yield f"number {posting.number} is {posting.kind} at {posting.at}, due was {until}"
        if sum(posting.amounts.values()) > amount:
            yield f"number {posting.number} is of more than the {amount} that was reserved"

    def _sums(self) -> Faults:
        held: Counter[str] = Counter()
        for unit, amount, _ in self.open.values():
            held[unit] += amount
        for unit in {unit for unit, _ in self.accounts}:
            available = self.accounts[unit, "available"]
            lots = sum(amount for (each, _), amount in self.lots.items() if each == unit)
            if available < _FLOOR or available != lots:
                yield f"{available} {unit} are available, and {lots} in lots"
            if self.accounts[unit, "held"] != held[unit]:
                yield f"{self.accounts[unit, 'held']} {unit} are held, {held[unit]} reserved"
            if self.owed[unit] < 0 or (self.owed[unit] and available > _FLOOR):
                yield f"{self.owed[unit]} {unit} are owed, and {available} are there"
        if any(amount < 0 for amount in self.lots.values()):
            yield "a lot has less than nothing"

    def _reversal(self, posting: Posting) -> Faults:
        """All that is taken back is no more than there was, and really leaves, or is owed."""
        if posting.kind != "reversed" or posting.reverses is None:
            return
        original = self.of_all.postings.get(posting.reverses)
        if original is None:
            yield f"number {posting.number} takes back what was never posted"
            return
        for unit, amount in posting.amounts.items():
            self.of_all.back[posting.reverses, unit] += amount
            if self.of_all.back[posting.reverses, unit] > original.amounts.get(unit, 0):
                yield f"number {posting.number} takes back more than {posting.reverses} brought"
            if original.kind == "earned" and self._left(posting, unit) != amount:
                yield f"number {posting.number} says {amount} {unit}, and that is not what moves"

    @staticmethod
    def _left(posting: Posting, unit: str) -> int:
        """Return how much left the member, had lapsed before, or is owed from now on."""
        own = [e for e in posting.entries if e.unit == unit]
        available = -sum(e.amount for e in own if e.account == "available")
        lapsed = -sum(e.amount for e in own if e.account == "expired")
        return available + lapsed + posting.owed.get(unit, 0)

    def differs(self, wallet: Wallet) -> str:
        """Say in what a stored wallet is not what its postings come to."""
        lots: dict[str, dict[date | None, int]] = defaultdict(dict)
        for (unit, day), amount in self.lots.items():
            if amount:
                lots[unit][day] = amount
        if {unit: dict(each) for unit, each in wallet.lots.items()} != lots:
            return "lots"
        if dict(wallet.owed) != {unit: amount for unit, amount in self.owed.items() if amount}:
            return "what is owed"
        known = {r: (hold.unit, hold.amount, hold.until) for r, hold in wallet.holds.items()}
        if known != self.open:
            return "reservations"
        same = (wallet.number, wallet.hash) == (self.number, self.hash)
        return "" if same else "number and hash"
