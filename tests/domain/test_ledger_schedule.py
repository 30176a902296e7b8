"""All that will lapse is told, with its day, and when somebody has to look next."""

from dataclasses import replace
from datetime import timedelta

import pytest
from domain.ledger_builders import MILES, NEVER, TODAY, days, moment, rules, wallet_of
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.ledger import Reference
from chalicelib.domain.ledger_booking import overdue
from chalicelib.domain.ledger_expiry import Expiry, ExpiryKind, UnitRules
from chalicelib.domain.ledger_moves import Order
from chalicelib.domain.ledger_schedule import (
    Lapse,
    next_hold_end,
    next_look,
    schedule,
    to_warn_of,
)
from chalicelib.domain.ledger_wallet import EMPTY, Hold

WARNED = rules(warn_days=30)
IDLE = rules(ExpiryKind.INACTIVITY, 1)
A, B = days(40), days(90)


def active(wallet, on=TODAY):
    return replace(wallet, active_on={MILES: on})


def test_the_whole_schedule_is_told_and_not_the_next_day_alone():
    wallet = wallet_of({B: 5, A: 7, None: 1})
    assert schedule(wallet, WARNED) == [Lapse(A, MILES, 7), Lapse(B, MILES, 5)]


def test_units_are_told_together_by_their_days():
    wallet = replace(EMPTY, lots={"b": {A: 1, B: 4}, "a": {A: 2}})
    assert schedule(wallet, {}) == [Lapse(A, "a", 2), Lapse(A, "b", 1), Lapse(B, "b", 4)]


def test_what_has_no_end_or_is_a_debt_is_not_in_the_schedule():
    assert schedule(wallet_of({None: 5}), NEVER) == []
    assert schedule(active(wallet_of({None: -5})), IDLE) == []


def test_by_inactivity_all_of_it_lapses_on_one_day():
    assert schedule(active(wallet_of({None: 5})), IDLE) == [Lapse(TODAY.replace(month=4), MILES, 5)]


def test_of_a_lots_own_day_and_inactivity_the_sooner_counts():
    wallet = active(wallet_of({days(3): 2, B: 5}))
    assert schedule(wallet, IDLE) == [
        Lapse(days(3), MILES, 2),
        Lapse(TODAY.replace(month=4), MILES, 5),
    ]


@pytest.mark.parametrize(
    ("on", "told"),
    [(days(9), 0), (days(10), 1), (days(40), 1), (days(41), 0), (days(60), 1), (days(90), 1)],
)
def test_a_warning_is_due_from_so_many_days_before_up_to_the_last_day(on, told):
    assert len(to_warn_of(wallet_of({A: 7, B: 5}), WARNED, {}, on)) == told


def test_what_was_warned_of_is_not_told_again_and_what_lapses_later_is():
    wallet = wallet_of({A: 7, days(41): 5})
    assert to_warn_of(wallet, WARNED, {MILES: A}, days(30)) == [Lapse(days(41), MILES, 5)]
    assert to_warn_of(wallet, WARNED, {MILES: days(41)}, days(30)) == []
    assert len(to_warn_of(wallet, WARNED, {MILES: days(39)}, days(30))) == 2
    assert len(to_warn_of(wallet, WARNED, {"other": B}, days(30))) == 2


def test_a_unit_that_warns_of_nothing_is_never_told_of():
    assert to_warn_of(wallet_of({A: 7}), rules(), {}, A) == []


def test_a_warning_one_day_before_is_one_day_before():
    assert to_warn_of(wallet_of({A: 7}), rules(warn_days=1), {}, days(38)) == []
    assert len(to_warn_of(wallet_of({A: 7}), rules(warn_days=1), {}, days(39))) == 1


def test_the_next_look_is_at_the_warning_then_on_the_day_after_the_last():
    wallet = wallet_of({A: 7, B: 5})
    assert next_look(wallet, WARNED, {}) == days(10)
    assert next_look(wallet, WARNED, {MILES: A}) == days(41)
    assert next_look(wallet_of({B: 5}), WARNED, {MILES: A}) == days(60)
    assert next_look(wallet_of({B: 5}), WARNED, {MILES: B}) == days(91)
    assert next_look(wallet_of({B: 5}), rules(), {}) == days(91)


def test_there_is_nothing_to_look_at_where_nothing_lapses():
    assert next_look(EMPTY, WARNED, {}) is None
    assert next_look(wallet_of({None: 5}), NEVER, {}) is None


def test_the_next_hold_to_end_is_the_soonest():
    assert next_hold_end(EMPTY) is None
    holds = {
        Reference("shop", str(hour)): Hold(MILES, {None: 1}, moment(hour=hour))
        for hour in (9, 7, 8)
    }
    assert next_hold_end(replace(EMPTY, holds=holds)) == moment(hour=7)


last_days = st.sampled_from([days(number) for number in range(-3, 60)])


@given(
    st.dictionaries(st.none() | last_days, st.integers(1, 9), min_size=1),
    last_days,
    st.integers(0, 2),
)
def test_on_each_day_just_so_much_is_over_as_was_scheduled(lots, active_on, months):
    terms = UnitRules(expiry=Expiry(kind=ExpiryKind.INACTIVITY, months=months))
    wallet = active(wallet_of(lots), active_on)
    lapses = schedule(wallet, {MILES: terms})
    for number in range(-4, 65, 4):
        on = days(number)
        order = Order(member_id="m", at=moment(on), on=on)
        draft = overdue(wallet, {MILES: terms}, order)
        gone = draft.amounts[MILES] if draft else 0
        assert gone == sum(lapse.amount for lapse in lapses if lapse.last_day < on)


@given(st.dictionaries(last_days, st.integers(1, 9), min_size=1), st.integers(0, 40))
def test_no_day_on_which_there_is_something_to_do_comes_before_the_next_look(lots, warn_days):
    wallet, terms = wallet_of(lots), rules(warn_days=warn_days)
    look = next_look(wallet, terms, {})
    before, order = look - timedelta(days=1), Order(member_id="m", at=moment(look), on=look)
    assert to_warn_of(wallet, terms, {}, before) == []
    assert overdue(wallet, terms, replace(order, on=before)) is None
    assert overdue(wallet, terms, order) or to_warn_of(wallet, terms, {}, look)
