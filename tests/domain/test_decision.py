from collections import defaultdict
from dataclasses import replace
from datetime import time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from domain.builders import (
    DAY,
    GOALS,
    NOW,
    STEP_NAMES,
    always,
    enrolment,
    journey,
    lately,
    member,
    near,
    never,
    open_situations,
    programme,
    quiet_hours,
    quiet_hours_around,
    record,
    situations,
    spans,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.arms import Arm
from chalicelib.domain.brakes import Pause, Pauses
from chalicelib.domain.contact_rules import FrequencyCap, QuietHours
from chalicelib.domain.decision import Leave, Send, Skip, Wait, decide, settle, why_not_mailable
from chalicelib.domain.enrolment import Exit, StepState
from chalicelib.domain.journey import Step
from chalicelib.domain.member import Consent, ConsentStatus, Suppression, SuppressionCause
from chalicelib.domain.reasons import Reason

MICROSECOND = timedelta(microseconds=1)


def settled(situation):
    return settle(*situation.arguments)


# Every state has one answer.


@given(situations())
def test_every_state_has_an_answer_and_always_the_same(situation):
    decision = decide(*situation.arguments)
    assert isinstance(decision, Send | Wait | Skip | Leave)
    assert decide(*situation.arguments) == decision


@given(situations())
def test_a_wait_ends_in_the_future(situation):
    decision = decide(*situation.arguments)
    if isinstance(decision, Wait) and decision.until is not None:
        assert decision.until > situation.now or decision.reason is Reason.PAUSED


@given(situations())
def test_what_is_sent_or_skipped_is_the_step_the_member_stands_before(situation):
    decision = decide(*situation.arguments)
    if isinstance(decision, Send | Skip):
        assert decision.step.name == situation.enrolment.step


WAITS = {Reason.WAIT_NOT_OVER, Reason.CONDITION_AWAITED, Reason.OUTCOME_OPEN}
SKIPS = {Reason.GOAL_REACHED, Reason.CONDITION_NOT_MET}
ENDS = {
    Reason.COMPLETED,
    Reason.CONTROL_GROUP,
    Reason.DECLINED,
    Reason.NOT_CONSENTED,
    Reason.SUPPRESSED,
    Reason.NO_ADDRESS,
    Reason.LEFT_PROGRAMME,
    Reason.JOURNEY_CHANGED,
    Reason.GOAL_REACHED,
}


def test_the_situations_drawn_here_lead_to_every_answer():
    """Otherwise the properties would hold of nothing. The brakes have drawings of their own."""
    answers = defaultdict(set)

    @settings(max_examples=600, derandomize=True, database=None)
    @given(situations())
    def collect(situation):
        decision = decide(*situation.arguments)
        answers[type(decision)].add(getattr(decision, "reason", None))

    collect()
    assert answers[Send] == {None}
    assert answers[Wait] >= WAITS
    assert answers[Skip] == SKIPS
    assert answers[Leave] >= ENDS


# A mail goes out when nothing speaks against it, and never otherwise.


@given(open_situations())
def test_a_mail_is_sent_when_nothing_speaks_against_it(situation):
    assert isinstance(decide(*situation.arguments), Send)


def with_member(situation, **changes):
    return replace(situation, member=replace(situation.member, **changes))


def with_enrolment(situation, **changes):
    return replace(situation, enrolment=replace(situation.enrolment, **changes))


def with_programme(situation, **changes):
    return replace(situation, programme=replace(situation.programme, **changes))


def with_step(situation, **changes):
    """Change the step the member stands before."""
    chain = situation.programme.journeys["welcome"]
    steps = tuple(
        replace(step, **changes) if step.name == situation.enrolment.step else step
        for step in chain.steps
    )
    return with_programme(situation, journeys={"welcome": replace(chain, steps=steps)})


@given(open_situations())
def test_the_control_group_gets_nothing(situation):
    spoiled = with_enrolment(situation, arm=Arm.CONTROL)
    assert decide(*spoiled.arguments) == Leave(Reason.CONTROL_GROUP)


@given(open_situations())
def test_whoever_declined_gets_nothing(situation):
    spoiled = with_member(situation, consent=Consent(ConsentStatus.DECLINED, situation.now))
    assert decide(*spoiled.arguments) == Leave(Reason.DECLINED)


@given(open_situations())
def test_where_consent_is_required_whoever_said_nothing_gets_nothing(situation):
    unsaid = with_member(situation, consent=Consent(ConsentStatus.UNSAID, situation.now))
    spoiled = with_programme(unsaid, consent_required=True)
    assert decide(*spoiled.arguments) == Leave(Reason.NOT_CONSENTED)


@given(open_situations(), st.sampled_from(SuppressionCause))
def test_a_suppressed_member_gets_nothing(situation, cause):
    spoiled = with_member(situation, suppression=Suppression(cause, situation.now))
    assert decide(*spoiled.arguments) == Leave(Reason.SUPPRESSED)


@given(open_situations())
def test_whoever_left_gets_nothing(situation):
    spoiled = with_member(situation, left_at=situation.now)
    assert decide(*spoiled.arguments) == Leave(Reason.LEFT_PROGRAMME)


@given(open_situations(), st.sampled_from([{}, {"email": ""}]))
def test_whoever_has_no_address_gets_nothing(situation, attributes):
    spoiled = with_member(situation, attributes=attributes)
    assert decide(*spoiled.arguments) == Leave(Reason.NO_ADDRESS)


@given(open_situations(), st.sampled_from(Reason))
def test_whose_journey_ended_gets_nothing_more_and_the_reason_stays(situation, reason):
    spoiled = with_enrolment(situation, exit=Exit(reason, situation.now))
    assert decide(*spoiled.arguments) == Leave(reason)


@given(open_situations())
def test_a_journey_that_is_over_for_its_members_sends_nothing(situation):
    chain = replace(situation.programme.journeys["welcome"], exit_when=always)
    spoiled = with_programme(situation, journeys={"welcome": chain})
    assert decide(*spoiled.arguments) == Leave(Reason.GOAL_REACHED)


@given(open_situations())
def test_a_step_or_a_journey_that_is_gone_ends_the_journey(situation):
    no_step = with_enrolment(situation, step="removed")
    no_journey = with_programme(situation, journeys={})
    assert decide(*no_step.arguments) == Leave(Reason.JOURNEY_CHANGED)
    assert decide(*no_journey.arguments) == Leave(Reason.JOURNEY_CHANGED)


@given(open_situations())
def test_whoever_has_been_through_every_step_has_completed(situation):
    assert decide(*with_enrolment(situation, step=None).arguments) == Leave(Reason.COMPLETED)


@given(open_situations(), st.sampled_from(sorted({*StepState} - {StepState.RETRY})))
def test_a_step_that_was_ever_claimed_is_not_sent_again(situation, state):
    spoiled = with_enrolment(situation, steps={situation.enrolment.step: record(state)})
    assert decide(*spoiled.arguments) == Wait(None, Reason.OUTCOME_OPEN)


@given(open_situations())
def test_a_step_that_is_to_be_sent_once_more_is_like_one_that_was_never_claimed(situation):
    retry = with_enrolment(situation, steps={situation.enrolment.step: record(StepState.RETRY)})
    assert decide(*retry.arguments) == decide(*situation.arguments)


@given(open_situations())
def test_what_may_have_been_sent_once_is_given_up_and_not_skipped(situation):
    step = situation.enrolment.step
    retry = with_enrolment(
        with_step(situation, when=never), steps={step: record(StepState.RETRY, attempt="a1")}
    )
    after, _ = settled(retry)
    assert after.steps[step].state is StepState.FAILED
    assert after.steps[step].reason is Reason.OUTCOME_UNKNOWN
    assert after.steps[step].attempt == "a1"


@given(open_situations(), st.sampled_from(GOALS))
def test_a_step_whose_goal_was_reached_is_skipped(situation, goal):
    spoiled = with_member(with_step(situation, goal=goal), goals={goal: situation.now})
    assert isinstance(decide(*spoiled.arguments), Skip)
    assert decide(*spoiled.arguments).reason is Reason.GOAL_REACHED


@given(open_situations())
def test_a_step_whose_condition_does_not_hold_is_skipped(situation):
    decision = decide(*with_step(situation, when=never).arguments)
    assert isinstance(decision, Skip)
    assert decision.reason is Reason.CONDITION_NOT_MET


@given(open_situations())
def test_a_step_is_held_until_what_it_waits_for_comes_true(situation):
    spoiled = with_step(situation, wait_for=never)
    assert decide(*spoiled.arguments) == Wait(None, Reason.CONDITION_AWAITED)


@given(open_situations(), spans.filter(bool))
def test_a_step_waits_for_its_time(situation, left):
    spoiled = with_enrolment(situation, ready_at=situation.now + left)
    assert decide(*spoiled.arguments) == Wait(situation.now + left, Reason.WAIT_NOT_OVER)


@given(open_situations(), st.integers(1, 4), spans.filter(bool), st.data())
def test_no_mail_goes_out_above_any_cap(situation, mails, per, data):
    age = st.timedeltas(timedelta(0), per - MICROSECOND)
    ages = data.draw(st.lists(age, min_size=mails, max_size=mails + 2))
    old = data.draw(st.lists(st.timedeltas(per, per + DAY)))
    mailed = tuple(situation.now - age for age in data.draw(st.permutations([*ages, *old])))
    loose = FrequencyCap(len(mailed) + 1, per)
    caps = data.draw(st.permutations([FrequencyCap(mails, per), loose]))
    spoiled = replace(with_programme(situation, frequency_caps=tuple(caps)), mailed=mailed)
    decision = decide(*spoiled.arguments)
    assert isinstance(decision, Wait)
    assert decision.reason is Reason.FREQUENCY_CAP


@given(open_situations(), st.data())
def test_no_mail_goes_out_in_the_quiet_hours_of_the_members_own_clock(situation, data):
    zone = situation.member.attribute("time_zone")
    quiet = data.draw(quiet_hours_around(situation.now, zone, hit=True))
    spoiled = with_programme(situation, quiet_hours=quiet)
    decision = decide(*spoiled.arguments)
    assert isinstance(decision, Wait)
    assert decision.reason is Reason.QUIET_HOURS


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "America", "../etc", "/etc", "a\0b", "x" * 999]
)
def test_a_zone_that_nobody_knows_is_taken_for_the_programmes(name):
    moscow = NOW.astimezone(ZoneInfo("Europe/Moscow")).hour
    assert moscow != NOW.hour
    found = member(attributes={"email": "ann@example.com", "time_zone": name})
    quiet = programme(journey("welcome"), quiet_hours=_hour(moscow))
    loud = programme(journey("welcome"), quiet_hours=_hour(NOW.hour))
    assert isinstance(decide(quiet, enrolment(), found, NOW), Wait)
    assert isinstance(decide(loud, enrolment(), found, NOW), Send)


