"""The port for doing many acts at once: each is written as if it were alone.

An act is a use case for one member. Acts that run together may ask AWS together, which is what
makes a mail cheap; what each of them does, and in which order, is the same as alone.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

Act = Callable[[], object]


class Together(Protocol):
    """Runs acts that have nothing to do with each other."""

    def run(self, acts: Sequence[Act]) -> list[Exception | None]:
        """Run every act to its end; return, in their order, what each one raised."""
        ...


class OneByOne:
    """The plain way: one after the other."""

    def run(self, acts: Sequence[Act]) -> list[Exception | None]:
        return [failure_of(act) for act in acts]


def failure_of(act: Act) -> Exception | None:
    """Run the act; return what it raised."""
    try:
        act()
    except Exception as error:  # noqa: BLE001 - handed to the caller, who sorts it
        return error
    return None
