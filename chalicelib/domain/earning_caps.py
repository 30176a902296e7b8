"""How much still fits under a rule's caps, and what is cut off. A cap never cuts in silence.

What a cap has given so far is in the member's tallies, under the cap's key; the caller hands them
in and adds what was granted. The domain keeps nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from chalicelib.domain.earning_rules import Cap, EarningRule

Place = int | None
"""A line's place in its transaction, from 0; None for the transaction as a whole."""
Parts = Mapping[Place, int]
"""So much for each place, in their order."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much a rule may still give, and the cap that says so."""

    amount: int
    cap: Cap


def room_of(rule: EarningRule, on: date, tallies: Mapping[str, int]) -> Room | None:
    """Return the least that the rule's caps leave room for; None if nothing caps it."""
    rooms = [Room(_left(cap, tallies.get(cap.key(rule.name, on), 0)), cap) for cap in rule.caps]
    return min(rooms, key=lambda room: room.amount, default=None)


def _left(cap: Cap, used: int) -> int:
    """A tally below 0 makes no cap wider, and one above the cap takes nothing back."""
    return max(cap.most - max(used, 0), 0)


def fitting(parts: Parts, amount: int) -> dict[Place, int]:
    """Return as much of the parts as the amount has room for: the first ones first."""
    fits = {}
    for place, part in parts.items():
        fits[place] = min(part, amount)
        amount -= fits[place]
    return fits


def keys_of(rule: EarningRule, on: date) -> Iterator[str]:
    """Yield the tallies in which the rule's caps count."""
    return filter(None, (cap.key(rule.name, on) for cap in rule.caps))
