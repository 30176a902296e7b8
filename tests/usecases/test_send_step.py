"""Every answer of the mail service, and what becomes of the step, the next one and the gift."""

from dataclasses import replace
from datetime import timedelta

import pytest
from functional.worlds import DAY, MINUTE
from usecases.engines import (
    ann,
    enrolment,
    key,
    memory_engine,
    send,
    steps_mailed,
    tell,
    with_second_journey,
)

from chalicelib.adapters.memory_mailer import MemoryMailer
from chalicelib.domain.enrolment import StepState
from chalicelib.domain.events import EventType
from chalicelib.domain.feedback import Feedback, FeedbackKind
from chalicelib.domain.gifts import gifts_among
from chalicelib.domain.outcome import (
    ACCOUNT_REFUSED,
    NOT_RENDERED,
    PATIENCE,
    REFUSED,
    THROTTLED,
    UNANSWERED,
)
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.audit import audit
from chalicelib.usecases.ports import Refusal, UnavailableError
from chalicelib.usecases.queue_due import queue_due
from chalicelib.usecases.record_feedback import record_feedback
from chalicelib.usecases.send_step import Sent, Unsent, send_step


class ScriptedMailer(MemoryMailer):
    """Answers as told, one answer a call, and then as a mail service should.

    ``lost``: it takes the mail over and the answer gets lost; ``silent``: nothing happens.
    """

    def __init__(self, *answers):
        super().__init__()
        self.answers = list(answers)
        self.calls = 0

    def send(self, mail):
        self.calls += 1
        answer = self.answers.pop(0) if self.answers else None
        if answer == "lost":
            super().send(mail)
        if answer in ("lost", "silent"):
            raise UnavailableError("no answer")
        return answer or super().send(mail)


def engine_with(*answers):
    engine = memory_engine(mailer=ScriptedMailer(*answers))
    tell(engine)
    return engine


def hear(engine, kind, step="welcome"):
    heard = Feedback(
        kind=kind,
        key=key(engine, step),
        attempt=enrolment(engine).steps[step].attempt,
        at=engine.clock.now(),
        message_id="told-by-feedback",
    )
    record_feedback(engine, heard)


@pytest.mark.parametrize("answer", ["lost", "silent"])
def test_a_send_without_an_answer_is_never_made_again(answer):
    engine = engine_with(answer)
    assert send(engine) == Sent(UNANSWERED)
    for _ in range(50):
        engine.clock.advance(timedelta(hours=13))
        queue_due(engine)
        send(engine)
        audit(engine)
    assert engine.mailer.calls == 2  # the welcome and, after it was given up, the reminder
    assert enrolment(engine).steps["welcome"].reason is Reason.OUTCOME_UNKNOWN


def test_a_send_without_an_answer_is_settled_by_its_delivery_and_the_chain_goes_on():
    engine = engine_with("lost")
    send(engine)
    assert enrolment(engine).steps["welcome"].state is StepState.UNKNOWN
    assert enrolment(engine).due_at is None
    engine.clock.advance(timedelta(hours=1))
    hear(engine, FeedbackKind.DELIVERED)
    record = enrolment(engine).steps["welcome"]
    assert (record.state, record.reason) == (StepState.SENT, None)
    assert record.message_id == "told-by-feedback"
    assert enrolment(engine).due_at == engine.clock.now() + 4 * DAY


def test_a_send_without_an_answer_is_given_up_after_a_day_and_the_chain_goes_on():
    engine = engine_with("silent")
    send(engine)
    engine.clock.advance(PATIENCE - MINUTE)
    assert audit(engine).claims_given_up == 0
    engine.clock.advance(MINUTE)
    assert audit(engine).claims_given_up == 1
    assert enrolment(engine).steps["welcome"].state is StepState.FAILED
    assert enrolment(engine).due_at == engine.clock.now() + 4 * DAY


def test_a_delivery_that_is_told_after_the_send_was_given_up_sets_it_right():
    engine = engine_with("lost")
    send(engine)
    engine.clock.advance(2 * PATIENCE)
    audit(engine)
    standing = enrolment(engine)
    hear(engine, FeedbackKind.DELIVERED)
    assert enrolment(engine).steps["welcome"].state is StepState.SENT
    assert (enrolment(engine).step, enrolment(engine).ready_at) == (
        standing.step,
        standing.ready_at,
    )


