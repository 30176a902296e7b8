"""What partners' requests come to, as plain as can be, on top of the plain model of the ledger.

Each step works on a copy: what is refused, or came to nothing, has changed nothing at all.
"""

from dataclasses import dataclass, field, replace
from datetime import date

from domain.ledger_model import Purse

from chalicelib.domain.ledger_wallet import MOST_HOLDS

TERMS = {
    "miles": ("rolling", 1, None, 0),
    "points": ("month_end", 1, None, -6),
    "stars": ("inactivity", 1, None, 0),
    "coupons": ("fixed_day", 0, date(2027, 1, 15), -3),
    "credits": ("never", 0, None, 0),
}
MOST_POINTS, MOST_STARS = 20, 30
"""Caps: of points in a month, of stars for ever."""


@dataclass
class Booked:
    """What is known of a reference: all of it that can be taken back, captured or returned."""

    kind: str
    left: dict = field(default_factory=dict)
    on: date | None = None
    took: list | None = None
    own: dict = field(default_factory=dict)
    pieces: tuple = ()
    left_pieces: tuple = ()
    rooms: dict = field(default_factory=dict)
    counts: dict = field(default_factory=dict)


class Refused(Exception):  # noqa: N818 - as the ledger calls it
    pass


def claims(pieces):
    """So much do the rules of this test give, without their caps."""
    number = {kind: sum(n for each, n in pieces if each == kind) for kind in "FHD"}
    return {
        "miles": 3 * number["F"],
        "points": 4 * number["H"],
        "stars": 2 * number["D"],
        "coupons": 2 if number["F"] else 0,
    }


@dataclass
class Books:
    purses: dict = field(default_factory=dict)
    tallies: dict = field(default_factory=dict)
    booked: dict = field(default_factory=dict)

    @classmethod
    def new(cls):
        terms = TERMS.items()
        return cls({u: Purse(rule=k, months=m, fixed=d, floor=f) for u, (k, m, d, f) in terms})

    def copy(self):
        purses = {
            unit: replace(p, miles=[*p.miles], holds={**p.holds}, lapsed=[*p.lapsed])
            for unit, p in self.purses.items()
        }
        booked = {name: replace(each, left={**each.left}) for name, each in self.booked.items()}
        return Books(purses, {**self.tallies}, booked)

    def check(self):
        """Do nothing: what is over is taken off before any step."""

    def is_overdue(self, now):
        return any(
            until <= now for purse in self.purses.values() for until, _ in purse.holds.values()
        ) or any(purse.lapse(now.date()) for purse in self.copy().purses.values())

    def settle(self, now):
        for purse in self.purses.values():
            for reference, (until, miles) in sorted(purse.holds.items()):
                if until <= now:
                    purse.give(miles)
                    del purse.holds[reference]
            purse.lapse(now.date())

    def spend(self, now, reference, unit, amount):
        took = self._taken(unit, amount, now.date())
        self.booked[reference] = Booked("spent", {unit: amount}, now.date(), took)

    def reserve(self, now, reference, unit, amount, until):
        if sum(len(purse.holds) for purse in self.purses.values()) >= MOST_HOLDS:
            raise Refused("too_many_holds")
        self.purses[unit].holds[reference] = (until, self._taken(unit, amount, now.date()))
        self.booked[reference] = Booked("reserved", {unit: amount})

    def _taken(self, unit, amount, on):
        took = self.purses[unit].take(amount, on)
        if took is None:
            raise Refused("not_enough")
        return took

    def hold(self, reserved):
        for unit, purse in self.purses.items():
            if reserved in purse.holds:
                return unit, purse, purse.holds[reserved][1]
        raise Refused("hold_over")

    def capture(self, now, reference, reserved, part):
        unit, purse, took = self.hold(reserved)
        part = len(took) if part is None else part
        if part > len(took):
            raise Refused("over_hold")
        del purse.holds[reserved]
        purse.give(took[part:])
        self.booked[reference] = Booked("captured", {unit: part}, now.date(), took[:part])

    def release(self, reference, reserved):
        _, purse, took = self.hold(reserved)
        del purse.holds[reserved]
        purse.give(took)
        self.booked[reference] = Booked("released")

    def earn(self, now, reference, day, pieces):
        month = f"cap.hotels@{day.isoformat()[:7]}"
        rooms = {
            "points": max(MOST_POINTS - self.tallies.get(month, 0), 0),
            "stars": max(MOST_STARS - self.tallies.get("cap.drives@ever", 0), 0),
        }
        amounts = self._kept(pieces, rooms)
        counts = {month: amounts["points"], "cap.drives@ever": amounts["stars"]}
        self._count(counts)
        self.purses["stars"].is_active(day)
        own = {unit: self.purses[unit].last_day(day) for unit in amounts}
        for unit, amount in amounts.items():
            self.purses[unit].give([own[unit]] * amount)
        self.booked[reference] = Booked(
            "earned", amounts, now.date(), None, own, pieces, pieces, rooms, counts
        )

    def bring_back(self, reference, original, place, number):
        """Take back what is given and has no ground any more."""
        known = self.booked[original]
        if place >= len(known.pieces) or number > known.left_pieces[place][1]:
            raise Refused("over_original")
        kind, there = known.left_pieces[place]
        left = [*known.left_pieces]
        left[place] = (kind, there - number)
        known.left_pieces = tuple(left)
        kept = self._kept(left, known.rooms)
        counts = {
            name: kept["points" if "hotels" in name else "stars"] - amount
            for name, amount in known.counts.items()
        }
        self._count({name: min(change, 0) for name, change in counts.items()})
        known.counts = {n: min(kept, 0) + known.counts[n] for n, kept in counts.items()}
        self._reverse(known, {u: max(known.left[u] - kept[u], 0) for u in known.left})
        self.booked[reference] = Booked("reversed")

    def reverse(self, reference, original, amount):
        known = self.booked[original]
        if known.kind not in ("earned", "spent", "captured") or (
            amount is not None and known.kind == "earned"
        ):
            raise Refused("not_reversible")
        amounts = {**known.left} if amount is None else dict.fromkeys(known.left, amount)
        if any(amount > known.left[unit] for unit, amount in amounts.items()):
            raise Refused("over_original")
        self._count({name: -count for name, count in known.counts.items()})
        known.counts = {}
        known.left_pieces = tuple((kind, 0) for kind, _ in known.left_pieces)
        self._reverse(known, amounts)
        self.booked[reference] = Booked("reversed")

    def _reverse(self, known, amounts):
        for unit, amount in amounts.items():
            left, purse = known.left[unit], self.purses[unit]
            if known.took is None:
                purse.take_back(amount, known.own[unit], known.on)
            else:
                purse.give(known.took[left - amount : left])
            known.left[unit] -= amount

    def _kept(self, pieces, rooms):
        given = claims(pieces)
        return {unit: min(amount, rooms.get(unit, amount)) for unit, amount in given.items()}

    def _count(self, counts):
        for name, count in counts.items():
            self.tallies[name] = self.tallies.get(name, 0) + count
