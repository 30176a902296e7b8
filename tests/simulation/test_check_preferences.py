"""The checkers of what members choose by hand see what breaks it, and no more (S3, S8, S11)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from simulation.stories import ANN, DAY, HOUR, MINUTE, PROGRAMME, STEPS, Story, ann

from chalicelib.domain.member import Consent, ConsentStatus
from chalicelib.domain.preferences import NO_PREFERENCES, Preferences
from chalicelib.simulation.checkers.contact import s8_spacing_holds
from chalicelib.simulation.checkers.model import s11_facts_make_the_profiles
from chalicelib.simulation.checkers.safety import s3_none_after_no, s3_none_of_a_declined_topic

ALL = (s3_none_after_no, s3_none_of_a_declined_topic, s8_spacing_holds)
WEEKLY = Preferences(spacing=7 * DAY)


def faults(story):
    return [v.invariant for checker in ALL for v in checker(story.history)]


def folded(story):
    return [v.text for v in s11_facts_make_the_profiles(story.history, story.final().members)]


def test_nothing_of_a_topic_is_claimed_and_called_after_it_was_declined():
    story = Story()
    story.chose(["miles"])
    story.mail()
    assert faults(story) == ["S3"]


def test_what_is_of_another_topic_or_of_none_may_go_on():
    story = Story()
    story.chose(["account"])
    story.mail()
    story.chose([])
    story.mail("a2", "second")
    assert faults(story) == []


@pytest.mark.parametrize("status", [0, 404, 422, 502, 503])
def test_a_choice_that_was_not_answered_with_200_promises_nothing(status):
    story = Story()
    story.chose(["miles"], status=status)
    story.mail()
    assert faults(story) == []


def test_a_claim_from_before_the_answer_may_still_be_called():
    story = Story()
    story.claim()
    story.chose(["miles"])
    story.call()
    assert faults(story) == []


def test_a_claim_after_the_answer_that_is_taken_back_does_no_harm():
    story = Story()
    story.chose(["miles"])
    story.claim()
    story.release()
    assert faults(story) == []


@pytest.mark.parametrize("status", [200, 0])
def test_a_later_choice_brings_the_topic_back_answered_or_not(status):
    story = Story()
    story.chose(["miles"])
    story.now += HOUR
    story.chose(["account"], status=status)
    story.mail()
    assert faults(story) == []


def test_an_earlier_choice_does_not_bring_it_back():
    story = Story()
    story.chose(["account"])
    story.now += HOUR
    story.chose(["miles"])
    story.mail()
    assert faults(story) == ["S3"]


def test_a_later_choice_does_not_excuse_a_mail_from_before_it():
    story = Story()
    story.chose(["miles"])
    story.now += HOUR
    story.mail()
    story.now += HOUR
    story.chose(["account"])
    assert faults(story) == ["S3"]


def test_a_claimer_that_may_have_had_the_step_without_its_topic_may_go_on():
    story = Story()
    without = (replace(STEPS[0], topic=None), *STEPS[1:])
    story.begin("queue_sends#1")
    journey = replace(PROGRAMME.journeys["welcome"], steps=without)
    story.deploy(replace(PROGRAMME, journeys={"welcome": journey}))
    story.chose(["miles"])
    story.mail()
    assert faults(story) == []


def test_what_somebody_else_chose_holds_nothing():
    story = Story()
    chosen = story.chose(["miles"])
    story.record.seen[-1] = replace(chosen, member_id="b" * 26)
    story.mail()
    assert faults(story) == []


def test_mails_turned_off_by_hand_are_a_no():
    story = Story()
    story.turned("off")
    story.mail()
    assert faults(story) == ["S3"]


def test_mails_turned_on_again_go_out_and_those_of_before_were_wrong():
    story = Story()
    story.turned("off")
    story.now += HOUR
    story.turned("on")
    story.mail()
    assert faults(story) == []
    story = Story()
    story.unsubscribed()
    story.now += HOUR
    story.mail()
    story.now += HOUR
    story.turned("on")
    assert faults(story) == ["S3"]


def test_a_yes_by_hand_is_newer_than_what_a_partner_told_before_whatever_its_clock_said():
    """The partner is two hours ahead: by its clock the no is from before the member joined."""
    for told_before_the_yes in (True, False):
        story = Story()
        if told_before_the_yes:
            story.tell("back", "member.joined", at=story.now + 2 * HOUR)
        story.now += MINUTE
        story.turned("on")
        story.tell("no", "mail.declined", at=story.now + HOUR)
        story.mail()
        assert faults(story) == ([] if told_before_the_yes else ["S3"])


def two_mails(hours, **changes):
    story = Story()
    story.mail()
    story.change(**changes)
    story.touch()
    story.now += hours * HOUR
    story.begin("queue_sends#1")
    story.mail("a2", "second")
    return story


@pytest.mark.parametrize(("hours", "kept"), [(167, False), (168, True)])
def test_mails_are_as_far_apart_as_the_member_chose(hours, kept):
    story = two_mails(hours, preferences=WEEKLY)
    assert faults(story) == ([] if kept else ["S8"])


def test_who_chose_nothing_has_no_spacing():
    assert faults(two_mails(1)) == []


def test_a_spacing_that_the_claimer_may_not_have_read_binds_it_not():
    story = Story()
    story.mail()
    story.now += HOUR
    story.begin("queue_sends#1")
    story.change(preferences=WEEKLY)
    story.mail("a2", "second")
    assert faults(story) == []


def test_a_mail_that_the_service_rejected_later_needs_no_time_after_it():
    story = two_mails(1, preferences=WEEKLY)
    story.hear("rejected")
    assert faults(story) == []


CHOSEN = Preferences(declined_topics=frozenset({"miles"}), spacing=7 * DAY)


def test_the_profile_has_what_was_chosen_last():
    story = Story()
    story.chose(["account"], "7")
    assert folded(story)
    story.change(preferences=CHOSEN)
    assert folded(story) == []
    story.now += HOUR
    story.chose()
    assert folded(story)
    story.change(preferences=NO_PREFERENCES)
    assert folded(story) == []


def test_of_two_choices_that_overlap_either_may_stand():
    story = Story()
    story.chose(["account"], "7")
    story.now += timedelta(seconds=5)
    story.chose()
    assert folded(story) == []
    story.change(preferences=CHOSEN)
    assert folded(story) == []


def test_a_choice_without_an_answer_may_stand_or_not_and_nothing_else_does():
    story = Story()
    story.chose(["account"], "7", status=0)
    assert folded(story) == []
    story.change(preferences=CHOSEN)
    assert folded(story) == []
    story.change(preferences=WEEKLY)
    assert folded(story)


def test_nobody_has_preferences_or_a_language_that_they_did_not_choose():
    for preferences in (WEEKLY, Preferences(language="ru")):
        story = Story()
        story.change(preferences=preferences)
        assert folded(story)


def test_mails_turned_on_by_hand_are_wanted_until_a_newer_no():
    story = Story()
    story.turned("on")
    assert folded(story)
    story.change(consent=Consent(ConsentStatus.GIVEN, story.now))
    assert folded(story) == []
    story.now += HOUR
    story.turned("off")
    assert folded(story)
    story.change(consent=Consent(ConsentStatus.DECLINED, story.now))
    assert folded(story) == []


def test_a_partners_later_no_outdoes_the_yes_and_an_earlier_one_does_not():
    for hours, stands in ((1, ConsentStatus.DECLINED), (-1, ConsentStatus.GIVEN)):
        story = Story()
        story.now += 2 * HOUR
        story.turned("on")
        story.change(consent=Consent(stands, story.now))
        story.tell("no", "mail.declined", at=story.now + hours * HOUR)
        assert folded(story) == []
    assert ann().member_id == ANN


def test_a_consent_that_nobody_gave_is_seen():
    story = Story()
    story.change(consent=Consent(ConsentStatus.GIVEN, story.now))
    assert folded(story)
