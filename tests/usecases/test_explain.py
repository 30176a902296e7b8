"""For every step of every member a state, and a sentence that says why."""

from dataclasses import replace

import pytest
from functional.worlds import ANN, DAY, START
from usecases.engines import (
    ann,
    enrolment,
    everyone_treated,
    memory_engine,
    send,
    tell,
    with_second_journey,
)
from usecases.test_send_step import ScriptedMailer

from chalicelib.domain.enrolment import StepState
from chalicelib.domain.events import EventType
from chalicelib.domain.feedback import FeedbackKind
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.explain import explain, find_member
from chalicelib.usecases.ports import Refusal
from chalicelib.usecases.unsubscribe import unsubscribe

STEPS = ["welcome", "reminder", "collect", "questionnaire", "app"]


def story(engine, journey="welcome"):
    [told] = [told for told in explain(engine, ann(engine)) if told.journey == journey]
    for step in told.steps:
        assert step.state
        assert step.why.strip()
        assert step.why[0].islower()
    return told


def states(engine):
    return {step.step: (str(step.state), step.reason) for step in story(engine).steps}


def joined(*args, **ports):
    engine = memory_engine(*args, **ports)
    tell(engine)
    return engine


def held_out(programme):
    journeys = {n: replace(j, holdout=1.0) for n, j in everyone_treated(programme).journeys.items()}
    return replace(programme, journeys=journeys)


def test_a_member_who_was_let_in_just_now_has_one_step_due_and_the_others_ahead():
    told = story(joined())
    assert [step.step for step in told.steps] == STEPS
    assert [step.state for step in told.steps] == ["due", *["ahead"] * 4]
    assert (told.arm, told.ended, told.entered_at) == ("treated", None, START)
    assert told.steps[0].at == START


def test_a_sent_mail_a_wait_and_what_is_ahead():
    engine = joined()
    send(engine)
    told = states(engine)
    assert told["welcome"] == ("sent", None)
    assert told["reminder"] == ("waiting", Reason.WAIT_NOT_OVER)
    assert told["collect"] == ("ahead", None)
    assert story(engine).steps[1].at == START + 4 * DAY


def test_a_member_of_the_control_group_is_told_to_be_one_step_by_step():
    told = states(joined(held_out))
    assert set(told.values()) == {("not sent", Reason.CONTROL_GROUP)}
    assert list(told) == STEPS


def test_skipped_steps_say_why_they_were_not_needed():
    engine = joined()
    send(engine)
    tell(engine, EventType.ACCOUNT_REGISTERED)
    told = states(engine)
    assert told["reminder"] == ("skipped", Reason.GOAL_REACHED)
    assert told["collect"] == ("due", None)


def test_steps_that_are_not_for_this_member_say_so():
    engine = memory_engine()
    tell(engine, facts={**ANN, "channel": "online"})
    told = states(engine)
    assert told["welcome"] == told["reminder"] == ("skipped", Reason.CONDITION_NOT_MET)


def test_a_step_that_waits_for_something_to_happen_says_so():
    engine = joined()
    send(engine)
    engine.clock.advance(4 * DAY)
    send(engine, "reminder")
    assert states(engine)["collect"] == ("waiting", Reason.CONDITION_AWAITED)
    assert story(engine).steps[2].at is None


def test_a_mail_held_back_by_night_says_so():
    engine = memory_engine()
    engine.clock.advance(DAY / 2)
    tell(engine)
    told = story(engine).steps[0]
    assert (told.state, told.reason) == ("waiting", Reason.QUIET_HOURS)
    assert told.at > engine.clock.now()


def test_a_mail_held_back_by_the_cap_says_so():
    engine = joined(with_second_journey)
    send(engine)
    [told] = story(engine, "news").steps
    assert (told.state, told.reason) == ("waiting", Reason.FREQUENCY_CAP)
    assert told.at == START + DAY


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        ("silent", StepState.UNKNOWN, Reason.OUTCOME_OPEN),
        (Refusal.REFUSED, StepState.FAILED, Reason.REFUSED),
    ],
)
def test_a_mail_that_was_not_accepted_says_why(answer, state, reason):
    engine = joined(mailer=ScriptedMailer(answer))
    send(engine)
    assert states(engine)["welcome"] == (state, reason)


def test_a_mail_under_way_is_told_to_be():
    engine = joined()
    claimed = enrolment(engine).claimed("attempt1", engine.clock.now())
    assert engine.enrolments.save(claimed)
    assert states(engine)["welcome"] == ("sending", None)


def test_a_member_who_left_the_mails_sees_what_was_sent_and_why_the_rest_was_not():
    engine = joined()
    send(engine)
    unsubscribe(engine, ann(engine))
    told = states(engine)
    assert told.pop("welcome") == ("sent", None)
    assert set(told.values()) == {("not sent", Reason.DECLINED)}
    assert story(engine).ended is Reason.DECLINED


def test_a_finished_journey_has_nothing_left_to_explain():
    engine = joined()
    for event in (EventType.ACCOUNT_REGISTERED, EventType.PROFILE_COMPLETED):
        tell(engine, event)
    tell(engine, EventType.APP_INSTALLED)
    assert story(engine).ended is Reason.GOAL_REACHED
    assert set(story(engine).goals) == {"account_registered", "home_airport_given", "app_installed"}


def test_feedback_and_goals_are_told_with_their_times():
    engine = joined()
    send(engine)
    record = enrolment(engine).steps["welcome"]
    heard = replace(record, feedback={FeedbackKind.OPENED: START + DAY})
    engine.enrolments.save(enrolment(engine).with_record("welcome", heard))
    assert story(engine).steps[0].feedback == {"opened": START + DAY}


@pytest.mark.parametrize("name", ["7000000001", "ann@example.com", "ANN@EXAMPLE.COM "])
def test_a_member_is_found_by_any_name(name):
    engine = joined()
    assert find_member(engine, name) == ann(engine)
    assert find_member(engine, ann(engine)) == ann(engine)


@pytest.mark.parametrize("name", ["", "nobody@example.com", "+74951234567", "<script>", "x" * 1000])
def test_an_unknown_name_finds_nobody(name):
    assert find_member(joined(), name) is None


def test_a_member_whom_nobody_knows_has_no_story():
    assert explain(memory_engine(), "z" * 26) is None


def test_a_member_who_is_in_no_journey_has_an_empty_story():
    engine = memory_engine()
    tell(engine, facts={"channel": "offline"})
    assert explain(engine, ann(engine)) == []


def test_every_reason_has_a_sentence():
    assert all(reason.explanation for reason in Reason)
