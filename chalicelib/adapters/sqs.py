"""The queues on SQS: the ports' ends that put, and the end that receives where no Lambda does.

SQS may deliver twice and in any order; nothing here promises more.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.adapters.aws_errors import aws_answers, error_code
from chalicelib.adapters.client_config import client_config
from chalicelib.adapters.codec import (
    MAX_BODY_BYTES,
    dump_events,
    dump_sends,
    event_bodies,
    load_events,
    load_sends,
    send_bodies,
)
from chalicelib.adapters.queue_consumers import MAX_RECEIVES, ReceivedMessage
from chalicelib.usecases.ports import EventBatch, SendBatch, UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

ENTRIES = 10
"""SQS takes and gives at most ten messages a call."""
CALL_BYTES = MAX_BODY_BYTES
PUT_ROUNDS = 3
LONGEST_DELAY_SECONDS = 900
VISIBILITY_SECONDS = 43_200
"""The longest there is: a consumer of a world with virtual time says itself what failed."""
MAX_DEAD_LETTERS = 10_000
GONE = frozenset(
    {
        "InvalidParameterValue",
        "MessageNotInflight",
        "ReceiptHandleIsInvalid",
        "AWS.SimpleQueueService.MessageNotInflight",
    }
)
"""What SQS says to the receipt of a message that is deleted or was released."""


def sqs_config() -> Config:
    """The SDK may repeat a put here: a message that is queued twice is harmless."""
    return client_config(attempts=3)


@dataclass(frozen=True, slots=True)
class Delayed:
    """A message's body and attributes, and how long SQS keeps it out of sight at first."""

    body: str
    delay_seconds: int = 0
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def entry(self, id_: str) -> dict[str, Any]:
        """Return the message as a call that puts many has it."""
        told = {"Id": id_, "MessageBody": self.body, "DelaySeconds": self.delay_seconds}
        named = {
            name: {"DataType": "String", "StringValue": value}
            for name, value in self.attributes.items()
        }
        return {**told, "MessageAttributes": named} if named else told


class SqsEventQueue:
    """The port ``EventQueue``."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def put(self, batches: Sequence[EventBatch]) -> None:
        put_bodies(self._client, self._url, event_bodies(batches))

    def read(self, body: str) -> EventBatch:
        return load_events(body)

    def write(self, batch: EventBatch) -> str:
        return dump_events(batch)


class SqsSendQueue:
    """The port ``SendQueue``.

    A tick hands over a minute's mails at once. SQS shows its messages to the senders
    ``per_second`` steps a second, as many as SES takes, and none too early: a sender that waits
    is paid for it. None: all at once, where time is virtual.
    """

    def __init__(
        self, client: "SQSClient", url: str, per_second: Callable[[], float] | None = None
    ) -> None:
        self._client = client
        self._url = url
        self._per_second = per_second

    def put(self, batches: Sequence[SendBatch]) -> None:
        put_delayed(self._client, self._url, self._paced(batches))

    def _paced(self, batches: Sequence[SendBatch]) -> Iterator[Delayed]:
        steps, per_second = 0, self._per_second() if self._per_second else 0
        for batch in batches:
            delay_seconds = math.ceil(steps / per_second) if per_second else 0
            for body in send_bodies([batch]):
                yield Delayed(body, min(delay_seconds, LONGEST_DELAY_SECONDS))
            steps += len(batch.steps)

    def read(self, body: str) -> SendBatch:
        return load_sends(body)

    def write(self, batch: SendBatch) -> str:
        return dump_sends(batch)


class SqsConsumer:
    """The ``QueueConsumer`` of an SQS queue; the queue's redrive policy counts the receives."""

    def __init__(self, client: "SQSClient", url: str, dead_letter_url: str) -> None:
        self.url = url
        self.dead_letter_url = dead_letter_url
        self._client = client

    def receive(self, limit: int) -> list[ReceivedMessage]:
        return self._receive(self.url, limit)

    def delete(self, receipt: str) -> None:
        with aws_answers(), _gone_is_fine():
            self._client.delete_message(QueueUrl=self.url, ReceiptHandle=receipt)

    def release(self, receipt: str) -> None:
        self._show(self.url, receipt)

    def dead_letters(self) -> list[ReceivedMessage]:
        letters = self._receive(self.dead_letter_url, MAX_DEAD_LETTERS)
        for letter in letters:
            self._show(self.dead_letter_url, letter.receipt)
        return letters

    def _receive(self, url: str, limit: int) -> list[ReceivedMessage]:
        """Receive call by call until there is enough, or nothing came."""
        received: list[ReceivedMessage] = []
        while len(received) < limit:
            with aws_answers():
                answer = self._client.receive_message(
                    QueueUrl=url,
                    MaxNumberOfMessages=min(ENTRIES, limit - len(received)),
                    VisibilityTimeout=VISIBILITY_SECONDS,
                    MessageSystemAttributeNames=["ApproximateReceiveCount"],
                    MessageAttributeNames=["All"],
                )
            messages = answer.get("Messages", [])
            if not messages:
                break
            received += map(_received, messages)
        return received

    def _show(self, url: str, receipt: str) -> None:
        with aws_answers(), _gone_is_fine():
            self._client.change_message_visibility(
                QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0
            )


