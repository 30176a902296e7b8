"""Lots are taken from the soonest last day on, put back where they were, and never too many."""

from datetime import date, timedelta

import pytest
from domain.ledger_builders import days
from domain.ledger_model import Purse
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.ledger_lots import (
    MOST_LOTS,
    balance,
    bounded,
    changed,
    in_order,
    putting,
    taking,
    taking_from,
    without,
)

A, B, C = days(1), days(2), days(3)

last_days = st.none() | st.sampled_from([days(number) for number in range(8)])
parts = st.dictionaries(last_days, st.integers(1, 20), max_size=6)
debts = st.integers(1, 20).map(lambda debt: {None: -debt})
lots = parts | debts
amounts = st.integers(0, 80)
floors = st.integers(-40, 0)


def purse_of(lots, floor=0):
    purse = Purse(floor=floor, debt=max(0, -lots.get(None, 0)))
    purse.miles = [day for day, amount in lots.items() for _ in range(amount)]
    return purse


@given(lots, amounts, floors)
def test_as_much_is_taken_as_is_there_down_to_the_floor(before, amount, floor):
    changes, missing = taking(before, amount, floor)
    assert missing == max(0, amount - max(0, balance(before) - floor))
    assert -balance(changes) == amount - missing
    purse = purse_of(before, floor)
    purse.take(amount - missing)
    assert changed(before, changes) == purse.lots()


@given(parts, amounts)
def test_no_lot_is_touched_while_one_that_lapses_before_has_something_left(before, amount):
    changes, _ = taking(before, amount)
    after = changed(before, changes)
    order = [day for day, _ in in_order(before)]
    emptied = [day for day in order if day not in after]
    assert order[: len(emptied)] == emptied
    assert set(changes) <= set(order[: len(emptied) + 1])


@given(lots, parts)
def test_what_is_put_in_pays_the_debt_first_and_the_soonest_of_it_pays(before, more):
    purse = purse_of(before)
    purse.give([day for day, amount in more.items() for _ in range(amount)])
    assert changed(before, putting(before, more)) == purse.lots()


@given(lots, amounts, floors)
def test_putting_back_what_was_taken_gives_the_same_lots(before, amount, floor):
    changes, _ = taking(before, amount, floor)
    taken = {day: -change for day, change in changes.items()}
    after = changed(before, changes)
    assert changed(after, putting(after, taken)) == before


@given(parts, amounts)
def test_of_parts_the_latest_are_given_back_first(known, amount):
    left = without(known, amount)
    assert balance(left) == max(0, balance(known) - amount)
    soonest, _ = taking(known, balance(left))
    assert left == {day: -change for day, change in soonest.items()}


@given(lots, parts)
def test_parts_are_taken_from_their_own_lots_and_the_rest_is_missing(before, wanted):
    changes, missing = taking_from(before, wanted)
    assert missing == balance(wanted) + balance(changes)
    for day, amount in wanted.items():
        assert -changes.get(day, 0) == min(amount, max(0, before.get(day, 0)))
    assert 0 not in changes.values()


def test_the_order_is_by_last_day_and_what_has_no_end_comes_last():
    assert in_order({None: 5, C: 1, A: 3, B: 2}) == [(A, 3), (B, 2), (C, 1), (None, 5)]


def test_a_lot_that_is_empty_is_gone():
    assert changed({A: 5, B: 1}, {A: -5, C: 2}) == {B: 1, C: 2}


@pytest.mark.parametrize(
    ("floor", "amount", "taken", "missing"),
    [
        (0, 10, {A: -10}, 0),
        (0, 11, {A: -10}, 1),
        (-5, 15, {A: -10, None: -5}, 0),
        (-5, 16, {A: -10, None: -5}, 1),
    ],
)
def test_the_floor_itself_can_be_reached_and_not_passed(floor, amount, taken, missing):
    assert taking({A: 10}, amount, floor) == (taken, missing)


def test_a_floor_that_was_raised_below_a_debt_gives_no_room_and_takes_none():
    assert taking({None: -10}, 3, -5) == ({}, 3)


def test_a_debt_below_the_lot_without_an_end_goes_on_in_it():
    assert taking({A: 2, None: 3}, 9, -4) == ({A: -2, None: -7}, 0)


def test_of_two_parts_the_one_that_lasts_longer_pays_the_debt():
    assert putting({None: -4}, {B: 3, A: 3}) == {A: 2, None: 4}


def many(number):
    return {days(each): 1 for each in range(number)}


def test_there_may_be_as_many_lots_as_there_may_be():
    assert MOST_LOTS == 60
    assert putting(many(MOST_LOTS - 1), {None: 1}) == {None: 1}


def test_beyond_the_two_that_lapse_first_become_one_with_the_later_day():
    before = many(MOST_LOTS)
    assert putting(before, {None: 1}) == {None: 1, days(0): -1, days(1): 1}


def test_a_lot_that_comes_as_the_soonest_joins_the_one_after_it():
    assert putting(many(MOST_LOTS), {days(-1): 7}) == {days(0): 7}


def test_lots_far_beyond_what_may_be_are_joined_one_after_the_other():
    after = changed({}, bounded({}, many(MOST_LOTS + 3)))
    assert len(after) == MOST_LOTS
    assert after[days(3)] == 4
    assert balance(after) == MOST_LOTS + 3


@given(
    st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 6, 1)), st.integers(1, 9), min_size=50)
)
def test_lots_are_bounded_nothing_is_lost_and_nothing_lapses_sooner(told):
    after = changed({}, putting({}, told))
    assert len(after) == min(len(told), MOST_LOTS)
    assert balance(after) == balance(told)
    for day in after:
        until = day + timedelta(days=1)
        gone = sum(amount for each, amount in after.items() if each < until)
        assert gone <= sum(amount for each, amount in told.items() if each < until)
