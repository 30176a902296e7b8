"""Replies that get lost around the one call, and claims that nobody settled: never twice."""

from dataclasses import replace

import pytest
from functional.worlds import DAY, MINUTE
from usecases.engines import (
    ann,
    enrolment,
    memory_engine,
    once_more,
    send,
    steps_mailed,
    tell,
    with_second_journey,
)
from usecases.test_explain import states
from usecases.test_send_step import ScriptedMailer, hear

from chalicelib.domain.enrolment import StepState
from chalicelib.domain.events import EventType
from chalicelib.domain.feedback import FeedbackKind
from chalicelib.domain.gifts import gifts_among
from chalicelib.domain.outcome import PATIENCE
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.audit import audit
from chalicelib.usecases.ports import Refusal, UnavailableError
from chalicelib.usecases.queue_due import queue_due
from chalicelib.usecases.send_step import Sent, Unsent
from chalicelib.usecases.unsubscribe import unsubscribe


class Faulty:
    """A port one of whose calls fails: ``after`` it was done, so that its reply is lost, or not."""

    def __init__(self, port, method, number, *, after):
        self._port, self._method, self._number, self._after = port, method, number, after
        self.calls = 0

    def __getattr__(self, name):
        function = getattr(self._port, name)
        if name != self._method:
            return function

        def call(*args, **kwargs):
            self.calls += 1
            if self.calls != self._number:
                return function(*args, **kwargs)
            if self._after:
                function(*args, **kwargs)
            raise UnavailableError("no answer")

        return call


def with_faulty(engine, method, number, *, after):
    faulty = Faulty(engine.enrolments, method, number, after=after)
    return replace(engine, enrolments=faulty)


def joined(*args, **ports):
    engine = memory_engine(*args, **ports)
    tell(engine)
    return engine


# The claim.


def test_a_claim_whose_reply_was_lost_is_looked_up_and_sent_once():
    engine = joined()
    assert isinstance(send(with_faulty(engine, "save", 1, after=True)), Sent)
    assert enrolment(engine).steps["welcome"].state is StepState.SENT
    assert enrolment(engine).step == "reminder"
    assert send(engine) is Unsent.NOT_DUE
    assert steps_mailed(engine) == ["welcome"]


def test_a_claim_that_was_not_made_is_not_sent_and_tried_again():
    engine = joined()
    with pytest.raises(UnavailableError):
        send(with_faulty(engine, "save", 1, after=False))
    assert steps_mailed(engine) == []
    send(engine)
    assert steps_mailed(engine) == ["welcome"]


def test_a_claim_that_can_not_be_looked_up_is_not_sent_and_given_up_in_the_end():
    engine = joined()
    unread = with_faulty(with_faulty(engine, "save", 1, after=True), "load", 1, after=False)
    with pytest.raises(UnavailableError):
        send(unread)
    assert send(engine) is Unsent.NOT_DUE
    engine.clock.advance(PATIENCE)
    assert audit(engine).claims_given_up == 1
    assert steps_mailed(engine) == []


# After the claim.


def test_a_claim_after_which_nothing_can_be_read_is_taken_back_and_tried_again():
    engine = joined()
    assert send(with_faulty(engine, "load_case", 2, after=False)) is Reason.UNAVAILABLE
    assert steps_mailed(engine) == []
    assert enrolment(engine).steps == {}
    assert queue_due(engine) == 1
    send(engine)
    assert steps_mailed(engine) == ["welcome"]


# The record.


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("answer", [None, "silent", Refusal.THROTTLED, Refusal.REFUSED])
def test_an_outcome_whose_record_got_no_reply_is_recorded_once(answer, after):
    plain = joined(mailer=ScriptedMailer(answer))
    send(plain)
    engine = joined(mailer=ScriptedMailer(answer))
    send(with_faulty(engine, "save", 2, after=after))
    ours, expected = enrolment(engine), enrolment(plain)
    assert {n: r.state for n, r in ours.steps.items()} == {
        n: r.state for n, r in expected.steps.items()
    }
    assert (ours.step, ours.due_at) == (expected.step, expected.due_at)
    assert engine.mailer.calls == 1


# One more attempt.


def unheard(*answers, change=once_more):
    """An engine whose first mail got no answer, after the night in which that is looked into."""
    engine = joined(change, mailer=ScriptedMailer("silent", *answers))
    send(engine)
    engine.clock.advance(PATIENCE)
    return engine


def test_a_step_that_says_so_is_sent_once_more_after_a_day_without_a_sign():
    engine = unheard()
    told = audit(engine)
    assert (told.claims_retried, told.claims_given_up) == (1, 0)
    assert queue_due(engine) == 1
    assert isinstance(send(engine), Sent)
    assert engine.mailer.calls == 2
    assert engine.metrics.counts["claims_retried"] == 1


