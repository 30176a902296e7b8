"""What is set aside and what is put again, on SQS: the functions' end of it and the people's.

A letter's reason stands in message attributes, so that its body is that of any message of its
queue and can be put back as it is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.adapters.aws_errors import aws_answers
from chalicelib.adapters.lockstep import ask
from chalicelib.adapters.sqs import ENTRIES, GONE, Delayed, put_bodies, put_delayed
from chalicelib.domain.parking import QueueName
from chalicelib.usecases.parking_ports import DeadLetter, Letter
from chalicelib.usecases.ports import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

POSTPONED_SECONDS = 300
"""A message that meets nothing but outages is received nine times an hour."""
TAKEN_SECONDS = 900
"""How long letters stay hidden if who took them is stopped; to replay the most takes a minute."""
WAIT_SECONDS = 1
"""How long SQS looks for letters before it says that there are none."""
MOST_TAKEN = 10_000


@dataclass(frozen=True, slots=True)
class QueueUrls:
    """A queue ("" where nothing is ever put back) and its dead letters."""

    queue: str
    dead_letters: str


class SqsParking:
    """The port ``Parking``. Acts that run together set their letters aside together."""

    def __init__(
        self,
        client: "SQSClient",
        urls: Mapping[QueueName, QueueUrls],
        postponed_seconds: int = POSTPONED_SECONDS,
    ) -> None:
        """``postponed_seconds`` is 0 where time is virtual: SQS keeps to the real one."""
        self._client = client
        self._urls = urls
        self._postponed_seconds = postponed_seconds

    def park(self, queue: QueueName, letters: Sequence[Letter]) -> None:
        ask(self._park_all, (queue, letters))

    def postpone(self, queue: QueueName, bodies: Sequence[str]) -> None:
        messages = (Delayed(body, self._postponed_seconds) for body in bodies)
        put_delayed(self._client, self._urls[queue].queue, messages)

    def _park_all(self, asked: Sequence[tuple[QueueName, Sequence[Letter]]]) -> list[None]:
        for name in dict.fromkeys(queue for queue, _ in asked):
            letters = (letter for queue, each in asked if queue == name for letter in each)
            messages = (Delayed(each.body, attributes=each.attributes()) for each in letters)
            put_delayed(self._client, self._urls[name].dead_letters, messages)
        return [None] * len(asked)


class SqsDeadLetters:
    """The port ``DeadLetters``; ``urls`` by the names of the queues."""

    def __init__(
        self, client: "SQSClient", urls: Mapping[str, QueueUrls], *, in_real_time: bool = True
    ) -> None:
        self._client = client
        self._urls = urls
        self._in_real_time = in_real_time

    def take(self, queue: str) -> list[DeadLetter]:
        """SQS asks only some of its servers at a time, so that one empty answer says little."""
        taken: list[DeadLetter] = []
        empty, enough = 0, 2 if self._in_real_time else 1
        while empty < enough and len(taken) < MOST_TAKEN:
            messages = self._receive(queue)
            empty = 0 if messages else empty + 1
            taken += [self._letter(queue, message) for message in messages]
        return taken

    def put_back(self, queue: str, bodies: Sequence[str]) -> None:
        put_bodies(self._client, self._urls[queue].queue, bodies)

    def remove(self, letters: Sequence[DeadLetter]) -> None:
        def delete(url: str, entries: Any) -> Any:  # noqa: ANN401 - as boto3 has it
            return self._client.delete_message_batch(QueueUrl=url, Entries=entries)

        self._settle(letters, delete)

    def release(self, letters: Sequence[DeadLetter]) -> None:
        def show(url: str, entries: Any) -> Any:  # noqa: ANN401 - as boto3 has it
            seen: Any = [{**entry, "VisibilityTimeout": 0} for entry in entries]
            return self._client.change_message_visibility_batch(QueueUrl=url, Entries=seen)

        self._settle(letters, show)

    def _receive(self, queue: str) -> "list[MessageTypeDef]":
        with aws_answers():
            answer = self._client.receive_message(
                QueueUrl=self._urls[queue].dead_letters,
                MaxNumberOfMessages=ENTRIES,
                VisibilityTimeout=TAKEN_SECONDS,
                WaitTimeSeconds=WAIT_SECONDS if self._in_real_time else 0,
                MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
                MessageAttributeNames=["All"],
            )
        return answer.get("Messages", [])

    def _letter(self, queue: str, message: "MessageTypeDef") -> DeadLetter:
        sent_ms = int(message["Attributes"]["SentTimestamp"])
        told = message.get("MessageAttributes", {})
        return DeadLetter(
            queue=queue,
            body=message["Body"],
            receipt=message["ReceiptHandle"],
            receives=int(message["Attributes"]["ApproximateReceiveCount"]),
            since=datetime.fromtimestamp(sent_ms / 1000, UTC) if self._in_real_time else None,
            attributes={name: value.get("StringValue", "") for name, value in told.items()},
        )

    def _settle(self, letters: Sequence[DeadLetter], act: Callable[[str, Any], Any]) -> None:
        """Do it to all, ten a call; what is gone already is as good as done."""
        for queue in dict.fromkeys(letter.queue for letter in letters):
            receipts = [letter.receipt for letter in letters if letter.queue == queue]
            for group in _tens(receipts):
                entries = [
                    {"Id": str(number), "ReceiptHandle": receipt}
                    for number, receipt in enumerate(group)
                ]
                with aws_answers():
                    answer = act(self._urls[queue].dead_letters, entries)
                left = [each for each in answer.get("Failed", []) if each["Code"] not in GONE]
                if left:
                    raise UnavailableError(f"{queue}: SQS has left {len(left)} letters; try again")


def _tens(receipts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (receipts[start : start + ENTRIES] for start in range(0, len(receipts), ENTRIES))
