"""The last day of what is earned, at the ends of months and years and on the day that is rare."""

from datetime import date, timedelta

import pytest
from domain.ledger_model import Purse, months_later
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.ledger_expiry import (
    DAY,
    NEVER,
    PLAIN,
    Expiry,
    ExpiryKind,
    month_end,
    plus_months,
)

days = st.dates(date(1999, 1, 1), date(2101, 12, 31))
months = st.integers(0, 120)


def last_day(kind, number, earned_on):
    return Expiry(kind=kind, months=number).last_day(earned_on)


@given(days, months)
def test_months_are_added_as_if_counted_one_by_one(day, number):
    assert plus_months(day, number) == months_later(day, number)


@given(st.sampled_from(ExpiryKind), days, months, days)
def test_every_kind_gives_the_last_day_that_the_model_gives(kind, day, number, fixed):
    expiry = Expiry(kind=kind, months=number, day=fixed)
    assert expiry.last_day(day) == Purse(rule=kind, months=number, fixed=fixed).last_day(day)


@pytest.mark.parametrize(
    ("day", "number", "later"),
    [
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2027, 1, 30), 3, date(2027, 4, 30)),
        (date(2027, 3, 31), 1, date(2027, 4, 30)),
        (date(2027, 12, 31), 0, date(2027, 12, 31)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2027, 11, 15), 1, date(2027, 12, 15)),
        (date(2027, 12, 1), 1, date(2028, 1, 1)),
    ],
)
def test_the_same_day_months_later_or_the_last_of_a_shorter_month(day, number, later):
    assert plus_months(day, number) == later


@given(days)
def test_a_months_end_is_the_day_before_the_next_month(day):
    end = month_end(day)
    assert (end.year, end.month) == (day.year, day.month)
    assert (end + DAY).day == 1


@pytest.mark.parametrize(
    ("kind", "earned_on", "number", "last"),
    [
        (ExpiryKind.ROLLING, date(2026, 3, 10), 24, date(2028, 3, 10)),
        (ExpiryKind.MONTH_END, date(2026, 3, 1), 12, date(2027, 3, 31)),
        (ExpiryKind.MONTH_END, date(2026, 3, 31), 0, date(2026, 3, 31)),
        (ExpiryKind.MONTH_END, date(2027, 3, 15), 11, date(2028, 2, 29)),
        (ExpiryKind.YEAR_END, date(2026, 12, 31), 0, date(2026, 12, 31)),
        (ExpiryKind.YEAR_END, date(2026, 12, 31), 1, date(2027, 12, 31)),
        (ExpiryKind.YEAR_END, date(2027, 1, 1), 12, date(2028, 12, 31)),
    ],
)
def test_what_is_earned_has_a_last_day(kind, earned_on, number, last):
    assert last_day(kind, number, earned_on) == last


@given(days, months)
def test_what_is_earned_in_one_month_lapses_together(day, number):
    same = day.replace(day=1)
    assert last_day(ExpiryKind.MONTH_END, number, day) == last_day(
        ExpiryKind.MONTH_END, number, same
    )


@given(days)
def test_a_fixed_day_is_the_last_whenever_it_was_earned_even_after_it(day):
    fixed = Expiry(kind=ExpiryKind.FIXED_DAY, day=date(2027, 6, 30))
    assert fixed.last_day(day) == date(2027, 6, 30)


@pytest.mark.parametrize("kind", [ExpiryKind.NEVER, ExpiryKind.INACTIVITY])
def test_a_lot_that_never_lapses_by_itself_has_no_last_day(kind):
    assert last_day(kind, 12, date(2026, 3, 10)) is None


@given(st.sampled_from(ExpiryKind), st.none() | days, months)
def test_only_inactivity_ends_everything_and_only_after_some_activity(kind, active_on, number):
    end = Expiry(kind=kind, months=number).last_active_day(active_on)
    expected = None
    if kind is ExpiryKind.INACTIVITY and active_on:
        expected = months_later(active_on, number)
    assert end == expected


def test_lines_of_every_kind_keep_a_unit_unless_some_are_named():
    assert Expiry().is_kept_by("flight")
    named = Expiry(kept_by=("flight", "hotel"))
    assert named.is_kept_by("flight")
    assert named.is_kept_by("hotel")
    assert not named.is_kept_by("card")


def test_a_unit_of_which_nothing_is_said_never_lapses_warns_of_nothing_and_ends_at_0():
    assert PLAIN.expiry is NEVER
    assert PLAIN.floor == 0
    assert (NEVER.kind, NEVER.warn_days, NEVER.months) == (ExpiryKind.NEVER, 0, 0)
    assert timedelta(days=1) == DAY
