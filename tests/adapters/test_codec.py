from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import event_batches, send_batches

from chalicelib.adapters import codec
from chalicelib.domain.events import EventType, PartnerEvent
from chalicelib.domain.feedback import StepKey
from chalicelib.usecases.ports import EventBatch, MessageError, SendBatch

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)


def an_event(**changes) -> PartnerEvent:
    fields = {
        "partner": "shop",
        "event_id": "1",
        "type": EventType.MEMBER_UPDATED,
        "occurred_at": NOW,
        "aliases": (),
    }
    return PartnerEvent(**(fields | changes))


@settings(max_examples=40)
@given(event_batches)
def test_events_are_read_as_they_were_written(batch):
    assert codec.load_events(codec.dump_events(batch)) == batch


@settings(max_examples=40)
@given(send_batches)
def test_steps_are_read_as_they_were_written(batch):
    assert codec.load_sends(codec.dump_sends(batch)) == batch


@given(st.text() | st.binary() | st.sampled_from(["[]", "0", '{"events": {}}', '{"steps": [1]}']))
def test_whatever_else_comes_is_refused(body):
    for load in (codec.load_events, codec.load_sends):
        with pytest.raises(MessageError, match="can't be read"):
            load(body)


def test_the_refusal_names_the_place_and_no_value():
    body = codec.dump_events(EventBatch(events=(an_event(event_id="canary"),)))
    broken = body.replace("member.updated", "canary")
    with pytest.raises(MessageError, match=r"events\.0\.type") as refusal:
        codec.load_events(broken)
    assert "canary" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_fields_that_a_later_version_adds_are_passed_over():
    body = codec.dump_events(EventBatch(events=(an_event(),)))
    assert codec.load_events(body.replace('{"partner"', '{"new": 1, "partner"')).events


def test_what_json_has_no_word_for_is_refused():
    with pytest.raises((TypeError, ValueError)):
        codec.dump_events(EventBatch(events=(an_event(facts={"tier": object()}),)))


@given(st.lists(st.integers(0, 200_000), max_size=8))
def test_no_body_is_larger_than_the_limit_and_nothing_is_lost(sizes):
    steps = tuple(
        StepKey(member_id="a", journey="j", entry=number, step="s" * size)
        for number, size in enumerate(sizes)
    )
    bodies = list(codec.send_bodies([SendBatch(steps=steps)]))
    assert all(len(body.encode()) <= codec.MAX_BODY_BYTES for body in bodies)
    read = [step for body in bodies for step in codec.load_sends(body).steps]
    assert tuple(read) == steps


def test_one_event_that_is_too_large_is_refused():
    event = an_event(facts={"first_name": "n" * codec.MAX_BODY_BYTES})
    with pytest.raises(MessageError, match="refuse it at the intake"):
        list(codec.event_bodies([EventBatch(events=(event,))]))