@pytest.mark.parametrize("answer", ["lost", "silent"])
def test_a_gift_of_a_mail_that_may_have_arrived_is_paid(answer):
    engine = engine_with()
    send(engine)
    engine.clock.advance(4 * DAY)
    engine.mailer.answers = [answer]
    send(engine, "reminder")
    tell(engine, EventType.ACCOUNT_REGISTERED)
    assert len(gifts_among(engine.memberships.every_posting())) == 1


def test_a_gift_of_a_mail_that_surely_did_not_go_out_is_not_owed():
    engine = engine_with()
    send(engine)
    engine.clock.advance(4 * DAY)
    engine.mailer.answers = [Refusal.REFUSED]
    send(engine, "reminder")
    tell(engine, EventType.ACCOUNT_REGISTERED)
    assert gifts_among(engine.memberships.every_posting()) == []


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [(Refusal.THROTTLED, THROTTLED), (Refusal.ACCOUNT_REFUSED, ACCOUNT_REFUSED)],
)
def test_a_send_that_was_not_for_now_is_due_again_at_once_and_goes_out_once(refusal, outcome):
    engine = engine_with(refusal, refusal)
    for _ in range(2):
        assert send(engine) == Sent(outcome)
        assert enrolment(engine).due_at == engine.clock.now()
        assert enrolment(engine).steps == {}
        engine.clock.advance(MINUTE)
        assert queue_due(engine) == 1
    send(engine)
    send(engine)
    assert steps_mailed(engine) == ["welcome"]


def test_feedback_on_an_attempt_that_was_taken_back_is_not_taken_for_the_next_one():
    engine = engine_with(Refusal.THROTTLED)
    send(engine)
    send(engine)
    stale = Feedback(
        kind=FeedbackKind.REJECTED, key=key(engine), attempt="of-old", at=engine.clock.now()
    )
    record_feedback(engine, stale)
    assert enrolment(engine).steps["welcome"].state is StepState.SENT


def test_a_throttled_step_is_skipped_when_its_goal_is_reached_meanwhile():
    engine = engine_with(Refusal.THROTTLED)
    send(engine)
    tell(engine, EventType.ACCOUNT_REGISTERED)
    assert enrolment(engine).steps["welcome"].reason is Reason.GOAL_REACHED
    send(engine)
    assert steps_mailed(engine) == ["collect"]


def test_a_refused_mail_fails_its_step_and_the_chain_goes_on():
    engine = engine_with(Refusal.REFUSED)
    assert send(engine) == Sent(REFUSED)
    record = enrolment(engine).steps["welcome"]
    assert (record.state, record.reason) == (StepState.FAILED, Reason.REFUSED)
    engine.clock.advance(4 * DAY)
    send(engine, "reminder")
    assert steps_mailed(engine) == ["reminder"]


def test_a_mail_that_cannot_be_made_fails_its_step_and_the_chain_goes_on():
    engine = memory_engine()
    tell(engine, facts={"channel": "offline", "email": "ann..x@example.com"})
    assert send(engine) == Sent(NOT_RENDERED)
    record = enrolment(engine).steps["welcome"]
    assert (record.state, record.reason) == (StepState.FAILED, Reason.NOT_RENDERED)
    tell(engine, EventType.MEMBER_UPDATED, facts={"email": "ann@example.com"})
    engine.clock.advance(4 * DAY)
    send(engine, "reminder")
    assert steps_mailed(engine) == ["reminder"]


def test_a_mail_that_cannot_be_made_leaves_the_enrolment_alone_when_an_event_was_quicker():
    engine = memory_engine()
    tell(engine, facts={"channel": "offline", "email": "ann..x@example.com"})

    class Quicker:
        """The address is mended while the mail is composed."""

        def attempt(self):
            tell(engine, EventType.MEMBER_UPDATED, facts={"email": "ann@example.com"})
            return "attempt1"

    send(replace(engine, ids=Quicker()))
    assert enrolment(engine).steps == {}
    send(engine)
    assert steps_mailed(engine) == ["welcome"]