def _hour(hour):
    return QuietHours(time(hour), time((hour + 1) % 24))


@given(situations())
def test_who_may_not_be_mailed_at_all_is_never_sent_to(situation):
    if why_not_mailable(situation.programme, situation.member):
        assert isinstance(decide(*situation.arguments), Leave)


# A pause holds mails back where they are, and stops nothing else.

WELCOME_PAUSED = Pauses(journeys={"welcome": Pause(NOW, "a wrong link")})
ALL_PAUSED = Pauses(everything=Pause(NOW, "a storm of complaints"))
pauses_that_hold = st.sampled_from([WELCOME_PAUSED, ALL_PAUSED])


@given(situations(), pauses_that_hold)
def test_nothing_is_sent_while_it_is_paused(situation, pauses):
    paused = replace(situation, pauses=pauses)
    if situation.enrolment.journey == "welcome":
        assert not isinstance(decide(*paused.arguments), Send)


@given(situations(), pauses_that_hold)
def test_a_pause_holds_back_mails_and_changes_no_other_answer(situation, pauses):
    free, paused = (
        decide(*situation.arguments),
        decide(*replace(situation, pauses=pauses).arguments),
    )
    braked = {Reason.FREQUENCY_CAP, Reason.QUIET_HOURS}
    if isinstance(free, Send) or (isinstance(free, Wait) and free.reason in braked):
        assert paused.reason is Reason.PAUSED
    else:
        assert paused == free


