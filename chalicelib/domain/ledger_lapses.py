"""What has lapsed of a unit, when and of which lot: tallies, so that replaying rebuilds them.

Who gives back what was earned has lost already what of it has lapsed since. It must never be taken
a second time, from units that have nothing to do with it; and nothing else must be forgiven for it.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from chalicelib.domain.ledger_lots import Lots, in_order


def lapsing(unit: str, on: date, lots: Lots) -> dict[str, int]:
    """Return what the tallies change by when so much of these lots lapses."""
    return {f"{_of(unit)}{on.isoformat()}{_lot(day)}": amount for day, amount in lots.items()}


def forgiving(tallies: Mapping[str, int], unit: str, since: date, missing: Lots) -> dict[str, int]:
    """Return what the tallies change by when what is missing in these lots has lapsed since.

    The oldest comes first. Nothing is given back twice: it is in the tallies no more. What lapsed
    of a lot that was to lapse sooner is not meant: that was gone before these had to be spent. Of a
    later one it is: it was there when these were spent, and lots that are too many become one.
    """
    changes: Counter[str] = Counter()
    for day, amount in in_order(missing):
        left = amount
        for name in sorted(tallies):
            if name.startswith(_of(unit)) and _may_be_of(name, since, day):
                change = min(left, max(0, tallies[name] + changes[name]))
                left -= change
                changes[name] -= change
    return {name: change for name, change in changes.items() if change}


def _of(unit: str) -> str:
    return f"lapsed.{unit}@"


def _lot(day: date | None) -> str:
    return f".{day.isoformat()}" if day else ""


def _may_be_of(name: str, since: date, day: date | None) -> bool:
    """Tell whether what lapsed may have been of the lot, or was to be taken in its place."""
    lapsed_on, _, lot = name.partition("@")[2].partition(".")
    sooner = bool(lot) and (day is None or lot < day.isoformat())
    return lapsed_on >= since.isoformat() and not sooner