def create_queue(client: "SQSClient", name: str) -> SqsConsumer:
    """Make a queue and its dead letters where no CloudFormation does; return its far end."""
    dead_letter_url = client.create_queue(QueueName=f"{name}-dead-letters")["QueueUrl"]
    described = client.get_queue_attributes(QueueUrl=dead_letter_url, AttributeNames=["QueueArn"])
    redrive = {
        "deadLetterTargetArn": described["Attributes"]["QueueArn"],
        "maxReceiveCount": MAX_RECEIVES,
    }
    attributes: Any = {"RedrivePolicy": json.dumps(redrive)}
    url = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return SqsConsumer(client, url, dead_letter_url)


def put_bodies(client: "SQSClient", url: str, bodies: Iterable[str]) -> None:
    """Put every body, or raise ``UnavailableError`` when SQS has not taken all of them."""
    put_delayed(client, url, map(Delayed, bodies))


def put_delayed(client: "SQSClient", url: str, messages: Iterable[Delayed]) -> None:
    """Put every message, as ``put_bodies``; each is seen when its delay is over."""
    for group in _calls(messages):
        _put_group(client, url, group)


def _put_group(client: "SQSClient", url: str, messages: Mapping[str, Delayed]) -> None:
    """Put up to ten, those again that SQS says it did not take."""
    left = dict(messages)
    for _ in range(PUT_ROUNDS):
        entries: Any = [message.entry(id_) for id_, message in left.items()]
        with aws_answers():
            answer = client.send_message_batch(QueueUrl=url, Entries=entries)
        left = {failed["Id"]: left[failed["Id"]] for failed in answer.get("Failed", [])}
        if not left:
            return
    raise UnavailableError(f"{url}: SQS did not take {len(left)} messages; put them again")


def _calls(messages: Iterable[Delayed]) -> Iterator[dict[str, Delayed]]:
    """Group messages by what one call may carry, each under an id of its own."""
    group: dict[str, Delayed] = {}
    room = CALL_BYTES
    for number, message in enumerate(messages):
        size_bytes = len(message.body.encode())
        if group and (len(group) == ENTRIES or size_bytes > room):
            yield group
            group, room = {}, CALL_BYTES
        group[str(number)] = message
        room -= size_bytes
    if group:
        yield group


def _received(message: "MessageTypeDef") -> ReceivedMessage:
    attributes = message.get("MessageAttributes", {})
    return ReceivedMessage(
        id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        body=message["Body"],
        receive_count=int(message["Attributes"]["ApproximateReceiveCount"]),
        attributes={name: value.get("StringValue", "") for name, value in attributes.items()},
    )


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error_code(error) not in GONE:
            raise