@given(open_situations(), pauses_that_hold, st.none() | near)
def test_what_is_paused_stays_where_it_is_so_that_nothing_is_stored(situation, pauses, offset):
    due_at = None if offset is None else situation.now + offset
    situation = replace(with_enrolment(situation, due_at=due_at), pauses=pauses)
    after, decision = settled(situation)
    assert decision == Wait(due_at or situation.now, Reason.PAUSED)
    assert after == replace(situation.enrolment, due_at=due_at or situation.now)


@given(open_situations())
def test_the_pause_of_another_journey_holds_nothing_back(situation):
    pauses = Pauses(journeys={"news": Pause(NOW, "a wrong link")})
    assert isinstance(decide(*replace(situation, pauses=pauses).arguments), Send)


# Settling.


@given(situations())
def test_settling_twice_is_settling_once(situation):
    once, decision = settled(situation)
    twice = replace(situation, enrolment=once)
    assert settled(twice) == (once, decision)


@given(situations())
def test_settling_leaves_nothing_to_skip(situation):
    _, decision = settled(situation)
    assert not isinstance(decision, Skip)


@given(situations())
def test_settling_says_when_to_look_again(situation):
    after, decision = settled(situation)
    match decision:
        case Send():
            assert after.due_at <= situation.now
        case Wait(until, _):
            assert after.due_at == until
        case Leave():
            assert after.due_at is None


