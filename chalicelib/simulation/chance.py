"""Seeded chance that is the same in every version of Python.

Only ``Random.random`` and ``getrandbits`` are promised to draw alike from one version to the
next, so everything is made of these two.
"""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """One stream of draws. Streams of other names have nothing to do with each other."""

    __slots__ = ("_bits", "random")

    def __init__(self, seed: int, name: str) -> None:
        stream = Random(f"{seed}/{name}")
        self.random = stream.random
        self._bits = stream.getrandbits

    def happens(self, share: float) -> bool:
        return self.random() < share

    def below(self, limit: int) -> int:
        """Return a whole number from 0, under ``limit``."""
        return int(self.random() * limit)

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.random()

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def span(self, low: timedelta, high: timedelta) -> timedelta:
        """Return a span between the two; short ones are as likely as long ones of every size."""
        return low + (high - low) * self.random() ** 2

    def shuffled(self, things: Sequence[T]) -> list[T]:
        left, mixed = list(things), []
        while left:
            mixed.append(left.pop(self.below(len(left))))
        return mixed

    def bytes(self, count: int) -> bytes:
        return self._bits(count * 8).to_bytes(count, "little")
