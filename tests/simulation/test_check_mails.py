"""The checkers of single mails and of who gets them see what they are there for, and no more."""

from dataclasses import replace
from datetime import date

import pytest
from simulation.stories import (
    ANN,
    ANNS_ADDRESS,
    DAY,
    HOUR,
    PROGRAMME,
    STEPS,
    Story,
    ann,
    event,
    standing_before,
    texts,
)

from chalicelib.domain.arms import Arm
from chalicelib.domain.breaker import DayCount
from chalicelib.domain.enrolment import StepState
from chalicelib.domain.member import (
    Consent,
    ConsentStatus,
    Suppression,
    SuppressionCause,
    Tombstone,
)
from chalicelib.domain.reasons import Reason
from chalicelib.simulation.checkers.attempts import s1_never_twice, s1_patience
from chalicelib.simulation.checkers.breaker import s5_breaker_trips
from chalicelib.simulation.checkers.safety import (
    s2_none_to_the_control_group,
    s3_none_after_no,
    s4_none_to_the_suppressed,
    s5_none_of_the_paused,
)
from chalicelib.simulation.record import Erased, Paused, Resumed

ALL = (
    s1_never_twice,
    s1_patience,
    s2_none_to_the_control_group,
    s3_none_after_no,
    s4_none_to_the_suppressed,
    s5_none_of_the_paused,
)


def faults(story):
    return [v.invariant for checker in ALL for v in checker(story.history)]


def test_a_mail_that_went_well_breaks_nothing():
    story = Story()
    story.mail()
    assert faults(story) == []


def test_an_attempt_is_called_once():
    story = Story()
    story.claim()
    story.call()
    story.call()
    assert faults(story) == ["S1"]


def test_an_attempt_is_not_called_without_its_claim():
    story = Story()
    story.claim()
    story.release()
    story.call()
    assert faults(story) == ["S1"]


def test_a_step_is_not_claimed_again_after_a_call_that_nobody_answered():
    story = Story()
    story.claim()
    story.call()
    story.release()
    story.claim("a2")
    assert "S1" in faults(story)


def test_a_step_may_be_claimed_again_after_a_refusal_or_without_a_call():
    story = Story()
    story.claim()
    story.release()
    story.claim("a2")
    story.call("a2")
    story.refuse("a2")
    story.release()
    story.mail("a3")
    assert faults(story) == []


def test_two_accepted_mails_of_a_step_are_one_too_many():
    story = Story()
    story.mail()
    story.release()
    story.claim("a2")
    story.call("a2")
    story.accept("a2")
    assert faults(story).count("S1") == 2, "claimed again, and accepted again"


def retried(after=DAY, *, step="second", state=StepState.RETRY, calls=1):
    story = Story()
    story.mail()
    story.now += HOUR
    story.claim("b1", step)
    for _ in range(calls):
        story.call("b1", step)
    story.accept("b1", step)
    story.now += after
    story.step(step, state=state)
    story.claim("b2", step)
    story.call("b2", step)
    story.accept("b2", step)
    return story


def test_a_step_that_says_so_is_tried_once_more_after_a_day():
    assert faults(retried()) == []


def test_it_is_not_tried_again_before_a_day_has_passed():
    assert set(faults(retried(DAY - HOUR))) == {"S1"}


def test_it_is_not_tried_again_once_it_was_settled():
    assert faults(retried(state=StepState.SENT)) == ["S1"]


def test_it_is_not_tried_a_third_time():
    story = retried()
    story.now += DAY
    story.step("second", state=StepState.RETRY)
    story.claim("b3", "second")
    assert faults(story) == ["S1"]


def test_a_step_that_does_not_say_so_is_never_tried_again():
    story = Story()
    story.claim()
    story.call()
    story.now += DAY
    story.step(state=StepState.RETRY)
    story.claim("a2")
    assert faults(story) == ["S1"]


def test_an_open_claim_is_not_given_up_within_a_day():
    story = Story()
    story.claim()
    story.now += 23 * HOUR
    story.step(state=StepState.FAILED, reason=Reason.OUTCOME_UNKNOWN)
    assert faults(story) == ["S1"]


def test_an_open_claim_may_be_given_up_after_a_day():
    story = Story()
    story.claim()
    story.now += DAY
    story.step(state=StepState.FAILED, reason=Reason.OUTCOME_UNKNOWN)
    assert faults(story) == []


