"""Sees whether anything personal gets into the log or the metrics, in whatever test is running.

Every record of the engine's logger is looked at as it would be written, whichever handlers a test
has put there, and every name that is counted. The tests' members are the canaries: nobody's log
may hold an address of any kind, their cards, phones, names, or what stands in links and secrets.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from chalicelib.adapters.memory_metrics import MemoryMetrics
from chalicelib.adapters.metrics import EmfMetrics
from chalicelib.observability import JsonLines, console, logger

CANARIES = {
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.\w"),
    "a card": re.compile(r"\b7(?:0000|9999)\d{5}\b"),
    "a phone": re.compile(r"\+\d[\d ()-]{6,}"),
    "a name": re.compile(r"\b(?:ann lee|canaria|grace|hartley|lovelace)\b", re.IGNORECASE),
    "a link of a member's own": re.compile(r"/m/(?:mail|unsubscribe)/[^{]"),
    "a token": re.compile(r"\b[a-z2-7]{26}~"),
    "a secret": re.compile(r"\bwhsec_\w"),
}
METRIC = re.compile(r"[a-z]+(?:_[a-z]+)*")
QUOTING: dict[str, str] = {
    "tests/test_canaries.py": "it tests that what is personal is seen",
}
"""Tests whose log may hold anything, and why. No function of the engine may be a reason."""


def canaries_in(text: str) -> list[str]:
    """Say what is personal in the text."""
    found = ((kind, pattern.search(text)) for kind, pattern in CANARIES.items())
    return [f"{kind} ({match[0]})" for kind, match in found if match]


class Watch(logging.Filter):
    """Lets every record pass, and keeps what was wrong about it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self._lines = JsonLines()

    def filter(self, record: logging.LogRecord) -> bool:
        self.look(self._lines.format(record))
        return True

    def look(self, text: str) -> None:
        self.seen += [f"{kind} in: {text[:500]}" for kind in canaries_in(text)]

    def look_at_metric(self, name: str) -> None:
        if not METRIC.fullmatch(name):
            self.seen.append(f"the metric {name!r}")


@contextmanager
def watching() -> Iterator[Watch]:
    """Look at everything that is logged from INFO on, also in worlds that keep a terminal quiet."""
    watch, raise_to = Watch(), type(logger).setLevel

    def quiet_the_console_alone(level: int | str) -> None:
        console.setLevel(level)
        raise_to(logger, min(console.level, logging.INFO))

    counts = {kind: _seen_first(kind, watch) for kind in (EmfMetrics, MemoryMetrics)}
    with patch.object(logger, "setLevel", quiet_the_console_alone):
        logger.setLevel(logger.level)  # whatever a world has left that was run by an import
        logger.addFilter(watch)
        undo = [patch.multiple(kind, **methods) for kind, methods in counts.items()]
        for each in undo:
            each.start()
        try:
            yield watch
        finally:
            for each in undo:
                each.stop()
            logger.removeFilter(watch)


def _seen_first(kind: Any, watch: Watch) -> dict[str, Callable[..., None]]:
    def wrapped(method: Callable[..., None]) -> Callable[..., None]:
        def call(self: Any, name: str, *args: Any, **kwargs: Any) -> None:
            watch.look_at_metric(name)
            method(self, name, *args, **kwargs)

        return call

    return {name: wrapped(getattr(kind, name)) for name in ("count", "seconds")}
