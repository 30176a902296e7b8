"""One answer to SQS: the messages that failed come back, the others are done.

A message carries several pieces of work. All pieces of a batch are done together, those about
one member in their order, and one that fails brings back its own message and nothing else.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

from chalice.app import SQSEvent

from chalicelib import bootstrap, observability
from chalicelib.observability import Line, log_failure
from chalicelib.usecases.apply_event import UnknownMemberError
from chalicelib.usecases.together import Act, failure_of

AT_A_TIME = 25
"""Lines that run together: as many as DynamoDB writes at a time, and what a crash leaves open."""
ROUND_MS = 15_000
"""What one round may take: SES counts as silent after ten seconds, and there are writes around."""

Record = Mapping[str, Any]
"""A message as Lambda hands it over."""


class OutOfTimeError(Exception):
    """The function would have been stopped half-way through; the message is for the next one."""


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work, and the names that it is about: who shares one is served in turn."""

    about: frozenset[Hashable]
    act: Act


Reader = Callable[[Record], Iterable[Work]]


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work and the message that brought it."""

    message_id: str
    work: Work


@dataclass(frozen=True, slots=True)
class Failures:
    """Why each message that failed comes back."""

    by_message: dict[str, Exception] = field(default_factory=dict)

    def add(self, message_id: str, error: Exception) -> None:
        """Keep what says more: that a member is not known yet is no fault."""
        known = self.by_message.get(message_id)
        if known is None or isinstance(known, UnknownMemberError):
            self.by_message[message_id] = error

    def answer(self) -> dict[str, Any]:
        return {"batchItemFailures": [{"itemIdentifier": name} for name in self.by_message]}


def process_messages(event: SQSEvent, read: Reader) -> dict[str, Any]:
    """Do the work of every message; after five receives SQS sets one aside that fails."""
    failures = Failures()
    try:
        _do(event, read, failures)
    finally:
        observability.flush()
        bootstrap.engine().metrics.flush()
    return failures.answer()


def _do(event: SQSEvent, read: Reader, failures: Failures) -> None:
    tasks = [
        task for record in event.to_dict()["Records"] for task in _read(record, read, failures)
    ]
    lines = in_lines(tasks)
    context: Any = event.context
    for start in range(0, len(lines), AT_A_TIME):
        if start and context.get_remaining_time_in_millis() < ROUND_MS:
            for task in chain.from_iterable(lines[start:]):
                failures.add(task.message_id, OutOfTimeError())
            break
        round_ = lines[start : start + AT_A_TIME]
        bootstrap.engine().together.run([partial(_serve, line, failures) for line in round_])
    for message_id, error in failures.by_message.items():
        if not isinstance(error, UnknownMemberError):
            log_failure(Line.MESSAGE_FAILED, error, sqs_message_id=message_id)


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
        return [Task(record["messageId"], work) for work in read(record)]
    except Exception as error:  # noqa: BLE001 - the message comes back, the others are served
        failures.add(record["messageId"], error)
        return []


def _serve(line: Iterable[Task], failures: Failures) -> None:
    """One that fails does not hold up those behind it."""
    for task in line:
        if error := failure_of(task.work.act):
            failures.add(task.message_id, error)
