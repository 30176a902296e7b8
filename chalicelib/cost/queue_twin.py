"""An SQS client in memory over the local world's queues, which bills what it is asked.

The ends that Lambda's pollers hold are not here: what they ask is worked out from the traffic
of a whole month, for a sample has none of its density.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from chalicelib.adapters.memory_queue import MemoryQueue
from chalicelib.adapters.queue_consumers import ReceivedMessage
from chalicelib.cost.meter import Meter
from chalicelib.cost.prices import Line

CHUNK_BYTES = 64 * 1024
"""What SQS and SNS bill as one request."""


class SqsTwin:
    """Queues by the URL that the engine knows them by; what has attributes is a dead letter."""

    def __init__(self, meter: Meter, queues: Mapping[str, MemoryQueue]) -> None:
        self._meter = meter
        self._queues = queues
        self.delays_seconds: list[int] = []
        """Of every message put so far, which a queue in memory does not keep to."""

    def send_message_batch(
        self,
        *,
        QueueUrl: str,  # noqa: N803 - as boto3 has it
        Entries: Sequence[Mapping[str, Any]],  # noqa: N803
    ) -> dict[str, Any]:
        self._meter.call("sqs.SendMessageBatch")
        bodies = [entry["MessageBody"] for entry in Entries]
        self._meter.add(Line.QUEUES, chunks(*bodies))
        self.delays_seconds += [entry.get("DelaySeconds", 0) for entry in Entries]
        for entry in Entries:
            self._put(self._queues[QueueUrl], entry)
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def _put(self, queue: MemoryQueue, entry: Mapping[str, Any]) -> None:
        told = entry.get("MessageAttributes", {})
        if told:
            about = {name: value["StringValue"] for name, value in told.items()}
            queue.bury(entry["MessageBody"], about)
        else:
            queue.send(entry["MessageBody"])


class FullBatches:
    """A ``QueueConsumer`` that holds messages back until there are as many as a function gets.

    On AWS a batching window gathers them; a sample's messages are thousands of times further
    apart, so here they wait until ``let_go``. It counts what it hands over.
    """

    def __init__(self, queue: MemoryQueue, name: str, delivered: Counter[str]) -> None:
        self._queue = queue
        self._name = name
        self._delivered = delivered
        self._held: list[ReceivedMessage] = []
        self._letting_go = False

    def receive(self, limit: int) -> list[ReceivedMessage]:
        self._held += self._queue.receive(limit - len(self._held))
        if len(self._held) < limit and not self._letting_go:
            return []
        messages, self._held = self._held, []
        self._delivered[self._name] += len(messages)
        return messages

    def let_go(self, *, now: bool) -> None:
        """Hand over short batches, too, as at the end of a window."""
        self._letting_go = now

    def delete(self, receipt: str) -> None:
        self._queue.delete(receipt)

    def release(self, receipt: str) -> None:
        self._queue.release(receipt)

    def dead_letters(self) -> list[ReceivedMessage]:
        return self._queue.dead_letters()


def chunks(*bodies: str) -> int:
    """Return how many requests it takes to carry these bodies."""
    return max(1, ceil(sum(len(body.encode()) for body in bodies) / CHUNK_BYTES))
