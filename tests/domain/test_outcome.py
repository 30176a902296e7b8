"""What an outcome, the audit and late feedback make of a claim, in every odd order."""

from dataclasses import replace
from datetime import timedelta

import pytest
from domain.builders import DAY, MINUTE, NOW, enrolment, journey, member, programme, record
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.decision import Leave, settle
from chalicelib.domain.enrolment import Exit, Shown, StepState
from chalicelib.domain.feedback import Feedback, FeedbackKind
from chalicelib.domain.journey import OnUnknown, Step
from chalicelib.domain.outcome import (
    PATIENCE,
    TAKEN_BACK,
    UNANSWERED,
    accepted,
    conclude,
    give_up,
    hear,
)
from chalicelib.domain.reasons import Reason

ONCE_MORE = journey(
    Step(name="welcome", mail="welcome", on_unknown=OnUnknown.RETRY_ONCE),
    Step(name="reminder", mail="reminder", wait=4 * DAY),
)
DROPPED = journey("welcome", Step(name="reminder", mail="reminder", wait=4 * DAY))
LATE = NOW + PATIENCE

FIRST, SECOND = Shown("first---", 1, (5,)), Shown("second--", 2, (7, 500))

tells_of_acceptance = st.sampled_from(sorted(set(FeedbackKind) - {FeedbackKind.REJECTED}))
open_claims = st.booleans()


def claimed(*, unanswered=False, chain=ONCE_MORE):
    claim = enrolment().claimed("a1", NOW, FIRST)
    return conclude(chain, claim, UNANSWERED, NOW) if unanswered else claim


def second_claim(*, unanswered=False):
    again = give_up(ONCE_MORE, claimed(), LATE).claimed("a2", LATE, SECOND)
    return conclude(ONCE_MORE, again, UNANSWERED, LATE) if unanswered else again


def heard(known, attempt, kind=FeedbackKind.DELIVERED, at=LATE):
    feedback = Feedback(kind=kind, key=known.key("welcome"), attempt=attempt, at=at, message_id="m")
    return hear(ONCE_MORE, known, feedback, at)


def welcome(known):
    return known.steps["welcome"]


@given(open_claims, st.timedeltas(timedelta(0), PATIENCE - timedelta(microseconds=1)))
def test_no_claim_is_touched_before_a_day_is_over(unanswered, after):
    for chain in (ONCE_MORE, DROPPED, None):
        claim = claimed(unanswered=unanswered, chain=chain)
        assert give_up(chain, claim, NOW + after) is claim


@given(open_claims)
def test_a_step_that_is_sent_at_most_once_is_given_up_and_the_next_one_comes(unanswered):
    after = give_up(DROPPED, claimed(unanswered=unanswered), LATE)
    assert (welcome(after).state, welcome(after).reason) == (
        StepState.FAILED,
        Reason.OUTCOME_UNKNOWN,
    )
    assert (after.step, after.ready_at) == ("reminder", LATE + 4 * DAY)


@given(open_claims)
def test_a_step_that_is_tried_once_more_is_due_at_once(unanswered):
    after = give_up(ONCE_MORE, claimed(unanswered=unanswered), LATE)
    assert (welcome(after).state, welcome(after).attempt) == (StepState.RETRY, "a1")
    assert (after.step, after.due_at) == ("welcome", LATE)
    assert give_up(ONCE_MORE, after, LATE + 9 * DAY) is after


@given(open_claims)
def test_the_second_attempt_has_a_day_of_its_own_and_is_the_last(unanswered):
    claim = second_claim(unanswered=unanswered)
    assert give_up(ONCE_MORE, claim, LATE + PATIENCE - MINUTE) is claim
    after = give_up(ONCE_MORE, claim, LATE + PATIENCE)
    assert welcome(after).reason is Reason.OUTCOME_UNKNOWN
    assert after.step == "reminder"


def test_a_claim_in_a_journey_that_was_left_is_never_followed_by_a_second_attempt():
    left = replace(claimed(), exit=Exit(Reason.DECLINED, NOW))
    assert welcome(give_up(ONCE_MORE, left, LATE)).state is StepState.FAILED


@pytest.mark.parametrize("chain", [None, journey("reminder")], ids=["journey", "step"])
def test_a_claim_of_what_is_gone_from_the_programme_is_given_up(chain):
    after = give_up(chain, claimed(), LATE)
    assert welcome(after).reason is Reason.OUTCOME_UNKNOWN
    chains = [chain] if chain else []
    ended, decision = settle(programme(*chains), after, member(), LATE)
    assert decision == Leave(Reason.JOURNEY_CHANGED)
    assert ended.due_at is None