def test_the_control_group_gets_nothing():
    story = Story(enrolled=False)
    story.enrol(standing_before(arm=Arm.CONTROL))
    story.mail()
    assert faults(story) == ["S2"]


def test_who_is_in_no_journey_gets_nothing():
    story = Story(enrolled=False)
    story.call()
    assert "S2" in faults(story)


def test_nothing_is_claimed_and_called_after_the_answer_to_unsubscribing():
    story = Story()
    story.unsubscribed()
    story.mail()
    assert faults(story) == ["S3"]


@pytest.mark.parametrize("status", [0, 502, 503])
def test_an_unsubscribing_that_failed_promises_nothing(status):
    story = Story()
    story.unsubscribed(status)
    story.mail()
    assert faults(story) == []


def test_a_claim_from_before_the_answer_may_still_be_called():
    story = Story()
    story.claim()
    story.unsubscribed()
    story.call()
    assert faults(story) == []


def test_a_claim_after_the_answer_that_is_taken_back_does_no_harm():
    story = Story()
    story.unsubscribed()
    story.claim()
    story.release()
    assert faults(story) == []


def test_a_later_consent_lets_mails_go_on():
    story = Story()
    story.unsubscribed()
    story.now += HOUR
    story.tell("yes", "mail.consented")
    story.mail()
    assert faults(story) == []


def test_a_later_consent_does_not_excuse_a_mail_from_before_it():
    story = Story()
    story.unsubscribed()
    story.now += HOUR
    story.mail()
    story.now += HOUR
    story.tell("yes", "mail.consented")
    assert faults(story) == ["S3"]


def test_a_consent_counts_from_where_it_was_taken():
    story = Story()
    story.unsubscribed()
    story.now += HOUR
    yes = event("mail.consented", story.now)
    story.webhook("yes", yes)
    story.conclude("yes", yes, None)
    story.mail()
    story.conclude("yes", yes)
    assert faults(story) == []


def test_an_earlier_consent_does_not():
    story = Story()
    story.tell("yes", "mail.consented")
    story.now += HOUR
    story.unsubscribed()
    story.mail()
    assert faults(story) == ["S3"]


def test_nothing_is_claimed_after_a_declining_event_was_concluded():
    story = Story()
    story.tell("no", "mail.declined")
    story.mail()
    assert faults(story) == ["S3"]


FORBIDDING = {
    "declined": {"consent": Consent(ConsentStatus.DECLINED, ann().joined_at)},
    "suppressed": {"suppression": Suppression(SuppressionCause.COMPLAINT, ann().joined_at)},
    "left": {"left_at": ann().joined_at},
    "no address": {"attributes": {"channel": "offline"}},
}


@pytest.mark.parametrize("why", FORBIDDING)
def test_nothing_is_claimed_when_the_profile_forbade_it_before_the_sender_began(why):
    story = Story()
    story.change(**FORBIDDING[why])
    story.begin("queue_sends#1")
    story.mail()
    assert faults(story) == ["S4"]


@pytest.mark.parametrize("why", FORBIDDING)
def test_a_sender_that_may_have_read_the_profile_before_may_claim(why):
    story = Story()
    story.begin("queue_sends#1")
    story.change(**FORBIDDING[why])
    story.mail()
    assert faults(story) == []


def test_after_the_enrolment_was_settled_no_sender_may_claim():
    story = Story()
    story.begin("queue_sends#1")
    story.change(**FORBIDDING["suppressed"])
    story.touch()
    story.mail()
    assert faults(story) == ["S4"]


def test_an_erased_member_is_not_claimed_after_the_operator_was_told():
    story = Story()
    story.begin("queue_sends#1")
    story.store("TOMBSTONE", ANN, Tombstone(member_id=ANN, erased_at=story.now, version=2))
    story.record.add(Erased, member_id=ANN)
    story.mail()
    assert faults(story) == ["S4"]


def test_consent_is_needed_where_the_programme_asks_for_it():
    story = Story(replace(PROGRAMME, consent_required=True))
    story.mail()
    assert faults(story) == ["S4"]


@pytest.mark.parametrize("journey", [None, "welcome"])
def test_nothing_is_claimed_and_called_in_a_pause(journey):
    story = Story()
    story.record.add(Paused, journey=journey)
    story.mail()
    assert faults(story) == ["S5"]


