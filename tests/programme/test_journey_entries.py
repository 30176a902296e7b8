"""What begins and ends a journey: partners' events, and the engine's own news."""

import pytest

from chalicelib.domain.events import EventType
from chalicelib.domain.journey import Exits
from chalicelib.domain.news import NewsKind
from chalicelib.programme.compiled import data_of, programme_of
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.lint import lint_programme
from chalicelib.programme.loader import load_programme

ENTERS = "enters: {on: member.joined}"
GIFT = "        gift: {goal: account_registered, unit: redeemable, amount: 500}\n"


def problems_of(folder):
    with pytest.raises(ProgrammeError) as refused:
        load_programme(folder)
    return refused.value.problems


def journey_of(edited):
    """Load the journey as it is written, and once more as it is compiled."""
    programme = load_programme(edited.folder)
    assert programme_of(data_of(programme)).journeys == programme.journeys
    return programme.journeys["welcome"]


def test_news_may_begin_a_journey_which_is_then_entered_again(edited):
    assert not journey_of(edited).entered_again
    edited.replace(ENTERS, "enters: {on: tier.reached}")
    edited.replace(GIFT, "")
    journey = journey_of(edited)
    assert journey.entry_event is NewsKind.TIER_REACHED
    assert journey.entered_again


def test_events_and_news_may_end_a_journey_and_by_themselves_none_does(edited):
    assert journey_of(edited).exits is None
    edited.replace(ENTERS, f"{ENTERS}\n    exits: {{on: [tier.lost, app.installed]}}")
    on = (NewsKind.TIER_LOST, EventType.APP_INSTALLED)
    assert journey_of(edited).exits == Exits(on=on)


def test_what_ends_a_journey_may_have_a_condition(edited):
    edited.replace(ENTERS, f"{ENTERS}\n    exits: {{on: [tier.lost], when: tier == 'gold'}}")
    exits = journey_of(edited).exits
    assert [exits.when({"tier": tier}) for tier in ("gold", "silver")] == [True, False]


FAULTS = [
    ("enters: {on: tier.reachd}",
     "`journeys.welcome.enters.on`: 'tier.reachd' is no event and no news",
     "Did you mean tier.reached?"),
    ("enters: {on: [tier.lost]}",
     "`journeys.welcome.enters.on`: ['tier.lost'] is no event and no news", None),
    (f"{ENTERS}\n    exits: {{on: []}}", "`journeys.welcome.exits.on` has too few entries",
     None),
    (f"{ENTERS}\n    exits: {{on: [tier.lost, tier.lost]}}",
     "`journeys.welcome.exits.on` has `tier.lost` twice", "Keep one, or give it another name"),
    (f"{ENTERS}\n    exits: {{on: [tier.lost], when: teir == 'gold'}}",
     "`journeys.welcome.exits.when` names the fact `teir`, which is unknown",
     "Did you mean tier?"),
    (f"{ENTERS}\n    exits: {{on: [tier.lost, member.joined]}}",
     "the journey begins with `member.joined` and ends with it",
     "Delete it here, or let another event begin the journey"),
    ("enters: {on: tier.reached}",
     "news let members in again, so that `reminder` would promise a gift again",
     "Delete the gift, or let the journey be entered by an event"),
]  # fmt: skip


@pytest.mark.parametrize(("new", "what", "cure"), FAULTS)
def test_a_fault_is_told_with_its_cure(edited, new, what, cure):
    edited.replace(ENTERS, new)
    (problem,) = problems_of(edited.folder)
    assert problem.what == what
    assert cure is None or problem.cure == cure


@pytest.mark.parametrize(
    ("when", "what"),
    [
        ("standing.keep_miles > 0", "names the fact `standing.keep_miles`, which is unknown"),
        ("standing.next_tier == 'gild'", "names the tier `gild`, which is unknown"),
        ("standing.at_risk and not standing.at_risk", "holds for no member"),
        ("standing.owed_redeemable > 5 and standing.owed_redeemable < 6", "holds for no member"),
    ],
)
def test_a_condition_on_the_standing_is_held_against_what_is_declared(edited, when, what):
    edited.replace(ENTERS, f"enters: {{on: member.joined, when: {when}}}")
    problems = lint_programme(edited.folder)
    assert any(what in problem.what for problem in problems)


def test_what_the_standing_has_can_be_asked_about_when_entering(edited):
    when = "standing.at_risk or standing.next_tier == 'gold' or standing.reach_segments < 3"
    edited.replace(ENTERS, f"enters: {{on: member.joined, when: {when}}}")
    assert journey_of(edited).entry_when({"standing": {"at_risk": True}})


def test_a_goal_is_proved_by_a_partner_s_event_alone(edited):
    edited.replace("on: card.issued", "on: tier.reached")
    (problem,) = problems_of(edited.folder)
    assert problem.what == "`goals.cobrand_card_issued.on` can't be 'tier.reached'"
