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


def test_past_the_last_step_nothing_is_left():
    moved = enrolment("reminder").past_step(TWO_STEPS, record(), NOW)
    assert (moved.step, moved.due_at) == (None, None)


@pytest.mark.parametrize(("step", "chain"), [("removed", TWO_STEPS), ("welcome", None)])
def test_where_a_step_or_its_journey_is_gone_nobody_comes_past_it(step, chain):
    moved = enrolment(step).past_step(chain, record(), NOW)
    assert (moved.step, moved.due_at) == (step, NOW)
    assert moved.steps == {step: record()}


@given(st.lists(journeys(), min_size=1, max_size=6), enrolments(NOW))
def test_nobody_comes_to_a_step_twice_however_often_the_steps_are_reordered(versions, known):
    passed = []
    for number in range(20):
        version = versions[number % len(versions)]
        if known.step is None or version.step(known.step) is None:
            break  # at a step that is gone the journey ends
        passed.append(known.step)
        known = known.past_step(version, record(), NOW)
        assert known.step not in known.steps
    else:
        pytest.fail("there is no end to it")
    assert len(passed) == len(set(passed))


@given(enrolments(NOW), st.sampled_from(Reason), st.sampled_from(Reason))
def test_the_first_end_counts_and_nothing_is_due_after_it(known, first, second):
    ended = known.ended(first, NOW).ended(second, NOW + DAY)
    assert ended.exit == known.exit or ended.exit == Exit(first, NOW)
    assert ended.due_at is None
    assert ended == replace(known, exit=ended.exit, due_at=None, steps=ended.steps)


@given(enrolments(NOW), st.sampled_from(Reason))
def test_an_end_gives_up_what_was_to_be_sent_once_more_and_nothing_else(known, reason):
    ended = known.ended(reason, NOW)
    for name, before in known.steps.items():
        to_be_retried = name == known.step and before.state is StepState.RETRY
        assert ended.steps[name] == (before.given_up() if to_be_retried else before)


def test_a_second_attempt_that_is_taken_back_is_still_to_be_made_and_the_first_is_known():
    first = enrolment(steps={"welcome": record(StepState.UNKNOWN, attempt="a1").retried()})
    second = first.claimed("a2", NOW + DAY)
    claim = second.standing()
    assert (claim.former_attempt, claim.former_at, claim.first_at) == ("a1", NOW, NOW)
    assert sorted(second.mailed_at()) == [NOW, NOW + DAY]
    assert second.released(NOW + DAY) == replace(first, due_at=NOW + DAY)


def test_a_second_attempt_that_was_refused_leaves_the_first_one_possible():
    refused = record(
        StepState.FAILED, NOW + DAY, reason=Reason.REFUSED, former_attempt="a1", former_at=NOW
    )
    assert refused.mailed_at() == [NOW]
    assert refused.may_have_been_sent


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
        (StepState.RETRY, Reason.OUTCOME_OPEN, True),
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


def test_a_step_is_settled_unless_a_claim_is_open_or_another_is_to_come():
    unsettled = {state for state in StepState if not state.settled}
    assert unsettled == {StepState.SENDING, StepState.UNKNOWN, StepState.RETRY}
