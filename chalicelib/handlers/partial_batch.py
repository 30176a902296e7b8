"""One answer to SQS: the messages that failed come back, the others are done.

A message carries several pieces of work. All pieces of a batch are done together, those about
one member in their order, and one that fails brings back its own message and nothing else.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from chalice.app import SQSEvent

from chalicelib import bootstrap, observability
from chalicelib.domain.parking import QueueName
from chalicelib.handlers.failed_messages import (
    Failures,
    OutOfTimeError,
    Record,
    Work,
    settle_failures,
)
from chalicelib.usecases.together import failure_of

AT_A_TIME = 25
"""Lines that run together: as many as DynamoDB writes at a time, and what a crash leaves open."""
ROUND_MS = 20_000
"""What one round may take: a mail waits five seconds for its window, SES counts as silent after
ten more, and there are writes around."""

Reader = Callable[[Record], Iterable[Work]]


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work and the message that brought it."""

    record: Record
    work: Work


def process_messages(event: SQSEvent, queue: QueueName, read: Reader) -> dict[str, Any]:
    """Do the work of every message; what fails comes back, or is parked, or put again."""
    with observability.failures_logged(f"queue_{queue}"):
        try:
            return settle_failures(queue, _do(event, read))
        finally:
            observability.flush()
            bootstrap.engine().metrics.flush()


def _do(event: SQSEvent, read: Reader) -> Failures:
    failures = Failures()
    tasks = [
        task for record in event.to_dict()["Records"] for task in _read(record, read, failures)
    ]
    lines = in_lines(tasks)
    context: Any = event.context
    for start in range(0, len(lines), AT_A_TIME):
        if start and context.get_remaining_time_in_millis() < ROUND_MS:
            for task in chain.from_iterable(lines[start:]):
                failures.add(task.record, OutOfTimeError(), task.work)
            break
        round_ = lines[start : start + AT_A_TIME]
        bootstrap.engine().together.run([partial(_serve, line, failures) for line in round_])
    return failures


def in_lines(tasks: Iterable[Task]) -> list[list[Task]]:
    """Put tasks that share a name, directly or through others, into one line, in their order."""
    lines: dict[int, list[tuple[int, Task]]] = {}
    line_of: dict[Hashable, int] = {}
    for number, task in enumerate(tasks):
        met = {line_of[name] for name in task.work.about if name in line_of}
        merged = sorted(chain.from_iterable(lines.pop(line) for line in met), key=lambda it: it[0])
        lines[number] = [*merged, (number, task)]
        for _, each in lines[number]:
            line_of.update(dict.fromkeys(each.work.about, number))
    in_order = sorted(lines.values(), key=lambda line: line[0][0])
    return [[task for _, task in line] for line in in_order]


def _read(record: Record, read: Reader, failures: Failures) -> list[Task]:
    try:
        return [Task(record, work) for work in read(record)]
    except Exception as error:  # noqa: BLE001 - it fails for itself, the others are served
        failures.add(record, error)
        return []


def _serve(line: Iterable[Task], failures: Failures) -> None:
    """One that fails does not hold up those behind it."""
    for task in line:
        if error := failure_of(task.work.act):
            failures.add(task.record, error, task.work)
