"""What the SQS adapters say when SQS takes a part, nothing, or does not answer."""

from itertools import count
from math import ceil
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.adapters.sqs import (
    CALL_BYTES,
    LONGEST_DELAY_SECONDS,
    PUT_ROUNDS,
    SqsConsumer,
    SqsSendQueue,
    create_queue,
    put_bodies,
    sqs_config,
)
from chalicelib.domain.feedback import StepKey
from chalicelib.usecases.ports import SendBatch, UnavailableError

numbers = count()
KEY = StepKey(member_id="a" * 26, journey="welcome", entry=1, step="reminder")


@pytest.fixture
def sqs(aws) -> Any:
    return boto3.client("sqs", region_name="us-east-1", config=sqs_config())


@pytest.fixture
def queue(sqs) -> SqsConsumer:
    return create_queue(sqs, f"queue-{next(numbers)}")


def refuse_some(client, rounds: int) -> list[int]:
    """Let SQS take all but the first entry of a call, so many times; list the calls' sizes."""
    sizes: list[int] = []
    refused: list[str] = []

    def before(params, **_):
        sizes.append(len(params["Entries"]))
        if len(sizes) > rounds:
            return params
        refused.append(params["Entries"][0]["Id"])
        rest = params["Entries"][1:] or [{"Id": "other", "MessageBody": "other"}]
        return {**params, "Entries": rest}

    def after(parsed, **_):
        if refused:
            failed = {"Id": refused.pop(), "SenderFault": False, "Code": "InternalError"}
            parsed["Failed"] = [failed]

    client.meta.events.register("provide-client-params.sqs.SendMessageBatch", before)
    client.meta.events.register("after-call.sqs.SendMessageBatch", after)
    return sizes


def test_what_sqs_did_not_take_is_put_again_and_nothing_else(sqs, queue):
    sizes = refuse_some(sqs, rounds=1)
    put_bodies(sqs, queue.url, ["one", "two", "three"])
    assert sizes == [3, 1]
    assert sorted(message.body for message in queue.receive(10)) == ["one", "three", "two"]


def test_what_sqs_never_takes_is_unavailable(sqs, queue):
    sizes = refuse_some(sqs, rounds=99)
    with pytest.raises(UnavailableError, match="1 messages"):
        put_bodies(sqs, queue.url, ["one", "two", "three"])
    assert len(sizes) == PUT_ROUNDS


def test_a_call_carries_at_most_ten_messages_and_so_many_bytes(sqs, queue):
    sizes = refuse_some(sqs, rounds=0)
    put_bodies(sqs, queue.url, ["small"] * 11)
    assert sizes == [10, 1]
    sizes.clear()
    put_bodies(sqs, queue.url, ["l" * (CALL_BYTES // 2)] * 3)
    assert sizes == [2, 1]


@pytest.mark.parametrize(
    "fault",
    [
        EndpointConnectionError(endpoint_url="x"),
        {"Error": {"Code": "RequestThrottled"}, "ResponseMetadata": {"HTTPStatusCode": 400}},
        {"Error": {"Code": "Anything"}, "ResponseMetadata": {"HTTPStatusCode": 503}},
    ],
    ids=["no connection", "throttled", "503"],
)
def test_a_fault_that_passes_is_unavailable(sqs, queue, failing, fault):
    with failing(sqs, "SendMessageBatch", fault), pytest.raises(UnavailableError):
        SqsSendQueue(sqs, queue.url).put([SendBatch(steps=(KEY,))])
    with failing(sqs, "ReceiveMessage", fault), pytest.raises(UnavailableError):
        queue.receive(1)
    with failing(sqs, "DeleteMessage", fault), pytest.raises(UnavailableError):
        queue.delete("receipt")


def test_a_queue_that_does_not_exist_is_our_own_mistake(sqs, queue):
    with pytest.raises(ClientError, match=r"NonExistentQueue|does not exist"):
        put_bodies(sqs, queue.url + "-x", ["one"])


def test_a_receipt_that_nobody_gave_is_passed_over(queue):
    queue.delete("receipt")
    queue.release("receipt")


def delays_of(per_second, sizes):
    """Put batches of so many steps; return the delay that each message was given."""
    told = []

    class Client:
        def send_message_batch(self, QueueUrl, Entries):  # noqa: ARG002, N803 - AWS's names
            told.extend(entry["DelaySeconds"] for entry in Entries)
            return {}

    batches = [SendBatch(steps=(KEY,) * size) for size in sizes]
    SqsSendQueue(Client(), "url", per_second and (lambda: per_second)).put(batches)
    return told


def test_the_messages_of_a_tick_are_shown_at_the_rate_of_the_mail_service():
    assert delays_of(14, [10] * 84) == [ceil(n * 10 / 14) for n in range(84)]
    assert max(delays_of(14, [10] * 84)) <= 60


def test_a_message_waits_for_the_mails_before_it_and_not_for_its_own():
    assert delays_of(10, [1, 10, 25, 3]) == [0, 1, 2, 4]


def test_without_a_rate_everything_is_shown_at_once():
    assert delays_of(None, [10] * 12) == [0] * 12
    assert delays_of(0, [10] * 12) == [0] * 12


def test_no_message_is_delayed_longer_than_sqs_allows():
    assert max(delays_of(1, [1000, 1000])) == LONGEST_DELAY_SECONDS