def test_a_mail_that_cannot_be_made_does_not_settle_the_claim_of_another_sender():
    engine = engine_with("silent")
    tell(engine, EventType.MEMBER_UPDATED, facts={"email": "ann..x@example.com"})

    class Quicker:
        """The address is mended, and another sender's call is under way, meanwhile."""

        def attempt(self):
            tell(engine, EventType.MEMBER_UPDATED, event_id="e2", facts={"email": "a@example.com"})
            send(engine)
            return "attempt1"

    send(replace(engine, ids=Quicker()))
    assert engine.mailer.calls == 1
    assert enrolment(engine).steps["welcome"].state is StepState.UNKNOWN


def test_a_step_of_a_journey_that_is_gone_is_ended_and_never_sent():
    engine = memory_engine()
    tell(engine)
    gone = replace(engine, programme=replace(engine.programme, journeys={}))
    assert send(gone) is Reason.JOURNEY_CHANGED
    assert steps_mailed(engine) == []
    assert enrolment(engine).exit.reason is Reason.JOURNEY_CHANGED
    assert queue_due(engine) == 0


def test_the_recipient_is_written_as_the_mail_service_takes_it():
    engine = memory_engine()
    tell(engine, facts={"channel": "offline", "email": "anna@почта.рф"})
    send(engine)
    [mail] = engine.mailer.outbox.values()
    assert mail.recipient == "anna@xn--80a1acny.xn--p1ai"


def test_an_event_between_load_and_claim_makes_the_claim_fail_and_the_newer_facts_win():
    engine = memory_engine()
    tell(engine)

    class Quicker:
        """The member registers while the mail is composed."""

        def attempt(self):
            tell(engine, EventType.ACCOUNT_REGISTERED)
            return "attempt1"

    assert send(replace(engine, ids=Quicker())) is Unsent.CLAIM_LOST
    assert steps_mailed(engine) == []
    send(engine)
    assert steps_mailed(engine) == ["collect"]


def test_a_step_that_is_not_due_yet_waits_however_often_it_is_asked_for():
    engine = engine_with()
    send(engine)
    for _ in range(3):
        assert send(engine, "reminder") is Unsent.NOT_DUE
        engine.clock.advance(DAY)
    assert steps_mailed(engine) == ["welcome"]


def test_a_member_who_is_gone_gets_nothing():
    engine = memory_engine()
    tell(engine)
    gone = replace(key(engine), member_id="z" * 26)
    assert send_step(engine, gone) is Unsent.NOT_DUE


def test_quiet_hours_hold_a_mail_back_until_the_members_own_morning():
    engine = memory_engine()
    engine.clock.advance(timedelta(hours=12))  # seven in the evening in London, ten in Moscow
    tell(engine)
    assert send(engine) is Unsent.NOT_DUE
    assert enrolment(engine).due_at == engine.clock.now() + timedelta(hours=11)
    tell(engine, EventType.MEMBER_UPDATED, facts={"home_airport": "LHR"})
    send(engine)
    assert steps_mailed(engine) == ["welcome"]


def test_steps_that_were_skipped_do_not_count_towards_the_cap():
    """Welcome and reminder are not for online members: nothing was mailed yet."""
    engine = memory_engine(with_second_journey)
    tell(engine, facts={"channel": "online", "email": "ann@example.com"})
    assert isinstance(send(engine, "collect"), Sent)
    assert steps_mailed(engine) == ["collect"]


def test_a_second_journey_waits_for_the_cap_and_then_goes_on():
    engine = memory_engine(with_second_journey)
    tell(engine)
    send(engine)
    assert send(engine, "hello", "news") is Reason.FREQUENCY_CAP
    assert enrolment(engine, "news").due_at == engine.clock.now() + DAY
    engine.clock.advance(DAY)
    send(engine, "hello", "news")
    assert steps_mailed(engine) == ["welcome", "hello"]


def test_a_claim_that_died_still_counts_towards_the_cap_of_the_other_journey():
    engine = memory_engine(with_second_journey, mailer=ScriptedMailer("silent"))
    tell(engine)
    send(engine)
    assert send(engine, "hello", "news") is Reason.FREQUENCY_CAP


def test_a_member_of_the_control_group_is_never_due():
    engine = memory_engine(
        lambda programme: replace(
            programme,
            journeys={n: replace(j, holdout=1.0) for n, j in programme.journeys.items()},
        )
    )
    tell(engine)
    assert enrolment(engine).exit.reason is Reason.CONTROL_GROUP
    assert queue_due(engine) == 0
    assert send(engine) is Unsent.NOT_DUE
    assert ann(engine)
