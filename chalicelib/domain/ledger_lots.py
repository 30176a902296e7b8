"""The open lots of one unit: what was earned together lapses together.

A lot is named by its last day; the lot without an end (None) comes last. It alone may be below 0,
down to the floor, and only while it is the only one. The number of lots is bounded, so that a
wallet stays one small item.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

Lots = Mapping[date | None, int]
Changes = dict[date | None, int]
"""What comes to each lot, or goes from it."""

MOST_LOTS = 60
"""Five years of months. Beyond, the two lots that lapse first become one, with the later day."""


def balance(lots: Lots) -> int:
    return sum(lots.values())


def changed(lots: Lots, changes: Lots) -> dict[date | None, int]:
    """Return the lots after the changes; what is empty is gone."""
    after = Counter(lots)
    after.update(changes)
    return {last_day: amount for last_day, amount in after.items() if amount}


def in_order(lots: Lots) -> list[tuple[date | None, int]]:
    """Return the lots as they are spent: what lapses first goes first, what has no end last."""
    return sorted(lots.items(), key=lambda lot: lot[0] or date.max)


def taking(lots: Lots, amount: int, floor: int = 0) -> tuple[Changes, int]:
    """Return the changes that take the amount, and how much can't be taken without going below.

    What lapses first is taken first; the floor is 0 or negative.
    """
    changes, missing = _taken(in_order(lots), amount)
    room = max(0, min(0, balance(lots)) - floor)
    if missing and room:
        changes[None] = changes.get(None, 0) - min(missing, room)
        missing -= min(missing, room)
    return changes, missing


def taking_from(lots: Lots, parts: Lots) -> tuple[Changes, int]:
    """Return the changes that take the parts from their own lots, and how much is not there."""
    changes = {day: -min(amount, max(0, lots.get(day, 0))) for day, amount in parts.items()}
    missing = sum(parts.values()) + sum(changes.values())
    return {day: change for day, change in changes.items() if change}, missing


def putting(lots: Lots, parts: Lots) -> Changes:
    """Return the changes that put the parts in: first against what is below 0, the rest as lots.

    What lasts longest pays first, as that is what went below 0 when all of it was spent; else what
    was spent below 0 and is reversed would last longer than before.
    """
    debt = max(0, -lots.get(None, 0) - parts.get(None, 0))
    paid, _ = _taken([lot for lot in reversed(in_order(parts)) if lot[0]], debt)
    changes = Counter(parts)
    changes.update(paid)
    changes[None] += -sum(paid.values())
    return bounded(lots, changes)


def without(parts: Lots, amount: int) -> dict[date | None, int]:
    """Return what is left of the parts once so much of them was given back, the latest first.

    Who gets a part back gets the lots that last longest, and the rest with the next part.
    """
    given, _ = _taken(list(reversed(in_order(parts))), amount)
    return changed(parts, given)


def _taken(order: Iterable[tuple[date | None, int]], amount: int) -> tuple[Changes, int]:
    changes: Changes = {}
    for last_day, there in order:
        if amount and there > 0:
            changes[last_day] = -min(there, amount)
            amount += changes[last_day]
    return changes, amount


def bounded(lots: Lots, changes: Lots) -> Changes:
    """Join the lots that lapse first until no more are left than there may be."""
    joined = Counter(changes)
    while len(after := changed(lots, joined)) > MOST_LOTS:
        (first, amount), (second, _) = in_order(after)[:2]
        joined[first] -= amount
        joined[second] += amount
    return {day: change for day, change in joined.items() if change}
