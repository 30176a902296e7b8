"""What has lapsed of a unit, and when: tallies like any other, so that replaying rebuilds them.

Who gives back what was earned has lost already what has lapsed since. It must never be taken a
second time, from units that have nothing to do with it.
"""

from collections.abc import Mapping
from datetime import date


def lapsing(unit: str, on: date, amount: int) -> dict[str, int]:
    """Return what the tallies change by when so much lapses."""
    return {f"{_of(unit)}{on.isoformat()}": amount}


def forgiving(tallies: Mapping[str, int], unit: str, since: date, amount: int) -> dict[str, int]:
    """Return what the tallies change by when up to so much of what lapsed since is given back.

    The oldest comes first. Nothing is given back twice: it is in the tallies no more.
    """
    changes: dict[str, int] = {}
    for name, lapsed in sorted(tallies.items()):
        if name >= f"{_of(unit)}{since.isoformat()}" and name.startswith(_of(unit)):
            change = min(amount, max(0, lapsed))
            amount -= change
            changes[name] = -change
    return {name: change for name, change in changes.items() if change}


def _of(unit: str) -> str:
    return f"lapsed.{unit}@"
