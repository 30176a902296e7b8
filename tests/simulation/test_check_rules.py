"""The checkers of caps, nights, budgets, gifts, intake, privacy and structure see what breaks."""

from dataclasses import replace
from datetime import timedelta

import pytest
from simulation.ledger_stories import posted
from simulation.stories import (
    ANN,
    ANNS_ADDRESS,
    DAY,
    HOUR,
    JOINED,
    PROGRAMME,
    START,
    Story,
    ann,
    event,
    letter,
    mail,
    standing_before,
)

from chalicelib.domain.arms import Arm
from chalicelib.domain.enrolment import Exit, StepState
from chalicelib.domain.events import EventOutcome
from chalicelib.domain.reasons import Reason
from chalicelib.simulation.checkers.contact import (
    s8_caps_hold,
    s8_quiet_hours_hold,
    s9_rate_holds,
)
from chalicelib.simulation.checkers.intake import s7_nothing_taken_is_lost, s7_once
from chalicelib.simulation.checkers.ledger import s6_balances_are_sums, s6_one_grant_a_promise
from chalicelib.simulation.checkers.privacy import s10_no_personal_data
from chalicelib.simulation.checkers.structure import (
    arms_never_change,
    ends_are_final,
    names_keep_their_member,
    versions_grow_by_one,
)
from chalicelib.simulation.record import Called, DeadLettered, Logged

ALL = (
    s8_caps_hold,
    s8_quiet_hours_hold,
    s6_one_grant_a_promise,
    s7_once,
    s10_no_personal_data,
    arms_never_change,
    ends_are_final,
    names_keep_their_member,
    versions_grow_by_one,
)


def faults(story, letters=()):
    """Return what breaks when these letters lie in the queue of events at the end."""
    final = story.final(dead_letters={"events": letters})
    found = [*s7_nothing_taken_is_lost(story.history, final)]
    found += [violation for checker in ALL for violation in checker(story.history)]
    return [violation.invariant for violation in found]


def three_mails(*hours, rejected=False):
    story = Story()
    for step, hour in zip(("first", "second", "third"), hours, strict=True):
        story.now = START + hour * HOUR
        story.mail(f"of {step}", step)
        if rejected:
            story.hear("rejected", f"of {step}")
    return story


def test_a_third_mail_within_a_day_is_one_too_many():
    assert faults(three_mails(0, 1, 2)) == ["S8"]


def test_a_cap_ends_when_its_span_has_passed():
    assert faults(three_mails(0, 1, 24)) == []


def test_mails_that_the_service_rejected_later_do_not_count():
    assert faults(three_mails(0, 1, 2, rejected=True)) == []


def test_a_claim_that_was_never_called_does_not_count():
    story = Story()
    story.mail("a1")
    story.mail("a2", "second")
    story.claim("a3", "third")
    assert faults(story) == []


def claimed_at(hour, minute=0, **changes):
    story = Story()
    story.change(**changes)
    story.now = START.replace(hour=hour, minute=minute) + DAY
    story.begin("queue_sends#1")
    story.claim()
    story.call()
    return story


@pytest.mark.parametrize(("hour", "minute"), [(21, 0), (23, 59), (0, 0), (8, 59)])
def test_nothing_is_claimed_in_the_quiet_hours(hour, minute):
    assert faults(claimed_at(hour, minute)) == ["S8"]


@pytest.mark.parametrize(("hour", "minute"), [(9, 0), (12, 0), (20, 59)])
def test_what_is_claimed_outside_of_the_quiet_hours_is_fine(hour, minute):
    assert faults(claimed_at(hour, minute)) == []


def test_the_night_is_the_members_own():
    tokyo = {**ann().attributes, "time_zone": "Asia/Tokyo"}
    assert faults(claimed_at(12, attributes=tokyo)) == ["S8"]
    assert faults(claimed_at(1, attributes=tokyo)) == []


def test_the_zone_may_be_the_one_that_the_sender_has_read():
    story = Story()
    story.now = START.replace(hour=23)
    story.begin("queue_sends#1")
    story.change(attributes={**ann().attributes, "time_zone": "Asia/Tokyo"})
    story.claim()
    story.call()
    assert faults(story) == ["S8"], "it is night in both"
    story = Story()
    story.begin("queue_sends#1")
    story.change(attributes={**ann().attributes, "time_zone": "Asia/Tokyo"})
    story.claim()
    story.call()
    assert faults(story) == []


def calls(count, apart):
    story = Story()
    for number in range(count):
        story.now = START + number * apart
        story.call(f"a{number}")
    return story.history