@given(tells_of_acceptance)
def test_what_is_heard_of_the_first_attempt_stops_a_second_one_that_was_not_claimed(kind):
    after = heard(give_up(ONCE_MORE, claimed(), LATE), "a1", kind)
    assert (welcome(after).state, welcome(after).attempt) == (StepState.SENT, "a1")
    assert (after.step, after.ready_at) == ("reminder", LATE + 4 * DAY)


def test_a_first_attempt_that_was_rejected_after_all_is_not_followed_by_a_second_one():
    after = heard(give_up(ONCE_MORE, claimed(), LATE), "a1", FeedbackKind.REJECTED)
    assert (welcome(after).state, welcome(after).reason) == (StepState.FAILED, Reason.REFUSED)


@given(open_claims, tells_of_acceptance, st.sampled_from(["a1", "a2"]))
def test_what_is_heard_of_either_attempt_settles_the_second_claim(unanswered, kind, attempt):
    after = heard(second_claim(unanswered=unanswered), attempt, kind)
    assert (welcome(after).state, welcome(after).attempt) == (StepState.SENT, "a2")
    assert welcome(after).former_attempt == "a1"


@given(open_claims)
def test_that_the_first_attempt_was_rejected_says_nothing_of_the_second(unanswered):
    claim = second_claim(unanswered=unanswered)
    assert heard(claim, "a1", FeedbackKind.REJECTED) is claim


@given(st.sampled_from(["a1", "a2"]), tells_of_acceptance)
def test_late_feedback_sets_right_that_both_attempts_were_given_up(attempt, kind):
    given_up = give_up(ONCE_MORE, second_claim(), LATE + PATIENCE)
    after = heard(given_up, attempt, kind)
    assert welcome(after).state is StepState.SENT
    assert (after.step, after.ready_at) == (given_up.step, given_up.ready_at)


@given(st.sampled_from(["", "another"]), st.sampled_from(FeedbackKind))
def test_feedback_that_names_no_attempt_of_the_step_says_nothing(attempt, kind):
    skipped = enrolment(steps={"welcome": record(StepState.SKIPPED)}, step="reminder")
    for known in (claimed(), second_claim(), skipped):
        assert heard(known, attempt, kind) is known


def test_a_mail_is_on_show_from_its_claim_on_whatever_becomes_of_it():
    assert welcome(claimed()).on_show == FIRST
    assert welcome(claimed(unanswered=True)).on_show == FIRST
    assert welcome(heard(claimed(), "a1")).on_show == FIRST
    assert welcome(give_up(ONCE_MORE, claimed(), LATE)).on_show == FIRST
    assert welcome(give_up(DROPPED, claimed(chain=DROPPED), LATE)).on_show == FIRST


def test_while_no_mail_of_a_step_tried_twice_is_known_to_be_out_the_first_is_on_show():
    assert welcome(second_claim()).on_show == FIRST
    assert welcome(second_claim(unanswered=True)).on_show == FIRST
    given_up = give_up(ONCE_MORE, second_claim(), LATE + PATIENCE)
    assert welcome(given_up).on_show == FIRST


@given(tells_of_acceptance)
def test_the_attempt_that_is_first_known_to_be_out_is_on_show(kind):
    for attempt, shown in (("a1", FIRST), ("a2", SECOND)):
        known = heard(second_claim(), attempt, kind)
        assert welcome(known).on_show == shown
        other = "a2" if attempt == "a1" else "a1"
        assert welcome(heard(known, other, kind)).on_show == shown


@given(tells_of_acceptance)
def test_late_word_of_the_first_attempt_puts_it_on_show_when_both_were_given_up(kind):
    given_up = give_up(ONCE_MORE, second_claim(), LATE + PATIENCE)
    assert welcome(heard(given_up, "a1", kind)).on_show == FIRST
    assert welcome(heard(given_up, "a2", kind)).on_show == SECOND


def test_a_second_attempt_that_is_accepted_is_on_show():
    sent = conclude(ONCE_MORE, second_claim(), accepted("m2"), LATE)
    assert welcome(sent).on_show == SECOND


def test_a_second_attempt_that_was_taken_back_leaves_the_first_on_show():
    released = conclude(ONCE_MORE, second_claim(), TAKEN_BACK, LATE)
    assert welcome(released).on_show == FIRST
    assert welcome(released.claimed("a3", LATE, SECOND)).former_shown == FIRST
