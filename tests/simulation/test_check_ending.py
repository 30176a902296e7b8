"""The checkers of how a run ends: profiles, reports, liveness, conservation."""

from dataclasses import replace
from datetime import timedelta

import pytest
from domain.builders import always, never
from simulation.stories import (
    ANN,
    ANNS_ADDRESS,
    ANNS_CARD,
    DAY,
    HOUR,
    PROGRAMME,
    START,
    STEPS,
    Story,
    event,
    standing_before,
)

from chalicelib.domain.brakes import Pause, Pauses
from chalicelib.domain.enrolment import Exit, StepState
from chalicelib.domain.events import EventType
from chalicelib.domain.journey import Exits
from chalicelib.domain.member import (
    Consent,
    ConsentStatus,
    Suppression,
    SuppressionCause,
    Tombstone,
)
from chalicelib.domain.reasons import Reason
from chalicelib.simulation.checkers import check
from chalicelib.simulation.checkers.conservation import (
    every_mail_is_a_sent_step,
    every_sent_step_is_a_mail,
    every_step_is_accounted_for,
    feedback_is_remembered,
)
from chalicelib.simulation.checkers.liveness import (
    l1_nothing_due_is_forgotten,
    l2_only_poison_is_left,
    l3_every_event_had_its_effect,
    l4_no_claim_stays_open,
)
from chalicelib.simulation.checkers.model import s11_facts_make_the_profiles
from chalicelib.simulation.checkers.reports import s11_reports_are_the_facts
from chalicelib.simulation.plan import Plan
from chalicelib.simulation.record import Crashed

WEEK = 7 * DAY


def faults(story, **changes):
    history, final = story.history, story.final(**changes)
    found = [
        *s11_facts_make_the_profiles(history, final.members),
        *s11_reports_are_the_facts(final.enrolments, final.programme, final.reports),
        *l1_nothing_due_is_forgotten(history, final),
        *l2_only_poison_is_left(history, final),
        *l3_every_event_had_its_effect(history, final),
        *l4_no_claim_stays_open(final),
        *every_step_is_accounted_for(history, final),
        *every_mail_is_a_sent_step(history, final),
        *every_sent_step_is_a_mail(history, final),
        *feedback_is_remembered(history, final),
    ]
    return [violation.invariant for violation in found]


def finished():
    """Ann got both mails, and the journey is over."""
    story = Story()
    story.mail()
    story.now += HOUR
    story.mail("b1", "second")
    story.enrol(replace(story.enrolment, exit=Exit(Reason.COMPLETED, story.now)))
    story.now += WEEK
    return story


def test_a_run_that_ended_well_breaks_nothing():
    assert faults(finished()) == []


def test_what_was_told_last_stands_in_the_profile():
    story = finished()
    story.tell("later", "member.updated", first_name="Ann")
    assert faults(story) == ["S11"]
    story.change(attributes={**story.member.attributes, "first_name": "Ann"})
    assert faults(story) == []


def test_what_was_told_earlier_and_came_later_does_not():
    story = finished()
    story.tell("early", "member.updated", START - HOUR, channel="online")
    assert faults(story) == []
    story.change(attributes={**story.member.attributes, "channel": "online"})
    assert faults(story) == ["S11"]


def test_of_two_values_told_for_one_time_either_may_stand():
    story = finished()
    for number, name in enumerate(("Ann", "Anna")):
        story.tell(f"u{number}", "member.updated", first_name=name)
    for name in ("Ann", "Anna"):
        story.change(attributes={**story.member.attributes, "first_name": name})
        assert faults(story) == []


def test_nothing_stands_in_the_profile_that_nobody_told():
    story = finished()
    story.change(attributes={**story.member.attributes, "first_name": "Ann"})
    assert faults(story) == ["S11"]


def test_a_home_airport_stands_for_its_clock():
    story = finished()
    story.tell("home", "profile.completed", home_airport="SVO")
    story.change(goals={"home_airport_given": story.now})
    home = {**story.member.attributes, "home_airport": "SVO"}
    story.change(attributes=home)
    assert faults(story) == ["S11"]
    story.change(attributes={**home, "time_zone": "Europe/Moscow"})
    assert faults(story) == []


def test_a_balance_is_the_one_told_last():
    story = finished()
    story.change(balances={"redeemable": 99})
    assert faults(story) == ["S11"]


def test_a_goal_is_reached_by_its_event_and_by_nothing_else():
    story = finished()
    story.tell("w1", "app.installed")
    assert faults(story) == ["S11"]
    story.change(goals={"app_installed": story.now})
    assert faults(story) == []
    story.change(goals={"app_installed": story.now + DAY})
    assert faults(story) == ["S11"]