def test_what_was_claimed_before_the_pause_may_be_called_in_it():
    story = Story()
    story.claim()
    story.record.add(Paused, journey=None)
    story.call()
    assert faults(story) == []


def test_a_pause_of_another_journey_or_one_that_is_over_holds_nothing():
    story = Story()
    story.record.add(Paused, journey="extras")
    story.record.add(Paused, journey="welcome")
    story.record.add(Resumed, journey="welcome")
    story.mail()
    assert faults(story) == []


def without_the_first_step():
    journey = replace(PROGRAMME.journeys["welcome"], steps=STEPS[1:])
    return replace(PROGRAMME, journeys={"welcome": journey})


def test_a_step_that_was_gone_before_the_sender_began_is_not_sent():
    story = Story()
    story.deploy(without_the_first_step())
    story.begin("queue_sends#1")
    story.mail()
    assert "S5" in faults(story)


def test_a_sender_that_began_with_the_old_programme_may_send_its_step():
    story = Story()
    story.begin("queue_sends#1")
    story.deploy(without_the_first_step())
    story.mail()
    assert faults(story) == []


def test_a_violation_says_what_broke_where_and_how():
    story = Story()
    story.claim()
    story.call()
    second = story.call()
    [told] = texts(s1_never_twice(story.history))
    assert told == f"S1 at {second.number}: attempt a1 was called twice"


def test_an_address_that_led_to_an_erased_member_is_mailed_for_nobody():
    other = "b" * 26
    story = Story()
    story.store("ALIAS", f"email#{ANNS_ADDRESS}", other)
    story.record.add(Erased, member_id=other)
    story.mail()
    assert faults(story) == ["S4"]


def test_an_address_that_led_to_somebody_else_all_the_time_may_be_mailed():
    story = Story()
    story.store("ALIAS", f"email#{ANNS_ADDRESS}", ANN)
    story.record.add(Erased, member_id="b" * 26)
    story.mail()
    assert faults(story) == []


def test_a_call_whose_claim_late_word_of_the_first_attempt_has_settled_was_claimed():
    story = Story()
    story.mail()
    story.now += HOUR
    story.claim("b1", "second")
    story.call("b1", "second")
    story.now += DAY
    story.step("second", state=StepState.RETRY)
    story.claim("b2", "second")
    story.step("second", state=StepState.SENT)
    story.call("b2", "second")
    assert faults(story) == []


def counted(story, mails=0, complaints=0, bounces=0, day=1):
    count = DayCount(day=date(2027, 3, day), mails=mails, complaints=complaints, bounces=bounces)
    return story.store("COUNT", f"welcome#0#2027-03-{day:02}", count)


def test_a_journey_over_its_breakers_bounds_is_paused():
    story = Story()
    counted(story, mails=2000)
    counted(story, mails=2000, complaints=2)
    assert [v.invariant for v in s5_breaker_trips(story.history)] == ["S5"]
    story.record.add(Paused, journey="welcome")
    assert list(s5_breaker_trips(story.history)) == []


def test_a_journey_that_was_paused_already_need_not_be_paused_again():
    story = Story()
    story.record.add(Paused, journey="welcome")
    counted(story, mails=2000)
    counted(story, mails=2000, bounces=60)
    assert list(s5_breaker_trips(story.history)) == []


@pytest.mark.parametrize(
    ("mails", "complaints", "bounces"), [(1999, 1999, 0), (2000, 1, 0), (2000, 0, 59), (2000, 0, 0)]
)
def test_a_journey_within_its_breakers_bounds_need_not_be_paused(mails, complaints, bounces):
    story = Story()
    counted(story, mails=mails)
    counted(story, mails=mails, complaints=complaints, bounces=bounces)
    assert list(s5_breaker_trips(story.history)) == []


def test_what_is_going_wrong_today_is_not_hidden_by_good_days():
    story = Story()
    counted(story, mails=100_000, day=1)
    counted(story, mails=2000, day=2)
    counted(story, mails=2000, complaints=2, day=2)
    assert [v.invariant for v in s5_breaker_trips(story.history)] == ["S5"]


def test_counts_that_later_mails_brought_under_the_bounds_need_no_pause():
    story = Story()
    counted(story, mails=2000)
    counted(story, mails=2000, complaints=2)
    counted(story, mails=2600, complaints=2)
    assert list(s5_breaker_trips(story.history)) == []
