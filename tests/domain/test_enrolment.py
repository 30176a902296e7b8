from dataclasses import replace

import pytest
from domain.builders import (
    DAY,
    GOALS,
    NOW,
    STEP_NAMES,
    enrolment,
    enrolments,
    journey,
    journeys,
    record,
)
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.arms import Arm
from chalicelib.domain.enrolment import Exit, StepState, enrol
from chalicelib.domain.journey import Step
from chalicelib.domain.reasons import Reason

TWO_STEPS = journey("welcome", Step(name="reminder", mail="reminder", wait=4 * DAY))


def test_a_member_enters_before_the_first_step_and_is_looked_at_at_once():
    late_start = journey(Step(name="welcome", mail="hello", wait=DAY), "reminder", version=7)
    entered = enrol(late_start, "m1", Arm.CONTROL, NOW)
    assert (entered.journey, entered.journey_version, entered.entry) == ("welcome", 7, 1)
    assert (entered.member_id, entered.arm, entered.entered_at) == ("m1", Arm.CONTROL, NOW)
    assert (entered.step, entered.ready_at, entered.due_at) == ("welcome", NOW + DAY, NOW)
    assert (entered.steps, entered.goals, entered.exit, entered.version) == ({}, {}, None, 0)


def test_a_claim_is_open_and_nothing_is_due_while_it_is():
    claimed = enrolment().claimed("a1", NOW)
    assert claimed.standing() == record(StepState.SENDING, attempt="a1")
    assert claimed.standing().state.open
    assert claimed.due_at is None
    assert claimed.mailed_at() == [NOW]


@given(enrolments(NOW))
def test_a_claim_that_is_taken_back_leaves_no_trace_and_is_due_again(known):
    if known.step and not known.standing():
        again = known.claimed("a1", NOW).released(NOW)
        assert again == replace(known, due_at=NOW)


def test_nobody_claims_or_passes_a_step_after_the_last():
    through = enrolment(step=None)
    with pytest.raises(ValueError, match="step"):
        through.claimed("a1", NOW)
    with pytest.raises(ValueError, match="step"):
        through.past_step(TWO_STEPS, record(), NOW)


def test_past_a_step_the_wait_of_the_next_one_begins():
    later = NOW + DAY
    moved = enrolment().past_step(TWO_STEPS, record(), later)
    assert (moved.step, moved.ready_at, moved.due_at) == ("reminder", later + 4 * DAY, later)
    assert moved.steps == {"welcome": record()}


@pytest.mark.parametrize("step", ["reminder", "removed"])
def test_past_the_last_step_or_one_that_is_gone_nothing_is_left(step):
    moved = enrolment(step).past_step(TWO_STEPS, record(), NOW)
    assert (moved.step, moved.due_at) == (None, None)


@given(st.lists(journeys(), min_size=1, max_size=6), enrolments(NOW))
def test_nobody_comes_to_a_step_twice_however_often_the_steps_are_reordered(versions, known):
    passed = []
    for number in range(20):
        if known.step is None:
            break
        passed.append(known.step)
        known = known.past_step(versions[number % len(versions)], record(), NOW)
        assert known.step not in known.steps
    assert len(passed) == len(set(passed))
    assert known.step is None


@given(enrolments(NOW), st.sampled_from(Reason), st.sampled_from(Reason))
def test_the_first_end_counts_and_nothing_is_due_after_it(known, first, second):
    ended = known.ended(first, NOW).ended(second, NOW + DAY)
    assert ended.exit == known.exit or ended.exit == Exit(first, NOW)
    assert ended.due_at is None
    assert ended == replace(known, exit=ended.exit, due_at=None)


@given(enrolments(NOW), st.sampled_from(GOALS), st.integers(-50, 50))
def test_a_goal_keeps_the_time_it_was_first_reached_even_after_the_end(known, goal, days):
    at = NOW + days * DAY
    reached = known.reached({goal: at})
    assert reached.goals == {**known.goals, goal: min(at, known.goals.get(goal, at))}
    assert reached.reached({goal: at}) == reached
    assert replace(reached, goals=known.goals) == known


@pytest.mark.parametrize(
    ("state", "reason", "may"),
    [
        (StepState.SENDING, None, True),
        (StepState.SENT, None, True),
        (StepState.UNKNOWN, None, True),
        (StepState.FAILED, Reason.OUTCOME_UNKNOWN, True),
        (StepState.FAILED, Reason.REFUSED, False),
        (StepState.FAILED, Reason.NOT_RENDERED, False),
        (StepState.SKIPPED, Reason.GOAL_REACHED, False),
    ],
)
def test_a_mail_may_be_with_the_member_unless_it_surely_is_not(state, reason, may):
    assert record(state, reason=reason).may_have_been_sent == may


@given(enrolments(NOW))
def test_a_member_was_mailed_when_a_mail_may_have_gone_out(known):
    may = [known.steps[name].at for name in STEP_NAMES if name in known.steps]
    surely_not = [r.at for r in known.steps.values() if not r.may_have_been_sent]
    assert sorted([*known.mailed_at(), *surely_not]) == sorted(may)


def test_only_sending_and_unknown_are_open():
    assert {state for state in StepState if state.open} == {StepState.SENDING, StepState.UNKNOWN}
