"""What came of a rehearsal, as counts that can be added up: members live apart from each other.

Whoever runs them, in however many parts, the sums are the same.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from chalicelib.domain.ledger import Account

_When = TypeVar("_When", int, date)

_OURS = (Account.AVAILABLE, Account.HELD)
MOST_FAULTS = 100
"""So many faults are told; all are counted."""


@dataclass(slots=True, kw_only=True)
class YearsTold:
    """``tiers`` is by day and tier; ``news``, ``units`` and ``postings`` are by year and name.

    ``units`` is what came to an account or went from it, by year, unit and account; ``acts`` is
    what was asked of the engine.
    """

    members: int = 0
    left: int = 0
    tiers: Counter[tuple[date, str]] = field(default_factory=Counter)
    news: Counter[tuple[int, str]] = field(default_factory=Counter)
    units: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    postings: Counter[tuple[int, str]] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, other: "YearsTold") -> None:
        self.members += other.members
        self.left += other.left
        self.faults += other.faults
        for name in ("tiers", "news", "units", "postings", "acts"):
            getattr(self, name).update(getattr(other, name))

    def days(self) -> list[date]:
        return sorted({day for day, _ in self.tiers})

    def years(self) -> list[int]:
        """Return the years that were lived; the first day of ``tiers`` is the one before them."""
        return [day.year for day in self.days()[1:]]

    def unit_names(self) -> list[str]:
        return sorted({unit for _, unit, _ in self.units})

    def flow(self, year: int, unit: str, account: str) -> int:
        """Return what came to the account in the year, less what went from it."""
        return self.units[year, unit, account]

    def outstanding(self, year: int, unit: str) -> int:
        """Return what members have at the year's end, to spend or reserved."""
        return sum(
            amount
            for (when, name, account), amount in self.units.items()
            if when <= year and name == unit and account in _OURS
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "members": self.members,
            "left": self.left,
            "tiers": {day.isoformat(): _of(self.tiers, day) for day in self.days()},
            "years": {
                str(year): {
                    "news": _of(self.news, year),
                    "postings": _of(self.postings, year),
                    "units": {unit: self._unit(year, unit) for unit in self.unit_names()},
                }
                for year in self.years()
            },
            "acts": dict(sorted(self.acts.items())),
            "faults": len(self.faults),
            "first_faults": self.faults[:MOST_FAULTS],
        }

    def _unit(self, year: int, unit: str) -> dict[str, int]:
        flows = {
            account: amount
            for (when, name, account), amount in sorted(self.units.items())
            if (when, name) == (year, unit)
        }
        return {**flows, "outstanding": self.outstanding(year, unit)}


def _of(counts: Counter[tuple[_When, str]], key: _When) -> dict[str, int]:
    return dict(sorted((name, count) for (when, name), count in counts.items() if when == key))
