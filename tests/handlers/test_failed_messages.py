"""What can't be done is parked with its reason or put again; nothing is lost, nothing raises."""

import json
from unittest.mock import patch

import pytest
from functional.worlds import ANN, batch, event, play, post
from handlers.test_partial_batch import HANDLERS, PEOPLE, call, call_in, queued_bodies
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import partner_events

from chalicelib.domain.parking import ParkReason, QueueName
from chalicelib.usecases import apply_event, send_step
from chalicelib.usecases.apply_event import RECEIVES_BEFORE_PARKING
from chalicelib.usecases.ports import EventBatch, SendBatch, UnavailableError
from chalicelib.world.ses_events import ses_event

LAST = RECEIVES_BEFORE_PARKING
GARBAGE = ["", "{", "[]", "null", "7", '"text"', "\x00", "\ud800", "[" * 100_000, "{}", "x" * 10**6]


@pytest.fixture
def stage():
    with play() as stage:
        yield stage


def letters(stage, queue="events"):
    return getattr(stage.world.substrate, queue).dead_letters()


def counts(stage):
    return stage.engine.metrics.counts


class Down:
    """A port of which nothing answers."""

    def __init__(self, error=UnavailableError):
        self.error = error

    def __getattr__(self, name):
        def call(*_args, **_kwargs):
            raise self.error(name)

        return call


class BrokenParking(Down):
    """Neither letters nor messages can be put."""


def breaking(event_id, error=ZeroDivisionError):
    """Let the rules fail at one event."""
    real = apply_event.apply_event

    def broken(member, told):
        if told.event_id == event_id:
            raise error
        return real(member, told)

    return patch.object(apply_event, "apply_event", broken)


# What can't be read.


@pytest.mark.parametrize("name", HANDLERS)
@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda body: f"{body[:6]!r}")
def test_garbage_is_parked_at_once_as_it_came(stage, name, garbage):
    assert call(name, garbage) == []
    [letter] = letters(stage, name)
    assert letter.body == garbage
    assert letter.attributes["reason"] == ParkReason.UNREADABLE
    assert letter.attributes["error"].partition(" at ")[0] in {"MessageError", "FeedbackError"}
    assert counts(stage)["parked_unreadable"] == 1


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(list(HANDLERS)),
    body=st.one_of(
        st.text(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "events",
                            "steps",
                            "eventType",
                            "mail",
                            "tags",
                            "Type",
                            "Message",
                            "bounce",
                        ]
                    )
                    | st.text(max_size=8),
                    inner,
                    max_size=5,
                )
            ),
            max_leaves=20,
        ).map(json.dumps),
    ),
    receives=st.integers(1, 6),
)
def test_no_body_makes_a_function_raise_or_a_message_stay(stage, name, body, receives):
    """It is nothing to us, and counted; or it is parked; or there was nothing in it to do."""
    before = len(letters(stage, name)) + counts(stage)["feedback_not_ours"]
    assert call(name, body, receives=receives) == []
    after = len(letters(stage, name)) + counts(stage)["feedback_not_ours"]
    assert after - before <= 1
    assert after > before or name != "feedback"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(told=st.lists(partner_events, min_size=1, max_size=3))
def test_no_event_whatever_its_fields_makes_the_function_raise(stage, told):
    body = stage.engine.event_queue.write(EventBatch(events=tuple(told)))
    assert call("events", body, receives=LAST) == []


def test_an_event_of_the_mail_service_in_an_envelope_of_its_topic_is_no_garbage(stage):
    envelope = {"Type": "Notification", "Message": json.dumps({"eventType": "Open", "mail": {}})}
    assert call("feedback", json.dumps(envelope)) == []
    assert letters(stage, "feedback") == []
    assert counts(stage)["feedback_not_ours"] == 1


