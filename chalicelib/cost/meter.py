"""Counts what AWS would bill, by the function that caused it.

It knows nothing of prices, and nothing of how the services come to be called.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import process_time_ns
from typing import Any, TypeVar

from chalicelib.cost.prices import Line

OUTSIDE = "outside"
"""Whatever runs where no function does: the people and the partners of the world."""

R = TypeVar("R")
K = TypeVar("K")


@dataclass(slots=True)
class Meter:
    """What was counted so far. ``function`` is the one that runs just now.

    ``amounts`` is by function and line, ``calls`` by function and operation, ``cpu_ns`` by
    function: the processor time of the functions' own code, without that of the twins of AWS.
    """

    function: str = OUTSIDE
    amounts: Counter[tuple[str, Line]] = field(default_factory=Counter)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    cpu_ns: Counter[str] = field(default_factory=Counter)
    _since_ns: int = 0

    def add(self, line: Line, amount: float = 1) -> None:
        self.amounts[self.function, line] += amount  # type: ignore[assignment]

    def call(self, operation: str) -> None:
        """Note a call that a function waits for, and pays the processor time of boto3 for."""
        self.calls[self.function, operation] += 1

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        """Attribute what is counted, and the processor time, to the function."""
        self._settle()
        before, self.function = self.function, function
        try:
            yield
        finally:
            self._settle()
            self.function = before

    def outside(self, call: Callable[..., R]) -> Callable[..., R]:
        """Return the call as one that takes no function's time: AWS's, or a simulated reader's."""

        def called(*args: Any, **kwargs: Any) -> R:  # noqa: ANN401 - whatever the call takes
            self._settle()
            function, clock_ns = self.function, self.cpu_ns[self.function]
            try:
                return call(*args, **kwargs)
            finally:
                self._settle()
                self.cpu_ns[function] = clock_ns

        return called

    def snapshot(self) -> "Meter":
        """Return a copy of what was counted so far."""
        return Meter(
            amounts=Counter(self.amounts),
            calls=Counter(self.calls),
            messages=Counter(self.messages),
            cpu_ns=Counter(self.cpu_ns),
        )

    def since(self, before: "Meter") -> "Meter":
        """Return what was counted after ``before`` was taken."""
        return Meter(
            amounts=self.amounts - before.amounts,
            calls=self.calls - before.calls,
            messages=self.messages - before.messages,
            cpu_ns=self.cpu_ns - before.cpu_ns,
        )

    def less(self, other: "Meter", times: float) -> "Meter":
        """Return what was counted but for ``other``, taken so many times."""
        return Meter(
            amounts=_less(self.amounts, other.amounts, times),
            calls=_less(self.calls, other.calls, times),
            messages=_less(self.messages, other.messages, times),
            cpu_ns=_less(self.cpu_ns, other.cpu_ns, times),
        )

    def _settle(self) -> None:
        now_ns = process_time_ns()
        self.cpu_ns[self.function] += now_ns - self._since_ns
        self._since_ns = now_ns


def _less(amounts: Mapping[K, float], others: Mapping[K, float], times: float) -> Counter[K]:
    left = {name: amount - others.get(name, 0) * times for name, amount in amounts.items()}
    return Counter(left)