def test_no_third_attempt_is_ever_made():
    engine = unheard("silent")
    for _ in range(40):
        audit(engine)
        queue_due(engine)
        send(engine)
        engine.clock.advance(DAY / 2)
    record = enrolment(engine).steps["welcome"]
    assert record.reason is Reason.OUTCOME_UNKNOWN
    assert record.attempt != record.former_attempt
    assert engine.mailer.calls == 3  # the welcome twice, and the reminder


def test_a_step_that_says_nothing_is_not_sent_again():
    engine = unheard(change=lambda programme: programme)
    assert audit(engine).claims_retried == 0
    assert send(engine) is Unsent.NOT_DUE
    assert engine.mailer.calls == 1


def test_word_of_the_first_attempt_makes_a_second_one_needless():
    engine = unheard()
    audit(engine)
    hear(engine, FeedbackKind.DELIVERED)
    assert enrolment(engine).steps["welcome"].state is StepState.SENT
    assert send(engine) is Unsent.NOT_DUE
    assert engine.mailer.calls == 1


def test_a_second_attempt_that_is_throttled_is_made_later_and_is_still_the_second():
    engine = unheard(Refusal.THROTTLED, "silent")
    audit(engine)
    first = enrolment(engine).steps["welcome"].attempt
    send(engine)
    assert enrolment(engine).steps["welcome"].state is StepState.RETRY
    engine.clock.advance(MINUTE)
    send(engine)
    assert enrolment(engine).steps["welcome"].former_attempt == first
    engine.clock.advance(PATIENCE)
    assert audit(engine).claims_given_up == 1


def test_a_member_who_declines_before_the_second_attempt_gets_none():
    engine = unheard()
    audit(engine)
    unsubscribe(engine, ann(engine))
    assert send(engine) is Unsent.NOT_DUE
    assert engine.mailer.calls == 1
    assert enrolment(engine).steps["welcome"].reason is Reason.OUTCOME_UNKNOWN


def test_a_goal_that_is_reached_before_the_second_attempt_is_paid_and_the_mail_is_not_sent():
    engine = joined(once_more)
    send(engine)
    engine.clock.advance(4 * DAY)
    silent = replace(engine, mailer=ScriptedMailer("silent"))
    send(silent, "reminder")
    engine.clock.advance(PATIENCE)
    audit(engine)
    tell(engine, EventType.ACCOUNT_REGISTERED)
    assert len(gifts_among(engine.memberships.every_posting())) == 1
    assert enrolment(engine).steps["reminder"].reason is Reason.OUTCOME_UNKNOWN
    assert silent.mailer.calls == 1


def test_both_attempts_count_towards_the_cap():
    engine = unheard(change=lambda programme: once_more(with_second_journey(programme)))
    audit(engine)
    send(engine)
    assert len(enrolment(engine).mailed_at()) == 2
    assert send(engine, "hello", "news") is Reason.FREQUENCY_CAP


def test_a_step_that_is_to_be_sent_once_more_is_explained_like_any_that_is_due():
    engine = unheard()
    audit(engine)
    assert states(engine)["welcome"] == ("due", None)


# What is gone.


def test_a_claim_in_a_journey_that_is_gone_from_the_programme_is_given_up():
    engine = joined(mailer=ScriptedMailer("silent"))
    send(engine)
    gone = replace(engine, programme=replace(engine.programme, journeys={}))
    assert audit(gone).claims_given_up == 0
    engine.clock.advance(PATIENCE)
    assert audit(gone).claims_given_up == 1
    assert enrolment(engine).steps["welcome"].reason is Reason.OUTCOME_UNKNOWN
    assert enrolment(engine).exit.reason is Reason.JOURNEY_CHANGED
    assert audit(gone).claims_given_up == 0


def test_feedback_settles_a_claim_in_a_journey_that_is_gone_from_the_programme():
    engine = joined(mailer=ScriptedMailer("lost"))
    send(engine)
    gone = replace(engine, programme=replace(engine.programme, journeys={}))
    hear(gone, FeedbackKind.DELIVERED)
    assert enrolment(engine).steps["welcome"].state is StepState.SENT


def test_a_claim_of_a_member_who_is_erased_is_given_up():
    engine = joined(mailer=ScriptedMailer("silent"))
    member_id = ann(engine)
    send(engine)
    engine.members.erase(member_id, engine.clock.now())
    engine.clock.advance(PATIENCE)
    assert audit(engine).claims_given_up == 1
    after = engine.enrolments.load(member_id, "welcome")
    assert after.steps["welcome"].reason is Reason.OUTCOME_UNKNOWN
    assert (after.exit.reason, after.due_at) == (Reason.ERASED, None)
