"""What fails comes back, and takes nothing else with it."""

import json
from unittest.mock import patch

import pytest
from functional.worlds import ANN, DAY, START, batch, event, play, post

from chalicelib.adapters.queue_consumers import ReceivedMessage
from chalicelib.handlers.queue_events import queue_events
from chalicelib.handlers.queue_feedback import queue_feedback
from chalicelib.handlers.queue_sends import queue_sends
from chalicelib.usecases import apply_event, send_step
from chalicelib.usecases.ports import EventBatch, UnavailableError
from chalicelib.world.lambda_events import LambdaContext, sqs_event

PEOPLE = [{"card": f"70000000{n:02d}", "email": f"m{n}@example.com"} for n in range(8)]
HANDLERS = {
    "events": queue_events,
    "sends": queue_sends,
    "feedback": queue_feedback,
}


@pytest.fixture
def stage():
    with play() as stage:
        yield stage


def call(name, *bodies, receives=1):
    """Call a function as Lambda does; return the numbers of the messages that come back."""
    return call_in(60_000, name, *bodies, receives=receives)


def call_in(remaining_ms, name, *bodies, receives=1):
    """Call a function that has so much time left."""
    messages = [
        ReceivedMessage(id=f"m{n}", receipt=f"r{n}", body=body, receive_count=receives)
        for n, body in enumerate(bodies)
    ]
    context = LambdaContext(name, remaining_ms=remaining_ms)
    answer = HANDLERS[name](sqs_event(f"milepost-{name}", messages), context)
    failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
    return [int(id_[1:]) for id_ in failed]


def queued_bodies(stage, queue):
    return [message.body for message in getattr(stage.world.substrate, queue).receive(100)]


def test_only_the_message_that_failed_comes_back(stage):
    post(event(), "w1")
    post(event("app.installed", member=PEOPLE[0]), "w2")
    bodies = queued_bodies(stage, "events")
    assert call("events", *bodies) == [1]
    assert stage.id_of()


def test_an_event_that_fails_does_not_hold_up_those_behind_it_in_its_message(stage):
    """A mistake of ours with one member must not cost twenty-four others their events."""
    post(batch(*(event(member=person) for person in PEOPLE)))
    bodies = queued_bodies(stage, "events")
    real = apply_event.apply_event

    def broken(member, told):
        if told.event_id == "event-0":
            raise ZeroDivisionError
        return real(member, told)

    with patch.object(apply_event, "apply_event", broken):
        assert call("events", *bodies) == [0]
    assert [stage.id_of(person) is not None for person in PEOPLE] == [True] * 8
    assert sum(member.joined_at == START for member in stage.engine.members.every()) == 7


def test_a_step_that_fails_does_not_hold_up_those_behind_it_in_its_message(stage):
    """The tick puts what is longest overdue first: a step that never works would block for ever."""
    real = send_step.compose_mail

    def broken(engine, member, *args):
        if member.attribute("email") == PEOPLE[0]["email"]:
            raise ZeroDivisionError
        return real(engine, member, *args)

    with patch.object(send_step, "compose_mail", broken):
        post(batch(*(event(member=person) for person in PEOPLE)))
        stage.world.run_now()
        stage.advance(hours=1)
    assert {received.mail.recipient for received in stage.received} == {
        person["email"] for person in PEOPLE[1:]
    }
    stage.advance(hours=1)
    assert len(stage.received) == 7


def test_when_the_store_gives_no_answer_the_message_comes_back_and_works_later(stage):
    post(event())
    [body] = queued_bodies(stage, "events")
    with patch.object(stage.engine.events, "find", side_effect=UnavailableError):
        assert call("events", body) == [0]
    assert call("events", body) == []
    assert stage.id_of()


def test_a_message_with_unknown_members_comes_back_and_the_known_ones_are_served(stage):
    stage.join()
    post(batch(event("app.installed", member=PEOPLE[0]), event("app.installed")))
    [body] = queued_bodies(stage, "events")
    assert call("events", body) == [0]
    assert "app_installed" in stage.profile().goals
    assert call("events", body, receives=4) == []
    assert [letter.attributes["event_id"] for letter in stage.dead_letters()] == ["event-0"]


def test_a_failure_is_logged_by_kind_and_place_and_never_by_content(stage, caplog):
    tags = {"eventType": "Bounce", "mail": {"tags": {"member": ["canary@example.com"]}}}
    call("feedback", "canary@example.com", "{" + json.dumps(tags))
    call("events", "canary@example.com")
    assert [record.message for record in caplog.records] == ["message failed"] * 3
    assert "canary" not in "".join(str(vars(record)) for record in caplog.records)


@pytest.mark.parametrize("name", HANDLERS)
def test_what_was_counted_is_written_at_the_end_of_each_invocation(stage, name):
    with patch.object(type(stage.engine.metrics), "flush") as flush:
        call(name, "garbage")
    assert flush.called


def test_a_queue_message_made_by_hand_from_a_parked_event_is_understood(stage):
    stage.tell("app.installed")
    stage.advance(hours=1)
    [letter] = stage.dead_letters()
    assert isinstance(stage.engine.event_queue.read(letter.body), EventBatch)
    stage.join(ANN, at=START + DAY)
    assert call("events", letter.body) == []
    assert "app_installed" in stage.profile().goals
