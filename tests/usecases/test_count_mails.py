"""A journey pauses itself when too many complain or bounce, at once, and never too late."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from usecases.engines import enrolment, key, memory_engine, send, steps_mailed, tell

from chalicelib.domain.breaker import Breaker, DayCount
from chalicelib.domain.feedback import Feedback, FeedbackKind
from chalicelib.usecases.count_mails import count_mails, trip_breaker
from chalicelib.usecases.ports import UnavailableError
from chalicelib.usecases.record_feedback import record_feedback

DAY = timedelta(days=1)
COUNTED = (FeedbackKind.COMPLAINED, FeedbackKind.HARD_BOUNCED)


def with_breaker(**bounds):
    breaker = Breaker(**bounds)

    def change(programme):
        journeys = {n: replace(each, breaker=breaker) for n, each in programme.journeys.items()}
        return replace(programme, journeys=journeys)

    return change


def mailed(**bounds):
    """An engine that has sent one mail of the welcome journey."""
    engine = memory_engine(with_breaker(**bounds))
    tell(engine)
    send(engine)
    assert steps_mailed(engine) == ["welcome"]
    return engine


def feedback(engine, kind=FeedbackKind.COMPLAINED, attempt=None, **fields):
    record = enrolment(engine).steps["welcome"]
    told = Feedback(
        kind=kind,
        key=key(engine),
        attempt=record.attempt if attempt is None else attempt,
        at=engine.clock.now(),
    )
    return replace(told, **fields)


def hear(engine, heard):
    why = trip_breaker(engine, heard)
    record_feedback(engine, heard)
    return why


def counts(engine, journey="welcome", series=0):
    return list(engine.mail_counts.of(journey, series))


def today(engine, **counted):
    return DayCount(day=engine.clock.now().date(), **counted)


def test_what_an_invocation_sent_is_counted_by_journey_and_day():
    engine = memory_engine()
    count_mails(engine, {"welcome": 3, "news": 1})
    count_mails(engine, {"welcome": 2})
    engine.clock.advance(DAY)
    count_mails(engine, {"welcome": 7})
    yesterday = replace(today(engine, mails=5), day=(engine.clock.now() - DAY).date())
    assert counts(engine) == [today(engine, mails=7), yesterday]
    assert [each.mails for each in counts(engine, "news")] == [1]


def test_an_invocation_that_sent_nothing_asks_nothing():
    count_mails(replace(memory_engine(), brakes=None, mail_counts=None), {})


@pytest.mark.parametrize("kind", FeedbackKind)
def test_only_complaints_and_hard_bounces_are_counted(kind):
    engine = mailed()
    assert hear(engine, feedback(engine, kind)) is None
    assert bool(counts(engine)) is (kind in COUNTED)


@pytest.mark.parametrize("kind", COUNTED)
def test_each_kind_counts_once_for_a_mail_however_often_it_is_told(kind):
    engine = mailed()
    for _ in range(3):
        hear(engine, feedback(engine, kind))
    [counted] = counts(engine)
    assert counted.complaints + counted.bounces == 1


def test_feedback_for_another_attempt_or_a_journey_that_is_gone_counts_nothing():
    engine = mailed()
    hear(engine, feedback(engine, attempt="another"))
    gone = replace(key(engine), journey="gone")
    hear(engine, feedback(engine, key=gone))
    unknown = replace(key(engine), member_id="z" * 26)
    hear(engine, feedback(engine, key=unknown))
    assert counts(engine) == counts(engine, "gone") == []


def test_whoever_dies_before_the_feedback_is_kept_counts_twice_and_never_not_at_all():
    engine = mailed()
    trip_breaker(engine, feedback(engine))
    hear(engine, feedback(engine))
    assert counts(engine) == [today(engine, complaints=2)]


def test_a_journey_pauses_itself_at_its_bound_and_says_why():
    engine = mailed(complaints=0.01, mails=100)
    count_mails(engine, {"welcome": 100})
    why = hear(engine, feedback(engine))
    assert why is not None
    assert "1 complaints in 100 mails" in why
    pause = engine.brakes.pauses().journeys["welcome"]
    assert (pause.since, pause.why) == (engine.clock.now(), why)
    assert engine.metrics.counts["breaker_tripped"] == 1


def test_below_its_bound_or_with_few_mails_it_goes_on():
    for mails in (99, 101):
        engine = mailed(complaints=0.01, mails=100)
        count_mails(engine, {"welcome": mails})
        assert hear(engine, feedback(engine)) is None
        assert engine.brakes.pauses().holding("welcome") is None


def test_complaints_about_one_journey_pause_no_other():
    engine = mailed(complaints=0.01, mails=1)
    count_mails(engine, {"welcome": 1, "news": 1})
    hear(engine, feedback(engine))
    assert set(engine.brakes.pauses().journeys) == {"welcome"}


def test_after_it_was_resumed_a_journey_is_counted_afresh():
    engine = mailed(complaints=0.01, bounces=0.01, mails=100)
    count_mails(engine, {"welcome": 100})
    hear(engine, feedback(engine))
    engine.brakes.resume("welcome")
    count_mails(engine, {"welcome": 99})
    assert hear(engine, feedback(engine, FeedbackKind.HARD_BOUNCED)) is None
    assert counts(engine, series=1) == [today(engine, mails=99, bounces=1)]
    assert engine.brakes.pauses().holding("welcome") is None


def test_a_journey_that_is_paused_already_keeps_its_first_reason():
    engine = mailed(complaints=0.01, bounces=0.01, mails=1)
    count_mails(engine, {"welcome": 1})
    first = hear(engine, feedback(engine))
    assert hear(engine, feedback(engine, FeedbackKind.HARD_BOUNCED)) is None
    assert engine.brakes.pauses().journeys["welcome"].why == first
    assert engine.metrics.counts["breaker_tripped"] == 1


class Failing:
    """A port whose n-th call has no answer, whether or not it had its effect."""

    def __init__(self, port, fails_at, *, applied):
        self.port, self.fails_at, self.applied, self.calls = port, fails_at, applied, 0

    def __getattr__(self, name):
        method = getattr(self.port, name)

        def call(*arguments):
            self.calls += 1
            fails = self.calls == self.fails_at
            if not fails or self.applied:
                answer = method(*arguments)
            if fails:
                raise UnavailableError(name)
            return answer

        return call


@given(
    port=st.sampled_from(["mail_counts", "brakes", "enrolments", "members"]),
    fails_at=st.integers(1, 6),
    applied=st.booleans(),
)
def test_whatever_call_fails_the_message_that_comes_again_pauses_the_journey(
    port, fails_at, applied
):
    engine = mailed(complaints=0.01, mails=100)
    count_mails(engine, {"welcome": 100})
    heard = feedback(engine)
    failing = replace(engine, **{port: Failing(getattr(engine, port), fails_at, applied=applied)})
    for _ in range(3):
        try:
            hear(failing, heard)
            break
        except UnavailableError:
            continue
    assert engine.brakes.pauses().holding("welcome")
    assert engine.metrics.counts["breaker_tripped"] >= 1