def declined(story):
    story.change(consent=Consent(ConsentStatus.DECLINED, story.now))


def test_an_answered_unsubscribing_stands_in_the_profile():
    story = finished()
    story.unsubscribed()
    assert faults(story) == ["S11"]
    declined(story)
    assert faults(story) == []


def test_an_unsubscribing_without_an_answer_may_stand_or_not():
    story = finished()
    story.unsubscribed(0)
    assert faults(story) == []
    declined(story)
    assert faults(story) == []


def test_nobody_is_taken_off_the_mails_who_did_not_ask_for_it():
    story = finished()
    declined(story)
    assert faults(story) == ["S11"]


def test_of_a_yes_and_a_no_for_one_time_the_no_stands():
    story = finished()
    story.tell("yes", "mail.consented")
    story.tell("no", "mail.declined")
    story.change(consent=Consent(ConsentStatus.GIVEN, story.now))
    assert faults(story) == ["S11"]
    declined(story)
    assert faults(story) == []


def test_a_later_yes_outdoes_the_members_no():
    story = finished()
    story.unsubscribed()
    story.now += HOUR
    story.tell("yes", "mail.consented")
    story.change(consent=Consent(ConsentStatus.GIVEN, story.now))
    assert faults(story) == []


def test_the_newest_word_on_membership_stands_in_whatever_order_it_came():
    story = finished()
    story.tell("back", "member.joined", START + 2 * HOUR, channel="offline")
    story.tell("gone", "member.left", START + HOUR)
    assert faults(story) == []
    story.change(left_at=START + HOUR)
    assert faults(story) == ["S11"]


def test_who_must_not_be_mailed_has_no_live_journey():
    story = Story()
    story.enrol(replace(story.enrolment, due_at=None))
    story.tell("no", "mail.declined")
    declined(story)
    assert faults(story) == ["L1"]


def test_an_unsubscribing_that_died_half_way_and_was_never_answered_may_leave_one_asleep():
    story = Story()
    story.enrol(replace(story.enrolment, due_at=None))
    declined(story)
    story.unsubscribed(502)
    assert faults(story) == []
    story.unsubscribed(200)
    assert faults(story) == ["L1"]


def suppress(story, cause=SuppressionCause.HARD_BOUNCE):
    story.change(suppression=Suppression(cause, story.now))


def remember(story, kind, step="first"):
    story.step(step, feedback={kind: story.now})


def test_a_hard_bounce_of_the_members_address_suppresses():
    story = finished()
    story.hear("hard_bounced")
    remember(story, "hard_bounced")
    assert faults(story) == ["S11"]
    suppress(story)
    assert faults(story) == []


def test_a_bounce_of_another_address_does_not():
    story = finished()
    story.hear("hard_bounced", recipient="former@example.com")
    remember(story, "hard_bounced")
    assert faults(story) == []
    suppress(story)
    assert faults(story) == ["S11"]


def test_a_complaint_suppresses_whoever_made_it():
    story = finished()
    story.hear("complained", recipient="former@example.com")
    remember(story, "complained")
    assert faults(story) == ["S11"]
    suppress(story)
    assert faults(story) == ["S11"], "a bounce is the lesser cause"
    suppress(story, SuppressionCause.COMPLAINT)
    assert faults(story) == []


def test_an_erased_members_address_is_the_only_reason_to_suppress_for_one():
    story = finished()
    suppress(story, SuppressionCause.ERASED)
    assert faults(story) == ["S11"]
    other = "b" * 26
    story.store("ALIAS", f"email#{ANNS_ADDRESS}", other)
    story.store("TOMBSTONE", other, Tombstone(member_id=other, erased_at=story.now, version=2))
    assert faults(story) == []


def test_a_report_counts_what_is_stored():
    story = finished()
    before = story.final().reports
    story.change(goals={})
    story.enrol(replace(story.enrolment, goals={"app_installed": START + HOUR}))
    assert faults(story, reports=before) == ["S11"]
    assert faults(story) == []


def waiting(**changes):
    story = Story()
    story.enrol(replace(story.enrolment, **changes))
    story.now += WEEK
    return story


def test_a_step_that_is_due_is_dealt_with():
    assert faults(waiting()) == ["L1"]


def test_a_step_whose_time_has_not_come_may_wait():
    assert faults(waiting(due_at=START + 2 * WEEK)) == []


def test_a_step_of_a_paused_journey_may_wait():
    pause = Pause(START, "enough")
    assert faults(waiting(), pauses=Pauses(everything=pause)) == []
    assert faults(waiting(), pauses=Pauses(journeys={"welcome": pause})) == []
    assert faults(waiting(), pauses=Pauses(journeys={"extras": pause})) == ["L1"]


