"""Setting aside, putting again, and the dead letters as people see them, on every adapter."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import partner_events

from chalicelib.domain.parking import ParkReason, QueueName
from chalicelib.usecases.letters import about_event
from chalicelib.usecases.parking_ports import Letter
from chalicelib.usecases.ports import EventBatch

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
EVENTS, SENDS = QueueName.EVENTS, QueueName.SENDS
EACH_EXAMPLE_IS_NEW = [HealthCheck.function_scoped_fixture]


def letters(count, reason=ParkReason.FAILED):
    return [Letter(body=f"body {number}", reason=reason) for number in range(count)]


def bodies(found):
    return sorted(letter.body for letter in found)


@settings(max_examples=10, suppress_health_check=EACH_EXAMPLE_IS_NEW)
@given(event=partner_events, reason=st.sampled_from(ParkReason), error=st.text(max_size=40))
def test_what_is_parked_is_a_dead_letter_with_its_reason_and_its_ids(
    new_queues, event, reason, error
):
    queues = new_queues()
    body = queues.events.write(EventBatch(events=(event,)))
    letter = Letter(body=body, reason=reason, error=error, about=about_event(event))
    queues.parking.park(EVENTS, [letter])
    [dead] = queues.letters.take(EVENTS)
    assert queues.events.read(dead.body).events == (event,)
    assert dead.attributes == letter.attributes()
    assert dead.attributes["reason"] == reason
    assert not queues.events_end.receive(10)


@settings(max_examples=20, suppress_health_check=EACH_EXAMPLE_IS_NEW)
@given(about=st.dictionaries(st.sampled_from(["member_id", "step"]), st.text(max_size=300)))
def test_whatever_a_hostile_message_has_for_ids_it_can_be_parked(new_queues, about):
    queues = new_queues()
    queues.parking.park(EVENTS, [Letter(body="x", reason=ParkReason.FAILED, about=about)])
    [dead] = queues.letters.take(EVENTS)
    assert dead.attributes["reason"] == ParkReason.FAILED


def test_any_number_of_letters_and_of_bodies_is_stored(queues):
    queues.parking.park(EVENTS, letters(23))
    queues.parking.postpone(EVENTS, [f"body {number}" for number in range(23)])
    assert len(queues.letters.take(EVENTS)) == 23
    assert len(queues.events_end.receive(100)) == 23
    queues.parking.park(EVENTS, [])
    queues.parking.postpone(EVENTS, [])
    assert not queues.events_end.receive(100)


def test_what_is_postponed_comes_as_a_message_that_was_never_received(queues):
    queues.parking.postpone(EVENTS, ["body"])
    [message] = queues.events_end.receive(10)
    assert (message.body, message.receive_count) == ("body", 1)


def test_each_queue_has_dead_letters_of_its_own(queues):
    queues.parking.park(EVENTS, letters(1))
    assert queues.letters.take(SENDS) == []
    assert queues.sends_end.dead_letters() == []
    assert len(queues.events_end.dead_letters()) == 1


def test_letters_that_are_taken_are_hidden_until_they_are_released(queues):
    queues.parking.park(EVENTS, letters(12))
    taken = queues.letters.take(EVENTS)
    assert bodies(taken) == bodies(letters(12))
    assert queues.letters.take(EVENTS) == []
    queues.letters.release(taken[:11])
    again = queues.letters.take(EVENTS)
    assert bodies(again) == bodies(taken[:11])
    assert {letter.receives for letter in again} == {2}


def test_a_letter_that_is_removed_is_gone_and_removing_it_again_is_harmless(queues):
    queues.parking.park(EVENTS, letters(12))
    taken = queues.letters.take(EVENTS)
    queues.letters.remove(taken[1:])
    queues.letters.remove(taken[1:])
    queues.letters.release(taken)
    assert bodies(queues.letters.take(EVENTS)) == [taken[0].body]


def test_what_is_put_back_is_a_message_of_its_queue(queues):
    queues.letters.put_back(EVENTS, ["one", "two"])
    received = queues.events_end.receive(10)
    assert sorted(message.body for message in received) == ["one", "two"]
    assert {message.receive_count for message in received} == {1}


def test_a_message_that_its_queue_gave_up_is_a_letter_without_a_reason(queues):
    queues.parking.postpone(EVENTS, ["body"])
    for _ in range(5):
        [message] = queues.events_end.receive(10)
        queues.events_end.release(message.receipt)
    assert not queues.events_end.receive(10)
    [letter] = queues.letters.take(EVENTS)
    assert (letter.body, dict(letter.attributes)) == ("body", {})


@pytest.mark.parametrize("looks", [2, 3])
def test_looking_at_dead_letters_leaves_them_there(queues, looks):
    queues.parking.park(EVENTS, letters(12))
    assert [len(queues.events_end.dead_letters()) for _ in range(looks)] == [12] * looks
