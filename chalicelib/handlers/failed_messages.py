"""What becomes of the messages of a batch that could not be done.

A message that failed comes back, until the receive before the one after which SQS would set it
aside without a word. Then what no retry mends is parked with its reason, piece by piece, and what
only met services that did not answer is put again as a fresh message. What is no message of the
queue at all is parked at once. If that can't be stored, the message comes back after all.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from chalicelib import bootstrap
from chalicelib.domain.parking import ParkReason, QueueName
from chalicelib.observability import Line, error_words, log_failure
from chalicelib.usecases.apply_event import RECEIVES_BEFORE_PARKING, UnknownMemberError
from chalicelib.usecases.parking_ports import Letter
from chalicelib.usecases.ports import MessageError, UnavailableError
from chalicelib.usecases.together import Act

Record = Mapping[str, Any]
"""A message as Lambda hands it over."""

FOUND_AGAIN = frozenset({QueueName.SENDS})
"""Queues of which each message only says what the table says as well: the next tick finds it."""


class OutOfTimeError(Exception):
    """The function would have been stopped half-way through; the message is for the next one."""


TRANSIENT = (UnavailableError, UnknownMemberError, OutOfTimeError)
"""What another try may mend."""


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work, and the names that it is about: who shares one is served in turn.

    ``letter`` makes the piece a message of its own, with the reason and the error on it.
    """

    about: frozenset[Hashable]
    act: Act
    letter: Callable[[ParkReason, str], Letter]


@dataclass(frozen=True, slots=True)
class Failure:
    """A piece that failed, or a whole message that could not be taken apart."""

    record: Record
    error: Exception
    work: Work | None = None

    @property
    def is_unreadable(self) -> bool:
        return self.work is None and isinstance(self.error, MessageError)

    @property
    def is_transient(self) -> bool:
        return isinstance(self.error, TRANSIENT)

    @property
    def is_last_chance(self) -> bool:
        receives = int(self.record["attributes"]["ApproximateReceiveCount"])
        return receives >= RECEIVES_BEFORE_PARKING

    def letter(self) -> Letter:
        reason = ParkReason.UNREADABLE if self.is_unreadable else ParkReason.FAILED
        error = error_words(self.error)
        if self.work:
            return self.work.letter(reason, error)
        return Letter(body=self.record["body"], reason=reason, error=error)


@dataclass(slots=True)
class Failures:
    """All that failed of a batch, by message."""

    by_message: dict[str, list[Failure]] = field(default_factory=dict)

    def add(self, record: Record, error: Exception, work: Work | None = None) -> None:
        self.by_message.setdefault(record["messageId"], []).append(Failure(record, error, work))


class Then(StrEnum):
    """What becomes of a message that failed, as the log has it."""

    COMES_BACK = "comes_back"
    PARKED = "parked"
    POSTPONED = "postponed"
    FOUND_AGAIN = "found_again"


@dataclass(frozen=True, slots=True)
class _Fate:
    """Of one message; one that does not come back is done once its pieces are stored."""

    then: Then
    letters: tuple[Letter, ...] = ()
    postponed: tuple[str, ...] = ()


def settle_failures(queue: QueueName, failures: Failures) -> dict[str, Any]:
    """Park and postpone what has to be; return Lambda's answer: the messages that come back."""
    fates = {
        message_id: _fate_or_back(queue, of_message)
        for message_id, of_message in failures.by_message.items()
    }
    if not _store(queue, fates.values()):
        fates = dict.fromkeys(fates, _Fate(Then.COMES_BACK))
    for message_id, fate in fates.items():
        _log(message_id, failures.by_message[message_id], fate)
    back = [message_id for message_id, fate in fates.items() if fate.then is Then.COMES_BACK]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in back]}


def _log(message_id: str, failures: Iterable[Failure], fate: _Fate) -> None:
    """Tell the error that says most; that a member is not known yet is no fault."""
    faults = [each for each in failures if not isinstance(each.error, UnknownMemberError)]
    if faults:
        worst = min(faults, key=lambda each: each.is_transient)
        log_failure(Line.MESSAGE_FAILED, worst.error, sqs_message_id=message_id, then=fate.then)


def _fate_or_back(queue: QueueName, failures: list[Failure]) -> _Fate:
    try:
        return _fate(queue, failures)
    except Exception as error:  # noqa: BLE001 - no letter can be made: SQS sets it aside
        log_failure(Line.MESSAGE_FAILED, error, then=Then.COMES_BACK)
        return _Fate(Then.COMES_BACK)


def _fate(queue: QueueName, failures: list[Failure]) -> _Fate:
    if not any(each.is_unreadable or each.is_last_chance for each in failures):
        return _Fate(Then.COMES_BACK)
    letters = tuple(each.letter() for each in failures if not each.is_transient)
    if queue in FOUND_AGAIN:
        return _Fate(Then.PARKED if letters else Then.FOUND_AGAIN, letters)
    later = tuple(each.letter().body for each in failures if each.is_transient)
    return _Fate(Then.PARKED if letters else Then.POSTPONED, letters, later)


def _store(queue: QueueName, fates: Iterable[_Fate]) -> bool:
    """Store every letter and every body once; False when that can't be done now."""
    letters = {each.body: each for fate in fates for each in fate.letters}
    postponed = dict.fromkeys(body for fate in fates for body in fate.postponed)
    engine = bootstrap.engine()
    try:
        if postponed:
            engine.parking.postpone(queue, list(postponed))
        if letters:
            engine.parking.park(queue, list(letters.values()))
    except Exception as error:  # noqa: BLE001 - all come back; what is there twice is harmless
        log_failure(Line.MESSAGE_FAILED, error, then=Then.COMES_BACK)
        return False
    for letter in letters.values():
        engine.metrics.count(f"parked_{letter.reason}")
    if postponed:
        engine.metrics.count("postponed", len(postponed))
    return True
