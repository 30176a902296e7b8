from dataclasses import replace

import pytest
from domain.builders import DAY, GOALS, NOW, STEP_NAMES, enrolment, enrolments, journey, record
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.enrolment import StepState
from chalicelib.domain.gifts import Grant, gifts_earned
from chalicelib.domain.journey import Gift, Step
from chalicelib.domain.reasons import Reason

GIFT = Gift(goal="account_registered", unit="redeemable", amount=500)
CHAIN = journey("welcome", Step(name="reminder", mail="reminder", gift=GIFT))
OPEN_OR_SENT = {StepState.SENDING, StepState.SENT, StepState.UNKNOWN, StepState.RETRY}


def reminded(state=StepState.SENT, reason=None, reached_at=NOW + DAY):
    steps = {"reminder": record(state, NOW, reason=reason)}
    goals = {"account_registered": reached_at} if reached_at else {}
    return enrolment(steps=steps, goals=goals)


def earned(known, goals=("account_registered",), now=NOW + 2 * DAY):
    return gifts_earned(CHAIN, known, now, goals)


eventful = enrolments(NOW, eventful=st.booleans())


@st.composite
def chains_with_gifts(draw):
    gifts = st.builds(Gift, goal=st.sampled_from(GOALS), unit=st.just("miles"), amount=st.just(5))
    steps = [Step(name=name, mail=name, gift=draw(st.none() | gifts)) for name in STEP_NAMES]
    return journey(*steps)


@given(chains_with_gifts(), eventful, st.sets(st.sampled_from(GOALS)))
def test_a_gift_is_earned_when_its_mail_may_have_gone_out_before_its_goal(chain, known, goals):
    given_for = {grant.source for grant in gifts_earned(chain, known, NOW, goals)}
    for step in chain.steps:
        mail = known.steps.get(step.name)
        held = mail and (mail.state in OPEN_OR_SENT or mail.reason is Reason.OUTCOME_UNKNOWN)
        reached_at = step.gift and known.goals.get(step.gift.goal)
        in_time = bool(held and reached_at and mail.at <= reached_at)
        is_due = in_time and step.gift.goal in goals
        assert (f"welcome.1.{step.name}" in given_for) == is_due


@given(chains_with_gifts(), eventful, st.integers(0, 400))
def test_the_same_gifts_under_the_same_keys_are_earned_whenever_it_is_asked(chain, known, days):
    first = gifts_earned(chain, known, NOW, GOALS)
    again = gifts_earned(chain, known, NOW + days * DAY, GOALS)
    assert [replace(grant, granted_at=NOW) for grant in again] == first
    assert len({grant.source for grant in first}) == len(first)


@given(chains_with_gifts(), eventful, st.sampled_from(GOALS), st.integers(1, 50))
def test_telling_a_goal_again_earns_nothing_new(chain, known, goal, days):
    told_again = known.reached({goal: NOW + 50 * DAY + days * DAY})
    if goal in known.goals:
        assert gifts_earned(chain, told_again, NOW, GOALS) == gifts_earned(chain, known, NOW, GOALS)


def test_a_grant_names_its_promise_and_not_the_event_that_redeems_it():
    assert earned(reminded()) == [
        Grant(
            member_id="m" * 26,
            source="welcome.1.reminder",
            unit="redeemable",
            amount=500,
            granted_at=NOW + 2 * DAY,
        )
    ]


def test_another_entry_into_the_journey_is_another_promise():
    assert earned(replace(reminded(), entry=2))[0].source == "welcome.2.reminder"


@pytest.mark.parametrize(
    "known",
    [
        enrolment(goals={"account_registered": NOW}),
        reminded(reached_at=None),
        reminded(reached_at=NOW - DAY),
        reminded(StepState.SKIPPED, Reason.GOAL_REACHED),
        reminded(StepState.FAILED, Reason.REFUSED),
        reminded(StepState.FAILED, Reason.NOT_RENDERED),
    ],
    ids=["no mail", "no goal", "goal before mail", "skipped", "refused", "not rendered"],
)
def test_nothing_is_earned_without_a_promise_before_the_deed(known):
    assert earned(known) == []


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (StepState.SENDING, None),
        (StepState.UNKNOWN, Reason.OUTCOME_OPEN),
        (StepState.FAILED, Reason.OUTCOME_UNKNOWN),
    ],
)
def test_a_promise_that_may_have_arrived_is_kept(state, reason):
    assert len(earned(reminded(state, reason))) == 1


def test_a_goal_at_the_moment_of_the_mail_earns_the_gift():
    assert len(earned(reminded(reached_at=NOW))) == 1


def test_only_gifts_for_the_goals_in_question_are_given():
    assert earned(reminded(), goals=["app_installed"]) == []