@pytest.mark.parametrize(
    "tags",
    [
        {"member": ["ann@example.com"]},
        {"member": ["a" * 26 + "#"]},
        {"journey": ["we come#"]},
        {"step": ["x" * 300]},
        {"entry": ["0"]},
        {"attempt": ["ann@example.com"]},
    ],
)
def test_tags_that_are_like_ours_but_not_ours_are_no_names(stage, tags, caplog):
    """They would go into keys and into the log."""
    ours = {
        "member": ["a" * 26],
        "journey": ["welcome"],
        "entry": ["1"],
        "step": ["welcome"],
        "attempt": ["b" * 32],
    }
    mail = {"tags": {**ours, **tags}, "timestamp": "2027-03-01T07:00:00Z", "messageId": "m"}
    caplog.set_level("DEBUG", logger="milepost")
    assert call("feedback", json.dumps({"eventType": "Complaint", "mail": mail})) == []
    [letter] = letters(stage, "feedback")
    assert letter.attributes["reason"] == ParkReason.UNREADABLE
    assert "example.com" not in caplog.text + str(letter.attributes)


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_has_no_name_in_utc_is_unreadable(stage, time):
    mail = {"tags": {"member": ["a" * 26], "journey": ["welcome"], "entry": ["1"]}}
    mail["tags"] |= {"step": ["welcome"], "attempt": ["b" * 32]}
    told = {"eventType": "Open", "mail": mail, "open": {"timestamp": time}}
    assert call("feedback", json.dumps(told)) == []
    [letter] = letters(stage, "feedback")
    assert letter.attributes["reason"] == ParkReason.UNREADABLE


# What always fails.


def test_an_event_that_always_fails_is_parked_alone_at_the_last_receive(stage):
    """The others of its message were applied, and have no business among the dead letters."""
    post(batch(*(event(member=person) for person in PEOPLE)), "w7")
    [body] = queued_bodies(stage, "events")
    with breaking("event-3"):
        for receives in range(1, LAST):
            assert call("events", body, receives=receives) == [0]
            assert letters(stage) == []
        assert call("events", body, receives=LAST) == []
    [letter] = letters(stage)
    about = {name: letter.attributes[name] for name in ("reason", "event_id", "webhook_id")}
    assert about == {"reason": "failed", "event_id": "event-3", "webhook_id": "w7"}
    assert letter.attributes["error"].startswith("ZeroDivisionError at test_failed_messages.py:")
    [alone] = stage.engine.event_queue.read(letter.body).events
    assert alone.event_id == "event-3"
    assert counts(stage)["parked_failed"] == 1
    assert call("events", letter.body) == []
    assert stage.outcomes()["event-3"] == "applied"


def test_a_step_that_always_fails_is_parked_alone_and_is_still_due(stage):
    post(batch(*(event(member=person) for person in PEOPLE[:2])))
    stage.world._pump({QueueName.EVENTS})  # noqa: SLF001 - the tick is ours
    steps = [due.key for due in stage.engine.enrolments.due(0, stage.world.now(), 10)]
    body = stage.engine.send_queue.write(SendBatch(steps=tuple(steps)))
    real = send_step.compose_mail

    def broken(engine, member, *args):
        if member.member_id == steps[0].member_id:
            raise ZeroDivisionError
        return real(engine, member, *args)

    with patch.object(send_step, "compose_mail", broken):
        assert call("sends", body, receives=LAST) == []
    [letter] = letters(stage, "sends")
    assert letter.attributes["member_id"] == steps[0].member_id
    assert stage.engine.send_queue.read(letter.body).steps == (steps[0],)
    assert [due.key for due in stage.engine.enrolments.due(0, stage.world.now(), 10)] == [steps[0]]


def test_feedback_that_always_fails_is_parked_as_it_came(stage):
    stage.join()
    body = ses_event("Complaint", stage.received[0], stage.world.now())
    stage.use(members=Down(ZeroDivisionError))
    assert call("feedback", body, receives=LAST) == []
    [letter] = letters(stage, "feedback")
    assert letter.body == body
    assert letter.attributes["member_id"] == stage.received[0].mail.tags["member"]


# What only met services that did not answer.


