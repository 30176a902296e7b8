"""What a member bought or flew, as a partner tells it: a transaction of lines.

Money is in the currency's smallest unit, distance in whole miles: never a float. What a
transaction earns is in earning.py; nothing here knows of units of the programme.
"""

import json
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256

MOST_LINES = 50
"""How many lines a transaction may have, so that what is kept of it stays a few kilobytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing of a transaction, ``quantity`` times.

    ``kind`` says what it is in the partner's words (``flight``, ``hotel_night``, ``fuel``);
    ``amount`` is what all of the quantity cost, 0 when nothing was told; ``distance`` is that of
    one flight in miles; ``booking_class`` is upper case; ``carrier`` who flew it.
    """

    kind: str
    quantity: int = 1
    amount: int = 0
    currency: str = ""
    distance: int = 0
    booking_class: str = ""
    carrier: str = ""

    def without(self, quantity: int) -> "Line":
        """Return what is left of the line when so many of it are returned, the money in proportion.

        Rounded so that what is left is never too little: the last piece takes what remains.
        """
        left = self.quantity - quantity
        return replace(self, quantity=left, amount=-(-self.amount * left // self.quantity))


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What one partner told under one reference of its own; ``on`` is the day it was made."""

    partner: str
    reference: str
    on: date
    lines: tuple[Line, ...]

    def digest(self) -> str:
        """SHA-256 of all that the transaction says, in one canonical form.

        Told again it is the same, whatever brought it and however that was written.
        """
        lines = [[getattr(line, name) for name in line.__dataclass_fields__] for line in self.lines]
        said = [self.partner, self.reference, self.on.isoformat(), lines]
        text = json.dumps(said, separators=(",", ":"), ensure_ascii=True)
        return sha256(text.encode()).hexdigest()

    def without(self, returned: "tuple[int, ...]") -> "Transaction":
        """Return what is left once so many of each line, by position, were returned in all.

        A line of which nothing is left stays, with quantity 0, so that positions never move.
        """
        left = tuple(
            line.without(min(quantity, line.quantity))
            for line, quantity in zip(self.lines, returned, strict=True)
        )
        return replace(self, lines=left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """That things of a transaction came back: so many of a line, by its place from 0.

    Without lines all came back that is left.
    """

    partner: str
    reference: str
    lines: tuple[tuple[int, int], ...] = ()

    def added_to(
        self, transaction: Transaction, returned: tuple[int, ...]
    ) -> tuple[int, ...] | None:
        """Return how many of each line came back in all; None if that is more than there were."""
        bought = [line.quantity for line in transaction.lines]
        total = bought if not self.lines else list(returned)
        for place, quantity in self.lines:
            if place >= len(bought):
                return None
            total[place] += quantity
        enough = all(back <= there for back, there in zip(total, bought, strict=True))
        return tuple(total) if enough else None
