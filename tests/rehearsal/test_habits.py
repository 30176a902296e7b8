"""What members do: made up, but always the same, within the days, and about things that were."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from years import plan, roll_of, row

from chalicelib.rehearsal.habits import Award, CameBack, Told, life
from chalicelib.rehearsal.newcomers import sample

NUMBERS = st.integers(0, 10_000)
few = settings(max_examples=20)


@pytest.fixture(scope="module")
def newcomers(tmp_path_factory):
    return roll_of(tmp_path_factory.mktemp("roll"), [row(number) for number in range(60)]).newcomers


def lives(newcomers, **changes):
    return [act for each in newcomers for act in life(plan(**changes), each)]


@few
@given(seed=NUMBERS)
def test_the_same_seed_gives_the_same_life_and_another_seed_another(newcomers, seed):
    some = newcomers[:5]
    assert lives(some, seed=seed) == lives(some, seed=seed)
    assert lives(some, seed=seed) != lives(some, seed=seed + 1)


@few
@given(seed=NUMBERS)
def test_what_one_member_does_hangs_on_nobody_else(newcomers, seed):
    one, other = newcomers[:2]
    assert lives([one, other], seed=seed)[: len(lives([one], seed=seed))] == lives([one], seed=seed)


@few
@given(seed=NUMBERS)
def test_acts_come_by_days_that_are_lived_and_are_told_after_they_were(newcomers, seed):
    days = plan(seed=seed)
    for newcomer in newcomers[:10]:
        acts = life(days, newcomer)
        assert acts == sorted(acts, key=lambda act: act.on)
        assert all(days.first <= act.on <= days.last for act in acts)
        for act in acts:
            if isinstance(act, Told):
                assert days.first <= act.transaction.on <= act.on
                assert act.on - act.transaction.on <= timedelta(days=60)
            if isinstance(act, Award) and act.undone:
                assert act.undone >= act.on


@few
@given(seed=NUMBERS)
def test_what_comes_back_was_told_before_once_and_is_no_more_than_that(newcomers, seed):
    for newcomer in newcomers[:10]:
        told, back = {}, set()
        for act in life(plan(seed=seed), newcomer):
            if isinstance(act, Told):
                assert act.transaction.reference not in told
                told[act.transaction.reference] = act.transaction
            if isinstance(act, CameBack):
                assert act.returned.reference in told
                assert act.returned.reference not in back
                back.add(act.returned.reference)
                quantity = told[act.returned.reference].lines[0].quantity
                assert all(part < quantity for _, part in act.returned.lines)


def test_members_do_all_that_there_is_to_do(newcomers):
    acts = lives(newcomers)
    told = [act for act in acts if isinstance(act, Told)]
    lines = [line for act in told for line in act.transaction.lines]
    assert {line.kind for line in lines} == {"flight", "purchase"}
    assert {line.booking_class for line in lines if line.kind == "flight"} == set("YMCJX")
    assert any(act.again for act in told)
    assert any(act.on > act.transaction.on for act in told)
    returned = [act.returned for act in acts if isinstance(act, CameBack)]
    assert {bool(each.lines) for each in returned} == {True, False}
    awards = [act for act in acts if isinstance(act, Award)]
    assert {bool(award.undone) for award in awards} == {True, False}
    assert any(award.percent > 100 for award in awards)


def test_a_life_of_one_day_is_a_life(newcomers):
    acts = lives(newcomers, first="2026-01-01", last="2026-01-01")
    assert {act.on for act in acts} <= {date(2026, 1, 1)}


def test_who_has_left_does_nothing(tmp_path):
    [gone] = roll_of(tmp_path, [row(1, left="2018-05-01")]).newcomers
    assert life(plan(), gone) == []


def flights(newcomers):
    return sum(
        act.transaction.lines[0].kind == "flight"
        for act in lives(newcomers)
        if isinstance(act, Told)
    )


def test_who_has_a_higher_tier_or_is_worth_more_flies_more(newcomers):
    basic, silver, gold = (newcomers[rank::3] for rank in range(3))
    assert flights(basic) < flights(silver) < flights(gold)
    worth_more = [replace(each, balances={"redeemable": 32_000}) for each in silver]
    assert flights(worth_more) > flights(silver)


def test_of_a_member_nothing_is_known_about_little_is_expected(newcomers):
    strangers = [replace(each, facts={}, balances={}) for each in newcomers]
    unheard_of = [replace(each, facts={"tier": "wood"}, balances={}) for each in newcomers]
    assert 0 < flights(strangers) < flights(newcomers)
    assert flights(unheard_of) == flights(strangers)


# Who is rehearsed


def test_a_sample_is_the_same_for_a_seed_and_keeps_the_order_of_the_file(newcomers):
    some = sample(newcomers, 20, seed=3)
    assert some == sample(newcomers, 20, seed=3) != sample(newcomers, 20, seed=4)
    assert some == [each for each in newcomers if each in some]
    assert len(some) == 20
    assert sample(newcomers, None, 3) == sample(newcomers, 60, 3) == newcomers


def test_rows_of_which_no_member_can_be_made_are_set_aside_with_their_line(tmp_path):
    rows = [row(1), row(2, worth=-5), row(3, joined="2016-02-30"), row(4), row(4), row(5)[:3]]
    roll = roll_of(tmp_path, rows)
    assert [each.facts["card"] for each in roll.newcomers] == ["7000001", "7000004"]
    assert list(roll.rejected) == [3, 4, 6, 7]
    assert roll.rejected[3].startswith("Worth: '-5' is below 0")


def test_a_newcomer_is_what_the_row_tells(tmp_path):
    [newcomer] = roll_of(tmp_path, [row(1, left="2018-05-01")]).newcomers
    assert newcomer.facts == {"card": "7000001", "channel": "offline", "tier": "silver"}
    assert newcomer.balances == {"redeemable": 8_000}
    assert newcomer.occurred_at.date() == date(2016, 2, 29)
    assert newcomer.left_at.date() == date(2018, 5, 1)
