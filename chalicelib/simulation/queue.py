"""A queue as SQS and Lambda's pollers make it: at least once, in any order, never for sure gone.

It hands batches to a function and takes back what that did not finish, five times; then the
message is among the dead letters.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from chalicelib.adapters.queue_consumers import MAX_RECEIVES, ReceivedMessage
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.faults import Fault, Rates
from chalicelib.simulation.record import DeadLettered, Faulted, Record
from chalicelib.simulation.scheduler import Ended, Scheduler

POLLERS = 4
"""How many invocations of a queue's function run at a time, at most."""
LATEST_COPY = timedelta(days=3)
LONGEST_HIDDEN = timedelta(hours=1)
LONGEST_WAY = timedelta(seconds=2)
LETTERS_HIDDEN = timedelta(seconds=900)
FLOOD = 20
"""How many messages wait before none is copied any more.

A message that fails is sent again in the end, and its copy, too: were each of them copied, a month
of faults would have them double without end, as those few that SQS copies never do.
"""


@dataclass(slots=True, kw_only=True, eq=False)
class Message:
    """A message; a copy of it, if SQS makes one, is a message of its own with the same id."""

    id: str
    body: str
    visible_at: datetime
    attributes: Mapping[str, str] = field(default_factory=dict)
    receives: int = 0
    copy: int = 0
    """Which copy it is; 0: the message itself."""

    def seen(self) -> ReceivedMessage:
        return ReceivedMessage(
            id=self.id,
            receipt=f"{self.id}.{self.copy}.{self.receives}",
            body=self.body,
            receive_count=self.receives,
            attributes=self.attributes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """How a queue's function is called."""

    batch: int
    window: timedelta
    visibility: timedelta


Invoke = Callable[[Sequence[ReceivedMessage], Callable[[Ended], object]], None]
"""Runs the queue's function on these messages, and tells how that ended."""


class SimulatedQueue:
    """One queue, its pollers and its dead letters. Others send to it as to a ``MemoryQueue``."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it is, and what happens to it
        self,
        name: str,
        polling: Polling,
        scheduler: Scheduler,
        record: Record,
        chance: Chance,
        rates: Rates,
    ) -> None:
        self.name = name
        self.waiting: list[Message] = []
        self.letters: list[Message] = []
        self.calm = False
        self.invoke: Invoke = lambda _messages, _on_end: None
        self._polling = polling
        self._scheduler = scheduler
        self._record = record
        self._chance = chance
        self._rates = rates
        self._running = 0
        self._numbers = count(1)
        self._taken: dict[str, Message] = {}

    def send(self, body: str) -> None:
        """Take a message; it is seen after a moment, or much later."""
        on_its_way = LONGEST_WAY * self._chance.random() ** 2
        if self._strikes(Fault.DELIVER_LATE):
            on_its_way = LONGEST_HIDDEN * self._chance.random()
        message = self._message(body, {}, on_its_way)
        self._wait(message)
        if self._strikes(Fault.DUPLICATE, len(self.waiting) < FLOOD):
            self._wait(replace(message, copy=next(self._numbers)))

    def bury(self, body: str, attributes: Mapping[str, str]) -> None:
        """Take a dead letter, with attributes that say why."""
        self._dies(self._message(body, attributes, timedelta(0)))

    def dead_letters(self) -> list[tuple[str, str]]:
        """Return the body and the reason of each, leaving it there."""
        return [(letter.body, letter.attributes.get("reason", "")) for letter in self.letters]

    def given_up(self) -> bool:
        """Tell whether there is a letter that nobody has given a reason."""
        return any("reason" not in letter.attributes for letter in self.letters)

    def take_dead_letters(self) -> list[ReceivedMessage]:
        """Take all dead letters in hand, until each is dropped or let go."""
        for letter in self.letters:
            letter.receives += 1
        taken = [letter.seen() for letter in self.letters]
        self._taken |= {seen.receipt: each for seen, each in zip(taken, self.letters, strict=True)}
        self.letters.clear()
        self._scheduler.after(LETTERS_HIDDEN, lambda: self._let_go_all(taken))
        return taken

    def drop_dead_letter(self, receipt: str) -> None:
        self._taken.pop(receipt, None)

    def let_go_dead_letter(self, receipt: str) -> None:
        if letter := self._taken.pop(receipt, None):
            self.letters.append(letter)

    def _let_go_all(self, taken: Sequence[ReceivedMessage]) -> None:
        """Show again what somebody took in hand and, having died, neither dropped nor let go."""
        for seen in taken:
            self.let_go_dead_letter(seen.receipt)

    def _message(self, body: str, attributes: Mapping[str, str], hidden: timedelta) -> Message:
        return Message(
            id=f"{self.name}-{next(self._numbers)}",
            body=body,
            attributes=attributes,
            visible_at=self._scheduler.now + hidden,
        )

    def _wait(self, message: Message) -> None:
        """Keep the message, and poll when it is seen and the batch's window has passed."""
        self.waiting.append(message)
        began_before = self._chance.happens(0.5)  # a poller's window, and this message ends it
        window = 0 * LONGEST_WAY if began_before else self._polling.window * self._chance.random()
        self._scheduler.at(message.visible_at + window, self._poll)

    def _poll(self) -> None:
        """Hand out one batch of what is seen now, if a poller is free."""
        now = self._scheduler.now
        seen = [message for message in self.waiting if message.visible_at <= now]
        if not seen or self._running >= POLLERS:
            return
        limit = self._polling.batch
        if self._strikes(Fault.REORDER, len(seen) > 1):
            seen = self._chance.shuffled(seen)
            limit = 1 + self._chance.below(min(limit, len(seen)))
        taken: dict[str, Message] = {}
        for message in seen:
            if len(taken) < limit and message.id not in taken:
                self._receive(message, taken)
        if taken:
            self._hand_out(list(taken.values()))
        if len(seen) > len(taken):
            self._scheduler.at(now, self._poll)

    def _receive(self, message: Message, taken: dict[str, Message]) -> None:
        """As on SQS, a message that was received five times dies at the sixth."""
        if message.receives == MAX_RECEIVES:
            self.waiting.remove(message)
            self._dies(message)
            return
        message.receives += 1
        message.visible_at = self._scheduler.now + self._polling.visibility
        taken[message.id] = message

    def _hand_out(self, messages: list[Message]) -> None:
        self._running += 1
        self.invoke(
            [message.seen() for message in messages], lambda ended: self._finish(messages, ended)
        )

    def _finish(self, messages: list[Message], ended: Ended) -> None:
        """Delete what is done; the rest is seen again when its visibility timeout is over."""
        self._running -= 1
        failed = _failed(messages, ended)
        for message in messages:
            if message.id in failed:
                self._scheduler.at(message.visible_at, self._poll)
            else:
                self._delete(message)
        self._scheduler.at(self._scheduler.now, self._poll)

    def _delete(self, message: Message) -> None:
        if message in self.waiting:
            self.waiting.remove(message)
        if not message.copy and self._strikes(Fault.DUPLICATE_AFTER_DELETION):
            later = self._scheduler.now + self._chance.span(timedelta(seconds=1), LATEST_COPY)
            self._wait(replace(message, visible_at=later, copy=next(self._numbers)))

    def _dies(self, message: Message) -> None:
        self.letters.append(message)
        reason = message.attributes.get("reason", "")
        self._record.add(DeadLettered, queue=self.name, body=message.body, reason=reason)

    def _strikes(self, fault: Fault, possible: bool = True) -> bool:  # noqa: FBT001, FBT002
        if self.calm or not possible or not self._chance.happens(self._rates.get(fault, 0.0)):
            return False
        self._record.add(Faulted, kind=fault, where=self.name)
        return True


def _failed(messages: Sequence[Message], ended: Ended) -> set[str]:
    """Return the ids of the messages that come back: all of them when the function failed."""
    if ended.died or ended.error:
        return {message.id for message in messages}
    answer: Mapping[str, Any] = ended.answer
    return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
