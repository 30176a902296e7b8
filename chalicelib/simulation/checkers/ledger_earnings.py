"""What transactions brought, worked out a second time for the simulated programmes (S15).

Flights bring so much each, by the day of the flight and up to so much a month; hotels bring more.
What a return leaves is worth what it was worth then; nothing is left of nothing.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from chalicelib.domain.ledger import Posting
from chalicelib.domain.transaction import Transaction
from chalicelib.simulation import earning
from chalicelib.simulation.checkers.history import History
from chalicelib.simulation.checkers.ledger_books import PARTNER
from chalicelib.simulation.checkers.merged import families
from chalicelib.simulation.checkers.told import Told, all_told
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.usecases.membership_ports import ReferenceRecord

Found = Iterator[Violation]
Amounts = Mapping[str, int]


@dataclass(slots=True, kw_only=True)
class _Bought:
    """A transaction that was posted: what is left of its lines, and of what it brought."""

    lines: Sequence[Mapping[str, Any]]
    left: list[int]
    on: date
    room: int
    given: Counter[str]
    counted: int


@dataclass(slots=True, kw_only=True)
class _Till:
    """What one member has bought; ``used`` is what flights brought under each cap."""

    bought: dict[str, _Bought]
    used: Counter[tuple[bool, str]]

    def buy(self, told: Told, on: date) -> Amounts:
        lines = told.data["lines"]
        left = [line.get("quantity", 1) for line in lines]
        room = max(earning.MOST_A_MONTH - self.used[_cap(on)], 0)
        bought = _Bought(lines=lines, left=left, on=on, room=room, given=Counter(), counted=0)
        amounts, flights = _worth(bought)
        bought.given, bought.counted = Counter(amounts), flights
        self.used[_cap(on)] += flights
        self.bought[told.transaction] = bought
        return amounts

    def bring_back(self, told: Told) -> Amounts:
        bought = self.bought[told.transaction]
        all_of_it = [{"line": n, "quantity": left} for n, left in enumerate(bought.left)]
        for back in told.data.get("lines") or all_of_it:
            bought.left[back["line"]] -= back.get("quantity", 1)
        kept, flights = _worth(bought) if any(bought.left) else ({}, 0)
        back = {unit: amount - kept.get(unit, 0) for unit, amount in bought.given.items()}
        return self._take(bought, back, flights)

    def cancel(self, reference: str) -> Amounts:
        bought = self.bought[reference]
        bought.left = [0] * len(bought.left)
        return self._take(bought, dict(bought.given), 0)

    def _take(self, bought: _Bought, back: Amounts, flights: int) -> Amounts:
        self.used[_cap(bought.on)] -= max(bought.counted - flights, 0)
        bought.counted = min(bought.counted, flights)
        taken = {unit: amount for unit, amount in back.items() if amount > 0}
        bought.given.subtract(taken)
        return taken


def _cap(on: date) -> tuple[bool, str]:
    return on <= earning.LAST_EARLY_DAY, f"{on:%Y-%m}"


def _worth(bought: _Bought) -> tuple[Amounts, int]:
    pieces: Counter[str] = Counter()
    for line, left in zip(bought.lines, bought.left, strict=True):
        pieces[line["kind"]] += left
    each = earning.EARLY if bought.on <= earning.LAST_EARLY_DAY else earning.LATE
    flights = min(each * pieces["flight"], bought.room)
    amounts = {
        "redeemable": flights + earning.HOTEL * pieces["hotel_night"],
        "qualifying": earning.QUALIFYING * pieces["flight"],
    }
    return {unit: amount for unit, amount in amounts.items() if amount}, flights


def s15_transactions_bring_what_they_should(history: History) -> Found:
    """S15: a transaction brings what the rules of its own day say, up to the caps.

    A return takes back what those very rules no longer give.

    Limit: members who were ever merged are left out, for their caps come together.
    """
    every = all_told(history).values()
    told = {_as_told(each): each for each in every if each.type == "transaction.posted"}
    returned = {(f"return.{e.event_id}", e.body_hash): e for e in every}
    records, merged = _records(history), families(history)
    tills: dict[str, _Till] = {}
    for write in history.writes["POSTING"]:
        posting = write.after
        if not isinstance(posting, Posting) or posting.member_id in merged:
            continue
        till = tills.setdefault(posting.member_id, _Till(bought={}, used=Counter()))
        name = posting.reference.id if posting.reference else ""
        record = records.get(name)
        bought = told.get(_as_kept(record.transaction)) if record and record.transaction else None
        if record and record.transaction and bought is None:
            yield Violation("S15", write.number, f"{name} is a transaction that nobody told")
            continue
        back = returned.get((name, record.body_hash)) if record else None
        expected = _expected(till, posting, bought, back)
        if expected is not None and dict(posting.amounts) != dict(expected):
            text = f"{name} is {dict(posting.amounts)}, and should be {dict(expected)}"
            yield Violation("S15", write.number, text)


def _expected(
    till: _Till, posting: Posting, bought: Told | None, returned: Told | None
) -> Amounts | None:
    """Return what the posting should be about; None for what is no transaction's."""
    if posting.kind == "earned" and bought:
        return till.buy(bought, _day(bought))
    if posting.kind != "reversed" or posting.reverses is None:
        return None
    if posting.reverses.caller != PARTNER or posting.reverses.id not in till.bought:
        return None
    return till.bring_back(returned) if returned else till.cancel(posting.reverses.id)


def _records(history: History) -> dict[str, ReferenceRecord]:
    """Return what each of the partner's references stands for."""
    kept = [write.after for write in history.writes["REFERENCE"]]
    return {
        each.reference.id: each
        for each in kept
        if isinstance(each, ReferenceRecord) and each.reference.caller == PARTNER
    }


def _day(told: Told) -> date:
    on = told.data.get("on")
    return date.fromisoformat(on) if on else told.at.date()


def _as_told(told: Told) -> Hashable:
    """Return what tells a transaction from another one under its reference."""
    lines = tuple((line["kind"], line.get("quantity", 1)) for line in told.data["lines"])
    return told.transaction, _day(told), lines


def _as_kept(kept: Transaction) -> Hashable:
    lines = tuple((line.kind, line.quantity) for line in kept.lines)
    return kept.reference, kept.on, lines
