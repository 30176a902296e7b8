"""Journeys that begin and end by what partners tell, also by what lets mails through again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from usecases.engines import START, ann, memory_engine, tell

from chalicelib.domain.events import EventType
from chalicelib.domain.journey import Exits
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.choose_preferences import turn_mails_on
from chalicelib.usecases.unsubscribe import unsubscribe

LATER = START + timedelta(hours=1)
ADDRESS = {"facts": {"email": "ann.after@example.com"}}
TOLD = [
    (EventType.MAIL_CONSENTED, {}),
    (EventType.MEMBER_UPDATED, ADDRESS),
    (EventType.MEMBER_UPDATED, {"facts": {"first_name": "Anna"}}),
    (EventType.ACCOUNT_REGISTERED, {}),
]


def engine_with(**changes):
    """The welcome journey, and one more that differs from it so."""

    def changed(programme):
        other = replace(programme.journeys["welcome"], name="other", **changes)
        return replace(programme, journeys={**programme.journeys, "other": other})

    engine = memory_engine(changed)
    tell(engine)
    return engine


def other(engine):
    return engine.enrolments.load(ann(engine), "other")


@pytest.mark.parametrize(("type_", "fields"), TOLD)
def test_a_journey_begins_by_the_event_that_it_names(type_, fields):
    engine = engine_with(entry_event=type_)
    assert other(engine) is None
    tell(engine, type_, at=LATER, **fields)
    assert other(engine).exit is None


@pytest.mark.parametrize(("type_", "fields"), TOLD)
def test_a_journey_ends_by_the_event_that_it_names(type_, fields):
    engine = engine_with(exits=Exits(on=(type_,)))
    assert other(engine).exit is None
    tell(engine, type_, at=LATER, **fields)
    assert other(engine).exit.reason is Reason.EXIT_EVENT


@pytest.mark.parametrize(("type_", "fields"), TOLD)
def test_who_can_be_mailed_again_has_not_joined_again(type_, fields):
    engine = engine_with(exits=Exits(on=(EventType.MEMBER_JOINED,)))
    tell(engine, type_, at=LATER, **fields)
    assert other(engine).exit is None


def test_who_turns_mails_on_has_not_joined_again():
    engine = engine_with(
        entry_event=EventType.APP_INSTALLED, exits=Exits(on=(EventType.MEMBER_JOINED,))
    )
    tell(engine, EventType.APP_INSTALLED, at=LATER)
    turn_mails_on(engine, ann(engine))
    assert other(engine).exit is None
    unsubscribe(engine, ann(engine))
    assert other(engine).exit.reason is Reason.DECLINED