@pytest.mark.parametrize(
    ("rate", "apart", "kept"),
    [
        (2.0, timedelta(milliseconds=500), True),
        (2.0, timedelta(milliseconds=499), False),
        (14.0, timedelta(seconds=1) / 15, False),
        (0.5, timedelta(seconds=2), True),
        (0.5, timedelta(seconds=1.9), False),
    ],
)
def test_no_sliding_second_sees_more_calls_than_the_budget(rate, apart, kept):
    assert bool(list(s9_rate_holds(calls(20, apart), rate))) is not kept


def promised():
    """A mail with a gift went out, and its goal was reached an hour later."""
    story = Story()
    story.mail()
    story.now += HOUR
    story.enrol(replace(story.enrolment, goals={"account_registered": story.now}))
    return story


def test_a_promise_is_granted_once():
    story = promised()
    story.grant()
    assert faults(story) == []
    story.grant()
    assert faults(story) == ["S6"]


def test_a_grant_names_a_promise():
    story = promised()
    story.grant("second")
    assert faults(story) == ["S6"]


def test_another_amount_than_promised_is_not_granted():
    story = promised()
    story.grant(amount=501)
    assert faults(story) == ["S6"]


def test_no_gift_is_granted_for_a_goal_that_was_reached_before_its_mail():
    story = Story()
    story.enrol(replace(story.enrolment, goals={"account_registered": START - HOUR}))
    story.mail()
    story.grant()
    assert faults(story) == ["S6"]


def test_no_gift_is_granted_for_a_mail_that_was_refused():
    story = promised()
    story.step(state=StepState.FAILED, reason=Reason.REFUSED)
    story.grant()
    assert faults(story) == ["S6"]


def test_who_grants_a_gift_may_not_have_read_yet_that_the_mail_was_refused():
    story = promised()
    story.begin("queue_events#1")
    story.step(state=StepState.FAILED, reason=Reason.REFUSED)
    story.grant()
    assert faults(story) == []


def test_a_gift_is_granted_for_a_mail_that_may_have_gone_out():
    story = promised()
    story.step(state=StepState.FAILED, reason=Reason.OUTCOME_UNKNOWN)
    story.grant()
    assert faults(story) == []


def test_what_the_profile_shows_is_the_sum_of_the_postings():
    postings = posted(("earn", 700), ("spend", 200))
    assert list(s6_balances_are_sums([ann(granted={"redeemable": 500})], postings)) == []
    for granted in ({}, {"redeemable": 700}, {"qualifying": 500}):
        assert list(s6_balances_are_sums([ann(granted=granted)], postings))


REGISTERED = event("account.registered", START)


def test_an_event_that_was_taken_is_concluded():
    story = Story()
    story.webhook("w1", REGISTERED)
    assert faults(story) == ["S7"]
    story.conclude("w1", REGISTERED)
    assert faults(story) == []


def test_an_event_that_was_not_taken_is_not_looked_for():
    story = Story()
    story.webhook("w1", REGISTERED, status=503)
    assert faults(story) == []


def test_every_event_of_a_batch_is_looked_for():
    story = Story()
    second = event("app.installed", START)
    events = [{"id": "e1", **REGISTERED}, {"id": "e2", **second}]
    body = {"type": "batch", "timestamp": START.isoformat(), "data": {"events": events}}
    story.webhook("w1", body)
    story.conclude("e1", REGISTERED)
    assert faults(story) == ["S7"]
    story.conclude("e2", second)
    assert faults(story) == []


def test_an_event_of_nobody_is_parked_where_it_can_be_seen():
    story = Story()
    story.webhook("w1", REGISTERED)
    story.conclude("w1", REGISTERED, EventOutcome.PARKED_UNKNOWN_MEMBER)
    assert faults(story) == ["S7"]
    body = letter("w1", REGISTERED)
    assert faults(story, [(body, "unknown_member")]) == []
    assert faults(story, [(body, "")]) == ["S7"], "nobody looked at what SQS has set aside"


@pytest.mark.parametrize(
    "body",
    [
        letter("w11", REGISTERED),
        letter("w1", event("app.installed", START)),
        "w1",
        '{"events": ["w1"]}',
    ],
)
def test_a_letter_about_another_event_excuses_none(body):
    story = Story()
    story.webhook("w1", REGISTERED)
    story.conclude("w1", REGISTERED, EventOutcome.PARKED_UNKNOWN_MEMBER)
    assert faults(story, [(body, "unknown_member")]) == ["S7"]


def test_a_letter_that_was_replayed_and_lies_nowhere_any_more_excuses_none():
    story = Story()
    story.webhook("w1", REGISTERED)
    story.conclude("w1", REGISTERED, EventOutcome.PARKED_UNKNOWN_MEMBER)
    parked = story.park("w1", REGISTERED, "unknown_member")
    assert faults(story, parked["events"]) == []
    assert faults(story) == ["S7"]


