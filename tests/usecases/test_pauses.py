"""A pause holds mails back and nothing else; what waited comes out paced and is asked anew."""

from dataclasses import replace

import pytest
from functional.worlds import DAY, MINUTE, START
from usecases.engines import (
    ann,
    enrolment,
    memory_engine,
    partner_event,
    send,
    steps_mailed,
    tell,
    with_second_journey,
)
from usecases.test_explain import story

from chalicelib.domain.brakes import Pause
from chalicelib.domain.events import EventType
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.apply_event import handle_event
from chalicelib.usecases.queue_due import queue_due
from chalicelib.usecases.send_step import Sent
from chalicelib.usecases.unsubscribe import unsubscribe

PAUSE = Pause(START, "a wrong link")


def paused(journey="welcome", change=lambda programme: programme):
    """An engine with Ann before her first mail, and the mails paused."""
    engine = memory_engine(change)
    tell(engine)
    engine.brakes.pause(journey, PAUSE)
    return engine


@pytest.mark.parametrize("journey", [None, "welcome"])
def test_a_paused_step_that_was_queued_already_is_not_sent_and_nothing_is_stored(journey):
    engine = paused(journey)
    before = enrolment(engine)
    assert send(engine) is Reason.PAUSED
    assert enrolment(engine) == before
    assert steps_mailed(engine) == []


@pytest.mark.parametrize("journey", [None, "welcome"])
def test_the_tick_passes_over_what_is_paused_and_finds_it_afterwards(journey):
    engine = paused(journey)
    for _ in range(3):
        assert queue_due(engine) == 0
        engine.clock.advance(MINUTE)
    engine.brakes.resume(journey)
    assert queue_due(engine) == 1
    assert isinstance(send(engine), Sent)


def test_another_journey_goes_on_even_when_the_paused_one_has_been_due_for_longer():
    engine = replace(paused("welcome", with_second_journey), sends_per_tick=1)
    assert queue_due(engine) == 1
    assert send(engine) is Reason.PAUSED
    assert isinstance(send(engine, "hello", "news"), Sent)


def test_what_is_paused_is_not_late():
    engine = paused()
    engine.clock.advance(5 * MINUTE)
    queue_due(engine)
    assert engine.metrics.counts["oldest_due_seconds"] == 0


def test_what_waited_is_asked_anew_when_it_goes_on():
    engine = paused()
    tell(engine, EventType.ACCOUNT_REGISTERED)
    unsubscribe(engine, ann(engine))
    engine.brakes.resume("welcome")
    assert queue_due(engine) == 0
    assert enrolment(engine).exit.reason is Reason.DECLINED
    assert steps_mailed(engine) == []


def test_steps_that_are_not_needed_any_more_are_skipped_during_a_pause():
    engine = paused()
    tell(engine, EventType.ACCOUNT_REGISTERED)
    assert enrolment(engine).steps["reminder"].reason is Reason.GOAL_REACHED
    assert enrolment(engine).step == "collect"
    assert send(engine) is Reason.PAUSED


def test_members_enter_during_a_pause_and_are_mailed_after_it():
    engine = memory_engine()
    engine.brakes.pause(None, PAUSE)
    tell(engine)
    assert enrolment(engine).due_at == START
    assert queue_due(engine) == 0
    engine.brakes.resume(None)
    assert queue_due(engine) == 1


def test_what_waited_comes_out_at_the_pace_of_the_ticks():
    engine = replace(memory_engine(), sends_per_tick=3)
    engine.brakes.pause("welcome", PAUSE)
    for number in range(8):
        card = f"70000001{number:02}"
        facts = {"channel": "offline", "card": card, "email": f"m{number}@example.com"}
        aliases = (alias_of(AliasType.CARD, card),)
        event = partner_event(event_id=card, aliases=aliases, facts=facts)
        handle_event(engine, event, 1)
    engine.clock.advance(DAY)
    engine.brakes.resume("welcome")
    assert queue_due(engine) == 3


@pytest.mark.parametrize("journey", [None, "welcome"])
def test_a_person_is_told_since_when_and_why_a_mail_is_paused(journey):
    engine = paused(journey)
    engine.clock.advance(DAY)
    told = story(engine).steps[0]
    assert (told.state, told.reason, told.at) == ("paused", Reason.PAUSED, START)
    assert told.why.endswith(": a wrong link")


def test_a_step_whose_wait_is_not_over_is_told_to_wait_as_if_there_were_no_pause():
    engine = memory_engine()
    tell(engine)
    send(engine)
    engine.brakes.pause("welcome", PAUSE)
    assert story(engine).steps[1].reason is Reason.WAIT_NOT_OVER
