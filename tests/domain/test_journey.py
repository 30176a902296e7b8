import pytest
from domain.builders import GOALS, NOW, STEP_NAMES, journey, journeys, member, members, programme
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.events import EventType
from chalicelib.domain.journey import Step
from chalicelib.domain.member import ATTRIBUTES

THREE = journey("welcome", "reminder", "collect")


@given(journeys(), st.sampled_from([*STEP_NAMES, "removed"]))
def test_a_step_is_found_by_its_name(chain, name):
    found = chain.step(name)
    assert found == ([step for step in chain.steps if step.name == name] or [None])[0]


@given(journeys())
def test_walking_from_step_to_step_visits_each_once_in_order(chain):
    walked = [chain.steps[0]]
    while follower := chain.step_after(walked[-1].name):
        walked.append(follower)
    assert tuple(walked) == chain.steps


@given(journeys(), st.sampled_from(STEP_NAMES), st.sets(st.sampled_from(STEP_NAMES)))
def test_what_follows_is_the_nearest_later_step_not_dealt_with(chain, name, dealt_with):
    names = [step.name for step in chain.steps]
    later = names[names.index(name) + 1 :] if name in names else []
    left = [other for other in later if other not in dealt_with]
    follower = chain.step_after(name, dealt_with)
    assert (follower and follower.name) == (left[0] if left else None)


@pytest.mark.parametrize("name", ["collect", "removed"])
def test_nothing_follows_the_last_step_or_one_that_is_gone(name):
    assert THREE.step_after(name) is None


def test_a_step_is_by_default_sent_at_once_to_everyone():
    step = Step(name="welcome", mail="hello")
    assert (step.wait.total_seconds(), step.wait_for, step.when) == (0, None, None)
    assert (step.goal, step.gift) == (None, None)


def test_an_event_reaches_the_goals_that_it_proves():
    reached = programme().goals_reached_by(EventType.APP_INSTALLED, NOW)
    assert reached == {"app_installed": NOW}
    assert programme().goals_reached_by(EventType.MEMBER_UPDATED, NOW) == {}


@given(members(NOW))
def test_every_name_that_is_declared_has_a_value_for_every_member(known):
    facts = programme().facts(known)
    assert set(facts) == {*ATTRIBUTES, "goals", "balances", "standing"}
    assert all(isinstance(facts[name], str) for name in ATTRIBUTES)
    assert facts["goals"] == {name: name in known.goals for name in GOALS}
    assert facts["balances"] == {
        "redeemable": known.balance("redeemable"),
        "qualifying": known.granted.get("qualifying", 0),
    }


def test_a_member_of_whom_nothing_is_known_is_in_the_lowest_tier_and_reads_the_first_language():
    facts = programme().facts(member(attributes={}))
    assert (facts["tier"], facts["locale"], facts["first_name"]) == ("basic", "en", "")


def test_what_is_known_of_tier_and_language_is_taken():
    facts = programme().facts(member(attributes={"tier": "silver", "locale": "ru"}))
    assert (facts["tier"], facts["locale"]) == ("silver", "ru")


def test_what_is_not_declared_is_no_fact():
    odd = member(balances={"undeclared": 7}, goals={"undeclared": NOW})
    facts = programme().facts(odd)
    assert "undeclared" not in facts["balances"]
    assert "undeclared" not in facts["goals"]
