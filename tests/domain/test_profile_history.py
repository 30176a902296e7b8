"""A profile remembers what mails could show of it, as far back as its history reaches."""

from dataclasses import replace

import pytest
from domain.builders import NOW, member
from hypothesis import given
from hypothesis import strategies as st
from strategies import TEXT, members, times

from chalicelib.domain.member import ATTRIBUTES, Past
from chalicelib.domain.profile_history import CUT, MOST_PAST, as_of, remembering

GOALS = ("account_registered", "app_installed")

attributes = st.dictionaries(st.sampled_from(ATTRIBUTES), TEXT, max_size=2)
reached = st.dictionaries(st.sampled_from(GOALS), times, max_size=1)
languages = st.sampled_from(["", "en", "ru"])
taken_back = st.lists(st.sampled_from(GOALS), max_size=1)  # with a merge that gave them
changes = st.tuples(attributes, reached, st.none() | languages, taken_back)


def changed(member, change):
    told, goals, language, gone = change
    after = replace(member, attributes={**member.attributes, **told}).reached(goals)
    after = replace(after, goals={name: at for name, at in after.goals.items() if name not in gone})
    if language is None:
        return after
    return replace(after, preferences=replace(after.preferences, language=language))


def stored(member):
    """As a store leaves it: with the next version."""
    return replace(member, version=member.version + 1)


def can_show(member):
    """All that a mail can show of a member, but for amounts: what is not known is empty."""
    return (
        {name: member.attribute(name) for name in ATTRIBUTES},
        set(member.goals),
        member.preferences.language,
    )


def lived(member, told):
    """The member under every version, from the first, with a grant between some."""
    versions = [stored(replace(member, version=0, past=()))]
    for change in told:
        now = versions[-1]
        after = now.with_grant("redeemable", 5) if change is None else changed(now, change)
        if change is not None and after != now:
            after = remembering(now, after)
        versions.append(stored(after))
    return versions


@given(members, st.lists(st.none() | changes, max_size=12))
def test_every_version_is_remembered_in_all_that_mails_can_show(member, told):
    versions = lived(member, told)
    for former in versions:
        assert can_show(as_of(versions[-1], former.version)) == can_show(former)


@given(members, st.lists(st.none() | changes, max_size=12))
def test_what_is_remembered_is_bounded_and_in_order(member, told):
    past = lived(member, told)[-1].past
    assert len(past) <= MOST_PAST
    assert list(past) == sorted(past, key=lambda each: (each.until, each.name))
    assert len({(each.until, each.name) for each in past}) == len(past)


@given(members, st.integers(1, 3 * MOST_PAST), st.integers(1, 3))
def test_a_history_that_is_cut_tells_the_truth_or_nothing(member, count, names):
    told = [
        (dict.fromkeys(ATTRIBUTES[:names], f"value {number}"), {}, None, [])
        for number in range(count)
    ]
    versions = lived(member, told)
    known = [as_of(versions[-1], former.version) for former in versions]
    assert all(
        then is None or can_show(then) == can_show(former)
        for then, former in zip(known, versions, strict=True)
    )
    assert known[-1] is not None
    assert len(versions[-1].past) <= MOST_PAST
    remembered = [then is not None for then in known]
    assert remembered == sorted(remembered)
    enough = MOST_PAST // names - 1
    assert all(remembered[-enough:])


def test_who_was_never_stored_remembers_nothing():
    new = member()
    assert remembering(new, changed(new, ({"first_name": "Anne"}, {}, None, []))).past == ()


def test_what_stays_as_it_was_is_not_remembered():
    known = member(version=1)
    assert remembering(known, replace(known, balances={"redeemable": 7})).past == ()


def test_a_version_that_was_never_stored_is_not_known():
    known = member(version=1)
    assert as_of(known, 1) == known
    assert as_of(known, 2) is None


def test_a_cut_hides_its_own_version_and_all_before():
    known = member(version=9, past=(Past(CUT, "", 5),))
    assert [as_of(known, version) is None for version in (4, 5, 6)] == [True, True, False]


@pytest.mark.parametrize("language", ["", "ru"])
def test_the_language_that_a_member_had_chosen_is_remembered(language):
    known = changed(member(version=1), ({}, {}, language, []))
    later = stored(remembering(known, changed(known, ({}, {}, "en", []))))
    assert as_of(later, 1).preferences.language == language


def test_a_goal_that_was_not_reached_yet_is_not_in_the_past():
    known = member(version=1)
    later = stored(remembering(known, known.reached({"app_installed": NOW})))
    assert as_of(later, 1).goals == {}
    assert as_of(later, 2).goals == {"app_installed": NOW}