def asleep(condition):
    story = waiting(due_at=None)
    steps = (replace(STEPS[0], wait_for=condition), STEPS[1])
    journeys = {"welcome": replace(PROGRAMME.journeys["welcome"], steps=steps)}
    story.deploy(replace(PROGRAMME, journeys=journeys))
    return story


@pytest.mark.parametrize(("condition", "found"), [(never, []), (always, ["L1"]), (None, ["L1"])])
def test_nothing_but_a_condition_that_does_not_hold_lets_a_member_wait_for_ever(condition, found):
    assert faults(asleep(condition)) == found


@pytest.mark.parametrize("state", [StepState.SENT, StepState.FAILED, StepState.SKIPPED])
@pytest.mark.parametrize("condition", [never, None])
def test_a_member_does_not_stand_for_ever_at_a_step_that_is_dealt_with(state, condition):
    story = asleep(condition)
    story.step(state=state, reason=Reason.REFUSED)
    assert "L1" in faults(story)


@pytest.mark.parametrize(("condition", "found"), [(never, []), (always, ["L1"]), (None, ["L1"])])
def test_a_step_that_is_to_be_tried_again_is_due_unless_it_has_to_wait_again(condition, found):
    story = asleep(condition)
    story.step(state=StepState.RETRY)
    assert faults(story) == found


def test_an_open_claim_is_not_asleep():
    story = asleep(None)
    story.step(state=StepState.UNKNOWN, at=story.now)
    assert faults(story) == []


def test_what_is_seen_at_the_end_comes_after_what_led_to_it():
    story = Story(enrolled=False)
    story.record.add(Crashed, function="api", error="KeyError")
    found = check(story.record, story.final(), Plan.drawn(1))
    assert [violation.invariant for violation in found] == ["crash", "L3"]


def test_a_run_comes_to_rest():
    assert faults(finished(), quiet=False) == ["L1"]


def test_the_queues_are_empty_at_the_end():
    assert faults(finished(), queues={"events": ["{}"]}) == ["L2"]


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("unknown_member", []),
        ("conflict", []),
        ("unreadable", ["L2"]),
        ("", ["L2"]),
        ("failed", ["L2"]),
    ],
)
def test_a_dead_letter_is_true_poison(reason, found):
    assert faults(finished(), dead_letters={"events": [("no message", reason)]}) == found


def with_exits():
    """Ann is in a journey that ends when an account is registered."""
    [journey] = PROGRAMME.journeys.values()
    ended_so = replace(journey, exits=Exits(on=(EventType.ACCOUNT_REGISTERED,)))
    story = Story(replace(PROGRAMME, journeys={"welcome": ended_so}))
    story.webhook("w1", REGISTERED)
    story.conclude("w1", REGISTERED, None)
    return story


REGISTERED = event("account.registered", START)


def test_a_journey_is_over_when_the_event_is_concluded_by_which_it_ends():
    story = with_exits()
    story.enrol(replace(story.enrolment, exit=Exit(Reason.EXIT_EVENT, START)))
    story.conclude("w1", REGISTERED)
    assert "L3" not in faults(story)


def test_a_journey_that_goes_on_after_the_event_by_which_it_ends_is_found():
    story = with_exits()
    story.conclude("w1", REGISTERED)
    assert "L3" in faults(story)


def test_who_may_have_entered_after_the_event_came_in_goes_on():
    [journey] = with_exits().programme.journeys.values()
    story = Story(replace(PROGRAMME, journeys={"welcome": journey}), enrolled=False)
    story.webhook("w1", REGISTERED)
    story.conclude("w1", REGISTERED, None)
    story.enrol(standing_before())
    story.conclude("w1", REGISTERED)
    assert "L3" not in faults(story)


def known_by(name, story=None):
    """Let the name lead to Ann."""
    story = story or finished()
    story.store("ALIAS", name, ANN)
    return story


def test_nobody_is_unknown_who_was_known_when_the_work_on_it_began():
    story = known_by(f"card#{ANNS_CARD}")
    story.begin("queue_events#1")
    parked = story.park("w1", REGISTERED, "unknown_member")
    assert faults(story, dead_letters=parked) == ["L2"]
    assert faults(story) == ["L2"], "and be it that the letter was replayed"


def test_who_becomes_known_meanwhile_was_unknown():
    story = finished()
    story.begin("queue_events#1")
    known_by(f"card#{ANNS_CARD}", story)
    parked = story.park("w1", REGISTERED, "unknown_member")
    assert faults(story, dead_letters=parked) == []


def test_whose_name_is_known_and_whose_profile_is_not_is_unknown():
    story = finished()
    story.store("ALIAS", f"card#{ANNS_CARD}", "b" * 26)
    story.begin("queue_events#1")
    parked = story.park("w1", REGISTERED, "unknown_member")
    assert faults(story, dead_letters=parked) == []