@given(situations())
def test_settling_changes_no_step_that_was_dealt_with(situation):
    after, _ = settled(situation)
    before = {
        name: each
        for name, each in situation.enrolment.steps.items()
        if each.state is not StepState.RETRY
    }
    assert {name: after.steps[name] for name in before} == before
    assert {name for name in after.steps if name not in before} <= set(STEP_NAMES)


@given(situations())
def test_what_settling_skips_is_kept_with_its_reason(situation):
    after, _ = settled(situation)
    for name in set(after.steps) - set(situation.enrolment.steps):
        assert after.steps[name].state is StepState.SKIPPED
        assert after.steps[name].at == situation.now
        assert after.steps[name].reason in {Reason.GOAL_REACHED, Reason.CONDITION_NOT_MET}


@given(situations())
def test_waiting_as_long_as_told_comes_to_an_end(situation):
    rounds = count()
    after, decision = settled(situation)
    while isinstance(decision, Wait) and decision.until is not None:
        assert next(rounds) < 10, decision
        situation = replace(situation, enrolment=after, now=decision.until)
        after, decision = settled(situation)


@given(open_situations(), quiet_hours, st.lists(near | lately, max_size=6))
def test_the_brakes_let_every_mail_through_in_the_end(situation, quiet, offsets):
    situation = with_programme(situation, quiet_hours=quiet)
    situation = replace(situation, mailed=tuple(situation.now + offset for offset in offsets))
    rounds = count()
    after, decision = settled(situation)
    while isinstance(decision, Wait):
        assert next(rounds) < 10, decision
        situation = replace(situation, enrolment=after, now=decision.until)
        after, decision = settled(situation)
    assert isinstance(decision, Send)


@given(situations())
def test_a_member_who_is_sent_everything_at_once_gets_each_step_at_most_once(situation):
    sent, rounds = [], count()
    after, decision = settled(situation)
    while isinstance(decision, Send):
        assert next(rounds) < 10
        sent.append(decision.step.name)
        chain = situation.programme.journeys[after.journey]
        claim = after.claimed("attempt", situation.now)
        after = claim.past_step(chain, record(at=situation.now), situation.now)
        situation = replace(situation, enrolment=after)
        after, decision = settled(situation)
    assert len(sent) == len(set(sent))


def test_steps_put_in_another_order_are_not_sent_again():
    before, after = journey("welcome", "collect"), journey("collect", "welcome")
    sent = enrolment().past_step(before, record(), NOW).past_step(after, record(), NOW)
    _, decision = settle(programme(after), sent, member(), NOW)
    assert decision == Leave(Reason.COMPLETED)


def test_an_event_brings_a_mail_forward_that_was_due_later():
    early = enrolment(due_at=NOW + DAY)
    after, decision = settle(programme(journey("welcome")), early, member(), NOW)
    assert decision == Send(Step(name="welcome", mail="welcome"))
    assert after.due_at == NOW


def test_a_mail_that_is_overdue_keeps_its_place_in_the_queue():
    late = enrolment(due_at=NOW - DAY)
    after, _ = settle(programme(journey("welcome")), late, member(), NOW)
    assert after.due_at == NOW - DAY


def test_a_cap_that_ends_at_night_is_followed_by_the_quiet_hours():
    quiet = programme(
        journey("welcome"),
        quiet_hours=QuietHours(time(21), time(9)),
        frequency_caps=(FrequencyCap(1, DAY),),
        time_zone="UTC",
    )
    mailed = (NOW - DAY / 2,)  # midnight: the cap ends at the next one
    after, first = settle(quiet, enrolment(), member(), NOW, mailed)
    _, second = settle(quiet, after, member(), first.until, mailed)
    assert first == Wait(NOW + DAY / 2, Reason.FREQUENCY_CAP)
    assert second == Wait(NOW + DAY / 2 + timedelta(hours=9), Reason.QUIET_HOURS)


def test_an_ended_journey_is_taken_out_of_what_is_due():
    again_due = enrolment(exit=Exit(Reason.DECLINED, NOW - DAY), due_at=NOW)
    after, decision = settle(programme(journey("welcome")), again_due, member(), NOW)
    assert decision == Leave(Reason.DECLINED)
    assert after == replace(again_due, due_at=None)


def test_every_cause_not_to_mail_has_its_own_reason_and_leaving_comes_first():
    left = member(ConsentStatus.DECLINED, left_at=NOW, attributes={})
    assert why_not_mailable(programme(), left) is Reason.LEFT_PROGRAMME
    assert why_not_mailable(programme(), replace(left, left_at=None)) is Reason.DECLINED
    assert why_not_mailable(programme(), member()) is None
    assert why_not_mailable(programme(consent_required=True), member()) is Reason.NOT_CONSENTED
