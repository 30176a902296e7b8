"""The engine's log of one run: every line is recorded, and an error of a kind that no fault has.

A function that was killed writes nothing more.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.observability import JsonLines, logger
from chalicelib.simulation.record import Crashed, Logged, Record
from chalicelib.simulation.scheduler import Scheduler

EXPECTED = ("UnavailableError", "OutOfTimeError")
"""What the simulation's faults may come to; every other error is a mistake of the engine."""


class LogTap(logging.Handler):
    """Writes the log into the record."""

    def __init__(self, record: Record, scheduler: Scheduler) -> None:
        super().__init__()
        self._record = record
        self._scheduler = scheduler
        self._lines = JsonLines()

    def emit(self, record: logging.LogRecord) -> None:
        current = self._scheduler.current
        if current and current.killed:
            return
        self._record.add(Logged, text=self._lines.format(record))
        error = str(getattr(record, "error", "") or (record.exc_info and "a traceback") or "")
        if error and not error.startswith(EXPECTED):
            function = current.function if current else self._scheduler.actor
            self._record.add(Crashed, function=function, error=error)


@contextmanager
def tapped(record: Record, scheduler: Scheduler) -> Iterator[None]:
    """Let the log go into the record, and nowhere else, at the level that Lambda has."""
    level, handlers, facts = logger.level, list(logger.handlers), logging.logThreads
    logger.handlers[:] = [LogTap(record, scheduler)]
    logger.setLevel("INFO")
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # no line has it
    try:
        yield
    finally:
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logging.logThreads = logging.logProcesses = logging.logMultiprocessing = facts