def test_the_strongest_name_says_who_is_meant():
    story = known_by(f"email#{ANNS_ADDRESS}")
    story.begin("queue_events#1")
    names = {"email": ANNS_ADDRESS, "card": "7000000009"}
    parked = story.park("w1", REGISTERED, "unknown_member", **names)
    assert faults(story, dead_letters=parked) == []


def test_a_conflict_is_of_two_bodies():
    story = finished()
    story.webhook("w1", REGISTERED)
    parked = story.park("w1", REGISTERED, "conflict")
    assert faults(story, dead_letters=parked) == ["L2"]
    story.webhook("w1", event("app.installed", START))
    assert faults(story, dead_letters=parked) == []


def test_an_event_that_was_taken_has_an_outcome():
    story = finished()
    story.conclude("w1", event("account.registered", START), None)
    assert faults(story) == ["L3"]


def test_who_may_be_mailed_enters():
    story = Story(enrolled=False)
    assert faults(story) == ["L3"]


def test_who_declined_need_not_enter():
    story = Story(enrolled=False)
    story.tell("no", "mail.declined")
    declined(story)
    assert faults(story) == []


def promised():
    story = finished()
    story.tell("w1", "account.registered")
    story.change(goals={"account_registered": story.now})
    story.enrol(replace(story.enrolment, goals={"account_registered": story.now}))
    return story


def test_what_a_mail_promised_is_granted():
    story = promised()
    assert faults(story) == ["L3"]
    story.grant()
    assert faults(story) == []


def test_no_claim_stays_open():
    story = Story()
    story.claim()
    story.now += WEEK
    assert faults(story) == ["L4"]


def test_a_step_that_is_skipped_or_failed_has_a_reason():
    story = finished()
    story.step("second", state=StepState.SKIPPED, reason=Reason.GOAL_REACHED)
    assert faults(story) == ["conservation"], "its mail was accepted"
    story = Story()
    story.step(state=StepState.SKIPPED)
    story.enrol(
        replace(story.enrolment, step="second", exit=Exit(Reason.DECLINED, START), due_at=None)
    )
    [fault] = every_step_is_accounted_for(story.history, story.final())
    assert "with the reason None" in fault.text


def test_no_step_is_passed_over_without_a_record():
    story = Story()
    story.enrol(
        replace(story.enrolment, step=None, exit=Exit(Reason.COMPLETED, START), due_at=None)
    )
    assert faults(story) == ["conservation", "conservation"]


def test_a_step_that_a_later_programme_brought_is_not_missed():
    story = finished()
    later = replace(STEPS[0], name="before_all", gift=None)
    journeys = {"welcome": replace(PROGRAMME.journeys["welcome"], steps=(later, *STEPS))}
    story.deploy(replace(PROGRAMME, journeys=journeys))
    assert faults(story) == []


def test_a_mail_that_went_out_is_a_step_that_was_sent():
    story = finished()
    story.step("second", state=StepState.FAILED, reason=Reason.REFUSED)
    assert faults(story) == ["conservation", "conservation"]


def test_a_mail_may_be_given_up_when_nothing_was_ever_heard_of_it():
    story = finished()
    story.step("second", state=StepState.FAILED, reason=Reason.OUTCOME_UNKNOWN)
    assert faults(story) == []
    story.hear("delivered", "b1", "second")
    assert faults(story) == ["conservation"]


def test_a_mail_that_the_service_rejected_later_is_recorded_as_refused():
    story = finished()
    story.hear("rejected", "b1", "second")
    story.step(
        "second",
        state=StepState.FAILED,
        reason=Reason.REFUSED,
        feedback={"rejected": story.now},
    )
    assert faults(story) == []


def test_a_step_that_was_sent_is_a_mail_that_went_out():
    story = Story()
    story.claim()
    story.sent()
    story.enrol(replace(story.enrolment, exit=Exit(Reason.DECLINED, START), due_at=None))
    assert faults(story) == ["conservation"]


def test_what_was_heard_is_remembered_and_nothing_else():
    story = finished()
    story.hear("opened_by_person")
    assert faults(story) == ["conservation"]
    story.step("first", feedback={"opened": story.now, "opened_by_person": story.now})
    assert faults(story) == []
    story.step("second", feedback={"clicked": story.now})
    assert faults(story) == ["conservation"]


def test_times_and_names_are_those_of_one_story():
    """The stories' own ground: a change here would make every test above mean something else."""
    story = Story()
    assert (story.member.member_id, story.member.attributes["card"]) == (ANN, ANNS_CARD)
    assert story.now - START == timedelta(0)