@pytest.mark.parametrize("receives", [LAST, LAST + 1])
def test_an_event_that_only_met_outages_is_put_again_and_is_no_dead_letter(stage, receives):
    post(event())
    [body] = queued_bodies(stage, "events")
    events = stage.engine.events
    stage.use(events=Down())
    assert call("events", body, receives=receives) == []
    stage.use(events=events)
    assert letters(stage) == []
    assert counts(stage)["postponed"] == 1
    stage.world.run_now()
    assert stage.id_of()


def test_only_the_pieces_that_are_left_are_put_again(stage):
    post(batch(*(event(member=person) for person in PEOPLE)))
    [body] = queued_bodies(stage, "events")
    with breaking("event-2", UnavailableError):
        assert call("events", body, receives=LAST) == []
    [again] = queued_bodies(stage, "events")
    assert [each.event_id for each in stage.engine.event_queue.read(again).events] == ["event-2"]


def test_one_message_can_be_parked_in_part_and_put_again_in_part(stage):
    post(batch(*(event(member=person) for person in PEOPLE)))
    [body] = queued_bodies(stage, "events")
    with breaking("event-2", UnavailableError), breaking("event-5"):
        assert call("events", body, receives=LAST) == []
    assert [letter.attributes["event_id"] for letter in letters(stage)] == ["event-5"]
    assert len(queued_bodies(stage, "events")) == 1


def test_a_step_that_only_met_outages_is_left_to_the_next_tick(stage):
    stage.join()
    key = stage.enrolment().key("reminder")
    body = stage.engine.send_queue.write(SendBatch(steps=(key,)))
    stage.use(enrolments=Down())
    assert call("sends", body, receives=LAST) == []
    assert queued_bodies(stage, "sends") == letters(stage, "sends") == []


def test_however_long_an_outage_lasts_an_event_is_applied_when_it_is_over(stage):
    post(event())
    events = stage.engine.events
    stage.use(events=Down())
    stage.world.run_now()
    stage.advance(hours=6)
    stage.use(events=events)
    stage.advance(minutes=10)
    assert stage.id_of()
    assert letters(stage) == []
    assert counts(stage)["postponed"] > 10


def test_a_message_for_which_there_was_no_time_is_put_again_at_the_last_receive(stage):
    people = [{"card": f"70000001{n:02d}"} for n in range(30)]
    post(batch(*(event(member=person) for person in people)))
    bodies = queued_bodies(stage, "events")
    assert call_in(0, "events", *bodies, receives=LAST) == []
    again = [e for body in queued_bodies(stage, "events") for e in read(stage, body)]
    assert len(again) == 5
    assert letters(stage) == []


def read(stage, body):
    return stage.engine.event_queue.read(body).events


# When that can't be stored.


@pytest.mark.parametrize("receives", [LAST, LAST + 1])
def test_what_can_be_neither_parked_nor_put_again_comes_back(stage, receives):
    post(event())
    post(event(member=PEOPLE[1]), "w2")
    bodies = queued_bodies(stage, "events")
    stage.use(parking=BrokenParking())
    with breaking("w1"), breaking("w2", UnavailableError):
        back = call("events", *bodies, "garbage", receives=receives)
    assert sorted(back) == [0, 1, 2]
    assert counts(stage)["parked_failed"] == counts(stage)["postponed"] == 0


def test_a_letter_is_parked_once_however_often_its_message_is_in_the_batch(stage):
    assert call("events", "garbage", "garbage") == []
    assert len(letters(stage)) == 1


def test_the_log_says_what_becomes_of_a_message(stage, caplog):
    post(event())
    [body] = queued_bodies(stage, "events")
    with breaking("w1"):
        call("events", body)
        call("events", body, receives=LAST)
    with breaking("w1", UnavailableError):
        call("events", body, receives=LAST)
    told = [record.then for record in caplog.records if record.message == "message failed"]
    assert told == ["comes_back", "parked", "postponed"]
    assert ANN["email"] not in caplog.text
