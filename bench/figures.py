"""Figures of a noisy machine: the median of the rounds, with the least and the greatest.

A ratio is taken inside each round and never between rounds, since the machine changes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

MS = 1_000


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure as the rounds had it."""

    median: float
    least: float
    greatest: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f} to {self.greatest:.2f})"

    def as_json(self) -> dict[str, float]:
        return {
            "median": round(self.median, 4),
            "least": round(self.least, 4),
            "greatest": round(self.greatest, 4),
        }


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the printed table."""

    what: str
    figure: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the bench: its title, the lines for people, and the same for programs."""

    name: str
    title: str
    rows: Sequence[Row]
    content: dict[str, Any]


def spread(values: Iterable[float]) -> Spread:
    known = list(values)
    return Spread(median(known), min(known), max(known))
