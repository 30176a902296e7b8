"""Queues in lists: the twins of the SQS adapters, with the same bodies and the same counting."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from chalicelib.adapters.codec import (
    dump_events,
    dump_sends,
    event_bodies,
    load_events,
    load_sends,
    send_bodies,
)
from chalicelib.adapters.queue_consumers import MAX_RECEIVES, ReceivedMessage
from chalicelib.domain.parking import QueueName
from chalicelib.usecases.parking_ports import DeadLetter, Letter
from chalicelib.usecases.ports import EventBatch, SendBatch


@dataclass(slots=True, kw_only=True)
class _Message:
    id: str
    body: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    receive_count: int = 0

    def seen(self) -> ReceivedMessage:
        return ReceivedMessage(
            id=self.id,
            receipt=f"{self.id}.{self.receive_count}",
            body=self.body,
            receive_count=self.receive_count,
            attributes=self.attributes,
        )


class MemoryQueue:
    """One queue with its dead letters: a ``QueueConsumer`` that can also be sent to."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._numbers = count(1)
        self._waiting: deque[_Message] = deque()
        self._in_flight: dict[str, _Message] = {}
        self._dead: list[_Message] = []
        self._taken: dict[str, _Message] = {}

    def send(self, body: str) -> None:
        self._waiting.append(self._message(body, {}))

    def bury(self, body: str, attributes: Mapping[str, str]) -> None:
        """Put a message among the dead letters, with attributes that say why."""
        self._dead.append(self._message(body, attributes))

    def receive(self, limit: int) -> list[ReceivedMessage]:
        """As on SQS, a message that was received five times dies at the sixth."""
        received: list[ReceivedMessage] = []
        while self._waiting and len(received) < limit:
            message = self._waiting.popleft()
            if message.receive_count == MAX_RECEIVES:
                self._dead.append(message)
                continue
            message.receive_count += 1
            seen = message.seen()
            self._in_flight[seen.receipt] = message
            received.append(seen)
        return received

    def delete(self, receipt: str) -> None:
        self._in_flight.pop(receipt, None)

    def release(self, receipt: str) -> None:
        if message := self._in_flight.pop(receipt, None):
            self._waiting.append(message)

    def dead_letters(self) -> list[ReceivedMessage]:
        return [message.seen() for message in self._dead]

    def take_dead_letters(self) -> list[ReceivedMessage]:
        """Take all dead letters in hand, until each is dropped or let go."""
        for message in self._dead:
            message.receive_count += 1
        taken = [message.seen() for message in self._dead]
        self._taken |= {seen.receipt: each for seen, each in zip(taken, self._dead, strict=True)}
        self._dead.clear()
        return taken

    def drop_dead_letter(self, receipt: str) -> None:
        self._taken.pop(receipt, None)

    def let_go_dead_letter(self, receipt: str) -> None:
        if message := self._taken.pop(receipt, None):
            self._dead.append(message)

    def _message(self, body: str, attributes: Mapping[str, str]) -> _Message:
        id_ = f"{self._name}-{next(self._numbers)}"
        return _Message(id=id_, body=body, attributes=attributes)


class MemoryEventQueue:
    """The port ``EventQueue``."""

    def __init__(self, queue: MemoryQueue) -> None:
        self._queue = queue

    def put(self, batches: Sequence[EventBatch]) -> None:
        for body in event_bodies(batches):
            self._queue.send(body)

    def read(self, body: str) -> EventBatch:
        return load_events(body)

    def write(self, batch: EventBatch) -> str:
        return dump_events(batch)


class MemorySendQueue:
    """The port ``SendQueue``."""

    def __init__(self, queue: MemoryQueue) -> None:
        self._queue = queue

    def put(self, batches: Sequence[SendBatch]) -> None:
        for body in send_bodies(batches):
            self._queue.send(body)

    def read(self, body: str) -> SendBatch:
        return load_sends(body)

    def write(self, batch: SendBatch) -> str:
        return dump_sends(batch)


class MemoryParking:
    """The port ``Parking``. A queue in memory has no clock: what is postponed comes at once."""

    def __init__(self, queues: Mapping[QueueName, MemoryQueue]) -> None:
        self._queues = queues

    def park(self, queue: QueueName, letters: Sequence[Letter]) -> None:
        for letter in letters:
            self._queues[queue].bury(letter.body, letter.attributes())

    def postpone(self, queue: QueueName, bodies: Sequence[str]) -> None:
        for body in bodies:
            self._queues[queue].send(body)


class MemoryDeadLetters:
    """The port ``DeadLetters`` over queues by their names."""

    def __init__(self, queues: Mapping[str, MemoryQueue]) -> None:
        self._queues = queues

    def take(self, queue: str) -> list[DeadLetter]:
        return [
            DeadLetter(
                queue=queue,
                body=seen.body,
                receipt=seen.receipt,
                receives=seen.receive_count,
                attributes=seen.attributes,
            )
            for seen in self._queues[queue].take_dead_letters()
        ]

    def put_back(self, queue: str, bodies: Sequence[str]) -> None:
        for body in bodies:
            self._queues[queue].send(body)

    def remove(self, letters: Sequence[DeadLetter]) -> None:
        for letter in letters:
            self._queues[letter.queue].drop_dead_letter(letter.receipt)

    def release(self, letters: Sequence[DeadLetter]) -> None:
        for letter in letters:
            self._queues[letter.queue].let_go_dead_letter(letter.receipt)
