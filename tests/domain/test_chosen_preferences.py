"""What a member chooses by hand, and how decisions keep to it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from domain.builders import DAY, NOW, enrolment, journey, member, programme
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.brakes import NO_PAUSES
from chalicelib.domain.contact_rules import FrequencyCap
from chalicelib.domain.decision import Send, Skip, Wait, decide, why_held_back
from chalicelib.domain.journey import Step
from chalicelib.domain.member import Consent, ConsentStatus
from chalicelib.domain.preferences import NO_PREFERENCES, Choice, Preferences, spacing_of
from chalicelib.domain.reasons import Reason

TOPICS = {"account": "Your account", "miles": "Miles"}
PROGRAMME = programme(journey(Step(name="welcome", mail="welcome", topic="miles")), topics=TOPICS)
names = st.sampled_from(["account", "miles", "app", "old"])
choices = st.builds(
    Choice,
    topics=st.frozensets(names),
    spacing=st.sampled_from([None, 7 * DAY, 30 * DAY]),
    language=st.sampled_from(["", "en", "ru"]),
)
kept = st.builds(
    Preferences,
    declined_topics=st.frozensets(names),
    spacing=st.sampled_from([None, 7 * DAY]),
    language=st.sampled_from(["", "en"]),
)


def choosing(**preferences):
    return member(preferences=Preferences(**preferences))


@given(kept, choices, st.frozensets(names))
def test_a_choice_is_kept_whole_and_twice_is_once(before, choice, declared):
    after = before.choosing(choice, declared)
    assert after.choosing(choice, declared) == after
    assert after.spacing == choice.spacing
    assert {topic for topic in declared if not after.declines(topic)} == declared & choice.topics


@given(kept, choices, st.frozensets(names))
def test_of_a_topic_that_is_not_declared_nothing_changes(before, choice, declared):
    after = before.choosing(choice, declared)
    assert after.declined_topics - declared == before.declined_topics - declared


def test_whoever_chooses_everything_has_no_preferences():
    assert NO_PREFERENCES.choosing(Choice(topics=frozenset(TOPICS)), TOPICS) == NO_PREFERENCES


def test_a_step_of_a_declined_topic_is_skipped_before_its_wait_is_over():
    waiting = enrolment(ready_at=NOW + DAY)
    decline = choosing(declined_topics=frozenset({"miles"}))
    decided = decide(PROGRAMME, waiting, decline, NOW)
    assert isinstance(decided, Skip)
    assert decided.reason is Reason.TOPIC_DECLINED


def test_a_step_of_another_topic_or_of_none_is_sent():
    decline = choosing(declined_topics=frozenset({"account"}))
    assert isinstance(decide(PROGRAMME, enrolment(), decline, NOW), Send)
    untold = programme(journey("welcome"))
    every = choosing(declined_topics=frozenset(TOPICS))
    assert isinstance(decide(untold, enrolment(), every, NOW), Send)


def test_a_goal_that_is_reached_is_the_reason_even_of_a_declined_topic():
    done = journey(Step(name="welcome", mail="welcome", topic="miles", goal="app_installed"))
    decline = replace(choosing(declined_topics=frozenset({"miles"})), goals={"app_installed": NOW})
    assert decide(programme(done), enrolment(), decline, NOW).reason is Reason.GOAL_REACHED


@pytest.mark.parametrize(("days", "waits"), [(6, True), (7, False)])
def test_the_members_spacing_is_a_cap_of_their_own(days, waits):
    weekly = choosing(spacing=7 * DAY)
    decided = decide(PROGRAMME, enrolment(), weekly, NOW, [NOW - days * DAY])
    if waits:
        assert decided == Wait(NOW + DAY, Reason.FREQUENCY_CAP)
    else:
        assert isinstance(decided, Send)


def test_the_programmes_caps_hold_as_well():
    capped = replace(PROGRAMME, frequency_caps=(FrequencyCap(1, 30 * DAY),))
    weekly = choosing(spacing=7 * DAY)
    decided = decide(capped, enrolment(), weekly, NOW, [NOW - 8 * DAY])
    assert decided == Wait(NOW + 22 * DAY, Reason.FREQUENCY_CAP)


@pytest.mark.parametrize(
    ("preferences", "reason"),
    [
        ({}, None),
        ({"declined_topics": frozenset({"miles"})}, Reason.TOPIC_DECLINED),
        ({"spacing": 7 * DAY}, Reason.FREQUENCY_CAP),
    ],
)
def test_both_are_asked_again_after_the_claim(preferences, reason):
    mailed = [NOW - DAY]
    who = choosing(**preferences)
    assert why_held_back(PROGRAMME, "welcome", "miles", who, NOW, mailed, NO_PAUSES) is reason


def test_the_chosen_language_is_the_members_while_it_is_spoken():
    assert PROGRAMME.locale_of(member()) == "en"
    told = member(attributes={"locale": "ru"})
    assert PROGRAMME.locale_of(told) == "ru"
    chosen = replace(told, preferences=Preferences(language="en"))
    assert PROGRAMME.facts(chosen)["locale"] == "en"
    assert replace(PROGRAMME, locales=("ru",)).locale_of(chosen) == "ru"


@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_turning_mails_on_outdoes_any_word_from_before(hours):
    declined = member(consent=ConsentStatus.DECLINED, joined_at=NOW + hours * timedelta(hours=1))
    on = declined.subscribed(NOW)
    assert on.consent.status is ConsentStatus.GIVEN
    assert on.consent.at >= NOW
    later = on.consent.revised(ConsentStatus.DECLINED, on.consent.at)
    assert later.status is ConsentStatus.DECLINED


def test_turning_mails_on_that_are_on_outdoes_a_refusal_that_is_told_late():
    on = member().subscribed(NOW)
    again = on.subscribed(NOW + 2 * DAY)
    told_late = again.consent.revised(ConsentStatus.DECLINED, NOW + DAY)
    assert told_late == Consent(ConsentStatus.GIVEN, NOW + 2 * DAY)
    dated_later = again.consent.revised(ConsentStatus.DECLINED, NOW + 3 * DAY)
    assert dated_later.status is ConsentStatus.DECLINED


def test_it_takes_no_suppression_away():
    on = member().subscribed(NOW)
    assert on == replace(member(), consent=Consent(ConsentStatus.GIVEN, on.consent.at))


@pytest.mark.parametrize(
    ("text", "days"),
    [("7 days", 7), ("1 day", 1), ("2w", 14), ("52 weeks", 364), ("365d", 365)],
)
def test_a_spacing_is_read_in_days_and_weeks(text, days):
    assert spacing_of(text) == days * DAY


@pytest.mark.parametrize("text", ["", "0 days", "07 days", "366 days", "53 weeks", "48 hours", "7"])
def test_what_is_no_spacing_is_none(text):
    assert spacing_of(text) is None
