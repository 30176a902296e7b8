"""The queues' ports and their far ends, on every adapter."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import event_batches, send_batches

from chalicelib.adapters.codec import MAX_BODY_BYTES
from chalicelib.domain.events import EventType, PartnerEvent
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.identity import Alias, AliasType
from chalicelib.usecases.ports import EventBatch, MessageError, SendBatch

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)


def an_event(number: int = 0, name: str = "Anna") -> PartnerEvent:
    return PartnerEvent(
        partner="shop",
        event_id=f"event-{number}",
        type=EventType.MEMBER_JOINED,
        occurred_at=NOW,
        aliases=(Alias(AliasType.CARD, "1234567"),),
        facts={"first_name": name},
        webhook_id="msg_1",
    )


def a_step(number: int) -> StepKey:
    return StepKey(member_id="a" * 26, journey="welcome", entry=1, step=f"step-{number}")


def received_events(queues) -> list[PartnerEvent]:
    messages = queues.events_end.receive(1000)
    return [event for message in messages for event in queues.events.read(message.body).events]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(event_batches, max_size=3), sends=st.lists(send_batches, max_size=3))
def test_whatever_is_put_is_received(new_queues, events, sends):
    queues = new_queues()
    queues.events.put(events)
    queues.sends.put(sends)
    assert received_events(queues) == [event for batch in events for event in batch.events]
    steps = [queues.sends.read(m.body).steps for m in queues.sends_end.receive(1000)]
    assert steps == [batch.steps for batch in sends if batch.steps]


def test_more_batches_than_one_call_takes_all_arrive(queues):
    queues.sends.put([SendBatch(steps=(a_step(number),)) for number in range(25)])
    messages = queues.sends_end.receive(100)
    arrived = [queues.sends.read(message.body).steps[0] for message in messages]
    assert sorted(key.step for key in arrived) == sorted(a_step(n).step for n in range(25))
    assert not queues.sends_end.receive(100)


def test_a_batch_that_is_too_large_is_put_in_parts_in_the_same_order(queues):
    events = tuple(an_event(number, "n" * 90_000) for number in range(7))
    queues.events.put([EventBatch(events=events)])
    messages = queues.events_end.receive(100)
    assert len(messages) > 1
    assert all(len(message.body.encode()) <= MAX_BODY_BYTES for message in messages)
    parts = sorted((queues.events.read(message.body).events for message in messages), key=repr)
    assert tuple(event for part in parts for event in part) == events


def test_nothing_is_put_for_nothing(queues):
    queues.events.put([])
    queues.events.put([EventBatch(events=())])
    assert not queues.events_end.receive(10)


def test_a_message_that_is_taken_is_hidden_until_it_is_released(queues):
    queues.events.put([EventBatch(events=(an_event(),))])
    [message] = queues.events_end.receive(10)
    assert message.receive_count == 1
    assert not queues.events_end.receive(10)
    queues.events_end.release(message.receipt)
    [again] = queues.events_end.receive(10)
    assert (again.id, again.body, again.receive_count) == (message.id, message.body, 2)


def test_a_deleted_message_is_gone_and_deleting_it_again_is_harmless(queues):
    queues.events.put([EventBatch(events=(an_event(),))])
    [message] = queues.events_end.receive(10)
    queues.events_end.delete(message.receipt)
    queues.events_end.delete(message.receipt)
    queues.events_end.release(message.receipt)
    assert not queues.events_end.receive(10)


def test_a_message_that_fails_five_times_is_a_dead_letter(queues):
    queues.events.put([EventBatch(events=(an_event(),))])
    for receive_count in range(1, 6):
        [message] = queues.events_end.receive(10)
        assert message.receive_count == receive_count
        queues.events_end.release(message.receipt)
    assert not queues.events_end.receive(10)
    [dead] = queues.events_end.dead_letters()
    assert dead.body == message.body


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"events": [{}]}', '{"steps": [{}]}'])
def test_a_message_that_is_not_ours_is_refused_with_what_is_wrong(queues, body):
    with pytest.raises(MessageError, match="can't be read"):
        queues.events.read(body)
    with pytest.raises(MessageError, match="can't be read"):
        queues.sends.read(body)
