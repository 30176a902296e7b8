"""What the functions logged in a live world, with the world's own times. The oldest goes first."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from chalicelib.observability import console, fields_of, logger

MAX_LINES = 10_000


@dataclass(frozen=True, slots=True)
class LoggedLine:
    """One line; ``number`` counts from 1."""

    number: int
    at: datetime
    fields: dict[str, Any]

    def as_json(self) -> dict[str, object]:
        return {"id": str(self.number), "at": self.at.isoformat(), "line": self.fields}


class WorldLog(logging.Handler):
    """A handler of the engine's logger; the standard output goes on to have errors alone."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(logging.INFO)
        self._now = now
        self._numbers = count(1)
        self._lines: deque[LoggedLine] = deque(maxlen=MAX_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        line = LoggedLine(next(self._numbers), self._now(), fields_of(record))
        self._lines.append(line)

    def since(self, begin: datetime) -> list[LoggedLine]:
        return [line for line in self._lines if line.at >= begin]

    def listen(self) -> None:
        """Take the place of an earlier world's log: there is one logger in a process."""
        for handler in list(logger.handlers):
            if isinstance(handler, WorldLog):
                logger.removeHandler(handler)
        console.setLevel(logging.ERROR)  # a terminal is no log
        logger.addHandler(self)
        logger.setLevel(logging.INFO)
