"""The whole way: mails are counted as they go out, and complaints stop their journey."""

from dataclasses import replace

import pytest
from functional.worlds import play

from chalicelib.domain.breaker import Breaker, DayCount
from chalicelib.observability import Line
from chalicelib.usecases.ports import UnavailableError

ANNA, BORIS, CLARA = (
    {"card": f"700000000{number}", "email": f"member{number}@example.com"} for number in range(3)
)


def few(programme):
    """Let one complaint in three mails, or more, be too many."""
    breaker = Breaker(complaints=0.3, bounces=0.6, mails=3)
    journeys = {n: replace(each, breaker=breaker) for n, each in programme.journeys.items()}
    return replace(programme, journeys=journeys)


def everyone_joins(stage):
    for member in (ANNA, BORIS, CLARA):
        stage.join(member)
    stage.advance(minutes=5)
    assert len(stage.mails) == 3


def lines(caplog, line):
    return [record for record in caplog.records if record.message == line]


@pytest.fixture
def logged(caplog, monkeypatch):
    monkeypatch.setattr("chalicelib.observability.logger.propagate", True)
    return caplog


@pytest.mark.parametrize("kind", ["memory", "moto"])
def test_a_journey_that_is_complained_about_pauses_itself_and_sends_nothing_more(kind):
    with play(kind, change=few) as stage:
        everyone_joins(stage)
        today = DayCount(day=stage.world.now().date(), mails=3)
        assert list(stage.engine.mail_counts.of("welcome", 0)) == [today]
        stage.hear("Complaint", stage.received[0])
        assert "1 complaints in 3 mails" in stage.engine.brakes.pauses().journeys["welcome"].why
        for member in (ANNA, BORIS, CLARA):
            stage.tell("account.registered", member)
        stage.advance(days=10)
        assert len(stage.mails) == 3
        stage.engine.brakes.resume("welcome")
        stage.advance(minutes=5)
        assert len(stage.mails) == 5  # Anna, who complained, gets none


def test_that_a_journey_paused_itself_is_told_with_its_reason_and_of_nobody(logged):
    with play(change=few) as stage:
        everyone_joins(stage)
        stage.hear("Complaint", stage.received[0])
        [told] = lines(logged, Line.BREAKER_TRIPPED)
    assert told.journey == "welcome"
    assert told.why.startswith("1 complaints in 3 mails since ")
    assert told.levelname == "WARNING"


def test_mails_that_can_not_be_counted_are_sent_all_the_same_and_only_once(logged):
    class Silent:
        def add(self, *_):
            raise UnavailableError("silence")

        def of(self, *_):
            return []

    with play(change=few) as stage:
        stage.use(mail_counts=Silent())
        everyone_joins(stage)
        stage.advance(minutes=30)
        assert len(stage.mails) == 3
        assert lines(logged, Line.MAILS_NOT_COUNTED)