def test_an_event_under_the_id_of_another_is_parked_where_it_can_be_seen():
    story = Story()
    other = event("app.installed", START)
    story.tell("w1", "account.registered", START)
    story.webhook("w1", other)
    assert faults(story) == ["S7"]
    assert faults(story, [(letter("w1", other), "conflict")]) == []


def test_of_two_bodies_that_are_in_hand_at_one_time_neither_overwrites_the_other():
    story = Story()
    other = event("app.installed", START)
    story.begin("queue_events#1")
    story.begin("queue_events#2")
    story.tell("w1", "account.registered", START)
    story.by = "queue_events#1"
    story.webhook("w1", other)
    parked = [(letter("w1", other), "conflict")]
    assert faults(story, parked) == []
    story.conclude("w1", other)
    assert faults(story, parked) == ["S7", "S7"], "and the first one is lost"


def test_an_event_is_concluded_once():
    story = Story()
    story.begin("queue_events#1")
    story.tell("w1", "account.registered")
    story.begin("queue_events#2")
    story.conclude("w1", event("account.registered", START))
    assert faults(story) == ["S7"]


def test_two_that_have_an_event_in_hand_at_one_time_may_both_conclude_it():
    story = Story()
    story.begin("queue_events#1")
    story.begin("queue_events#2")
    story.tell("w1", "account.registered")
    story.by = "queue_events#1"
    story.conclude("w1", event("account.registered", START))
    assert faults(story) == []


@pytest.mark.parametrize("text", [ANNS_ADDRESS, "7000000001", "k1.unsubscribe-token-of-ann"])
def test_no_line_of_the_log_holds_personal_data(text):
    story = Story()
    story.mail()
    story.record.add(Logged, text=f'{{"message": "a mail for {text}.0123456789"}}')
    assert faults(story) == ["S10"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_token_is_known_though_its_link_goes_over_two_lines(end):
    token = "k1.preferences-token-of-ann.0123456789"
    link = f"/m/preferences/{token[:20]}={end}{token[20:]}{end}Unsubscribe:".encode()
    story = Story()
    story.record.add(Called, mail=replace(mail(), mime=link), worker_at=story.now)
    story.record.add(Logged, text=token)
    assert [v.text for v in s10_no_personal_data(story.history)] == ["a token in the log"]


def test_a_line_may_hold_an_opaque_id():
    story = Story()
    story.record.add(Logged, text=f'{{"message": "a mail for {ANN}"}}')
    assert faults(story) == []


def test_no_item_but_the_profile_holds_personal_data():
    story = Story()
    story.store("COUNT", f"COUNT#{ANNS_ADDRESS}", 1)
    assert faults(story) == ["S10"]


def test_a_reason_of_a_dead_letter_holds_no_personal_data():
    story = Story()
    story.record.add(DeadLettered, queue="events", body=ANNS_ADDRESS, reason="unreadable")
    assert faults(story) == []
    story.record.add(DeadLettered, queue="events", body="", reason=ANNS_ADDRESS)
    assert faults(story) == ["S10"]


def test_a_version_grows_by_one():
    story = Story()
    story.store("PROFILE", ANN, replace(ann(), version=3))
    assert faults(story) == ["versions"]


def test_an_arm_never_changes():
    story = Story()
    story.enrol(replace(story.enrolment, arm=Arm.CONTROL))
    assert faults(story) == ["arms"]


def test_an_arm_is_the_one_that_was_drawn():
    everybody_held_out = replace(PROGRAMME.journeys["welcome"], holdout=1.0)
    story = Story(replace(PROGRAMME, journeys={"welcome": everybody_held_out}), enrolled=False)
    story.enrol(standing_before())
    assert faults(story) == ["arms"]


def test_a_journey_that_has_ended_stays_ended_and_nothing_is_due_for_it():
    story = Story()
    end = Exit(Reason.DECLINED, START)
    story.enrol(replace(story.enrolment, exit=end, due_at=None))
    assert faults(story) == []
    story.enrol(replace(story.enrolment, exit=Exit(Reason.SUPPRESSED, START)))
    assert faults(story) == ["ends"]
    story.enrol(replace(story.enrolment, due_at=START))
    assert faults(story) == ["ends", "ends"]


def test_nothing_is_due_while_a_claim_is_open():
    story = Story()
    story.claim()
    story.enrol(replace(story.enrolment, due_at=START))
    assert faults(story) == ["ends"]


def test_a_name_is_never_given_away():
    story = Story()
    story.store("ALIAS", "card#1", ANN)
    assert faults(story) == []
    story.store("ALIAS", "card#1", "b" * 26)
    assert faults(story) == ["names"]


def test_a_webhook_that_is_no_event_tells_nothing():
    story = Story()
    for body in (None, {}, {"type": "batch"}, {**JOINED, "timestamp": 5}):
        story.webhook("odd", body, status=422)
    assert faults(story) == []
