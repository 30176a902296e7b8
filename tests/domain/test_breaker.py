"""The breaker trips at its bounds, looks at the newest days, and at nothing too small."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.breaker import DEFAULT_BREAKER, Breaker, DayCount, newest_with, tripped

TODAY = date(2026, 11, 21)


def day(mails, complaints=0, bounces=0, ago=0):
    when = TODAY - timedelta(days=ago)
    return DayCount(day=when, mails=mails, complaints=complaints, bounces=bounces)


counts = st.builds(
    day,
    mails=st.integers(0, 4000),
    complaints=st.integers(0, 5),
    bounces=st.integers(0, 200),
    ago=st.integers(0, 30),
)
days = st.lists(counts, max_size=31, unique_by=lambda each: each.day)
breakers = st.builds(
    Breaker,
    complaints=st.floats(0.0001, 1),
    bounces=st.floats(0.0001, 1),
    mails=st.integers(1, 10_000),
)


@given(breaker=breakers, days=days)
def test_it_trips_exactly_when_a_share_of_the_newest_days_reaches_its_bound(breaker, days):
    looked_at = newest_with(breaker.mails, days)
    shares = looked_at and (looked_at.complaints, looked_at.bounces)
    bounds = (breaker.complaints, breaker.bounces)
    reached = shares and any(
        share / looked_at.mails >= bound for share, bound in zip(shares, bounds, strict=True)
    )
    assert bool(tripped(breaker, days)) is bool(reached)


@given(mails=st.integers(1, 10_000), days=days)
def test_it_looks_at_the_fewest_newest_whole_days_that_hold_enough_mails(mails, days):
    looked_at = newest_with(mails, days)
    if looked_at is None:
        assert sum(each.mails for each in days) < mails
        return
    newer = [each for each in days if each.day > looked_at.day]
    oldest = next(each for each in days if each.day == looked_at.day)
    assert sum(each.mails for each in newer) < mails <= looked_at.mails
    assert looked_at == sum(newer, start=oldest)


@given(breaker=breakers, days=days, order=st.randoms())
def test_the_order_of_the_days_says_nothing(breaker, days, order):
    shuffled = list(days)
    order.shuffle(shuffled)
    assert tripped(breaker, shuffled) == tripped(breaker, days)


@given(breaker=breakers, days=days.filter(bool), more=st.integers(1, 10))
def test_one_more_complaint_never_closes_it_again(breaker, days, more):
    newest = max(days, key=lambda each: each.day)
    worse = [each if each != newest else newest + DayCount(day=newest.day, complaints=more)
             for each in days]  # fmt: skip
    assert not tripped(breaker, days) or tripped(breaker, worse)


@pytest.mark.parametrize(
    ("counted", "trips"),
    [
        (day(2000, complaints=1), False),
        (day(2000, complaints=2), True),
        (day(2500, complaints=2), True),
        (day(2501, complaints=2), False),
        (day(2000, bounces=59), False),
        (day(2000, bounces=60), True),
        (day(1999, complaints=1999, bounces=1999), False),
        (day(0, complaints=7), False),
    ],
)
def test_its_default_bounds_are_eight_in_ten_thousand_complaints_and_three_in_a_hundred_bounces(
    counted, trips
):
    assert bool(tripped(DEFAULT_BREAKER, [counted])) is trips


def test_what_was_long_ago_does_not_outweigh_today():
    long_good = [day(100_000, ago=ago) for ago in range(1, 30)]
    assert tripped(DEFAULT_BREAKER, [*long_good, day(2000, complaints=2)])


def test_what_was_long_ago_is_forgiven_once_enough_went_well():
    assert not tripped(DEFAULT_BREAKER, [day(2000), day(2000, complaints=50, ago=1)])


def test_days_with_few_mails_are_added_up():
    few = [day(700, complaints=1, ago=ago) for ago in range(3)]
    assert tripped(DEFAULT_BREAKER, few)
    assert not tripped(DEFAULT_BREAKER, few[:2])


def test_it_says_what_it_saw():
    assert tripped(DEFAULT_BREAKER, [day(2410, complaints=3)]) == (
        "3 complaints in 2,410 mails since 2026-11-21 are 0.1245%; the bound is 0.0800%"
    )
    assert "hard bounces" in (tripped(DEFAULT_BREAKER, [day(2000, bounces=60)]) or "")
