from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.tier_rules import (
    Period,
    PeriodKind,
    RuleSet,
    TierPlan,
    missing,
    period_of,
    tally_of,
)

DAY = timedelta(days=1)
FIRST = RuleSet(
    since=date(2027, 1, 1),
    period=PeriodKind.CALENDAR_YEAR,
    thresholds={
        "silver": ({"qualifying": 25_000}, {"segments": 20}),
        "gold": ({"qualifying": 50_000, "partners": 2},),
    },
)
SECOND = RuleSet(
    since=date(2028, 1, 1),
    period=PeriodKind.CALENDAR_YEAR,
    thresholds={"silver": ({"qualifying": 30_000},)},
)
PLAN = TierPlan(tiers=("basic", "silver", "gold"), rule_sets=(FIRST, SECOND))
MEMBERSHIP = RuleSet(since=date(2027, 1, 1), period=PeriodKind.MEMBERSHIP_YEAR, thresholds={})
LEAP_DAY = date(2024, 2, 29)
IN_2027 = Period(date(2027, 1, 1), date(2027, 12, 31))
days = st.dates(date(2000, 1, 1), date(2060, 1, 1))


def counted(period=IN_2027, **measures):
    return {tally_of(name, period): count for name, count in measures.items()}


@given(st.sampled_from([FIRST, MEMBERSHIP]), days | st.just(LEAP_DAY), days)
def test_periods_are_whole_years_without_a_gap(rules, joined_on, day):
    period = period_of(rules, joined_on, day)
    assert period.start <= day <= period.last
    assert period.last - period.start in {364 * DAY, 365 * DAY}
    assert period_of(rules, joined_on, period.start) == period
    assert period_of(rules, joined_on, period.last) == period
    assert period_of(rules, joined_on, period.last + DAY).start == period.last + DAY


@given(days, days)
def test_a_membership_year_begins_on_the_day_of_joining(joined_on, day):
    start = period_of(MEMBERSHIP, joined_on, day).start
    assert (start.month, start.day) == (joined_on.month, joined_on.day) or (
        (joined_on.month, joined_on.day, start.month, start.day) == (2, 29, 2, 28)
    )


@pytest.mark.parametrize(
    ("day", "start", "last"),
    [
        (date(2027, 3, 14), date(2026, 3, 15), date(2027, 3, 14)),
        (date(2027, 3, 15), date(2027, 3, 15), date(2028, 3, 14)),
    ],
)
def test_a_membership_year_ends_on_the_day_before_it_began(day, start, last):
    assert period_of(MEMBERSHIP, date(2020, 3, 15), day) == Period(start, last)


@pytest.mark.parametrize(
    ("day", "start", "last"),
    [
        (date(2027, 2, 27), date(2026, 2, 28), date(2027, 2, 27)),
        (date(2027, 2, 28), date(2027, 2, 28), date(2028, 2, 28)),
        (date(2028, 2, 28), date(2027, 2, 28), date(2028, 2, 28)),
        (date(2028, 2, 29), date(2028, 2, 29), date(2029, 2, 27)),
    ],
)
def test_who_joined_on_29_february_has_years_from_the_28th_but_in_leap_years(day, start, last):
    assert period_of(MEMBERSHIP, LEAP_DAY, day) == Period(start, last)


@pytest.mark.parametrize(
    ("start", "rules"),
    [
        (date(2026, 6, 1), FIRST),
        (date(2027, 1, 1), FIRST),
        (date(2027, 12, 31), FIRST),
        (date(2028, 1, 1), SECOND),
        (date(2035, 1, 1), SECOND),
    ],
)
def test_a_period_is_judged_by_the_rules_that_are_valid_when_it_starts(start, rules):
    assert PLAN.rule_set_of(start) is rules


def test_a_day_is_judged_by_the_rules_of_its_period():
    plan = TierPlan(tiers=("basic",), rule_sets=(MEMBERSHIP, SECOND))
    assert plan.rules_on(date(2027, 6, 1), date(2028, 5, 31)) is MEMBERSHIP
    assert plan.rules_on(date(2027, 6, 1), date(2028, 6, 1)) is SECOND


@pytest.mark.parametrize(
    ("counts", "rank"),
    [
        ({}, 0),
        ({"qualifying": 24_999}, 0),
        ({"qualifying": 25_000}, 1),
        ({"segments": 19}, 0),
        ({"segments": 20}, 1),
        ({"qualifying": 24_999, "segments": 19}, 0),
        ({"qualifying": 50_000, "partners": 1}, 1),
        ({"qualifying": 50_000, "partners": 2}, 2),
        ({"qualifying": -5, "partners": 2}, 0),
    ],
)
def test_any_set_of_measures_reaches_a_tier_if_all_of_it_is_there(counts, rank):
    assert PLAN.reached(counted(**counts), IN_2027) == rank


def test_what_was_counted_in_another_period_reaches_nothing():
    following = period_of(FIRST, LEAP_DAY, date(2028, 1, 1))
    assert PLAN.reached(counted(qualifying=25_000), following) == 0
    assert PLAN.reached(counted(following, qualifying=29_999), following) == 0
    assert PLAN.reached(counted(following, qualifying=30_000), following) == 1


def test_missing_is_what_is_not_there_yet_of_each_measure():
    threshold = {"qualifying": 50_000, "segments": 40}
    assert missing(threshold, {}, IN_2027) == threshold
    assert missing(threshold, counted(qualifying=50_000, segments=39), IN_2027) == {"segments": 1}
    assert missing(threshold, counted(qualifying=50_000, segments=40), IN_2027) == {}
    assert missing(threshold, counted(qualifying=-1, segments=41), IN_2027) == {
        "qualifying": 50_001
    }


def test_what_is_no_tier_any_more_ranks_as_the_lowest():
    assert [PLAN.rank(tier) for tier in ("basic", "silver", "gold", "diamond", "")] == [
        0,
        1,
        2,
        0,
        0,
    ]


def test_of_a_day_is_tallied_what_any_rules_go_by_in_the_period_of_the_day():
    earned = {"qualifying": 700, "redeemable": 900, "segments": 1}
    assert PLAN.tallied(LEAP_DAY, date(2028, 5, 1), earned) == {
        "qualifying@2028-01-01": 700,
        "segments@2028-01-01": 1,
    }
    assert PLAN.measures == {"qualifying", "segments", "partners"}


def test_what_is_tallied_is_what_reaches_a_tier():
    tallies = PLAN.tallied(LEAP_DAY, date(2027, 12, 31), {"segments": 20})
    assert PLAN.reached(tallies, IN_2027) == 1
    assert PLAN.reached(PLAN.tallied(LEAP_DAY, date(2028, 1, 1), {"segments": 20}), IN_2027) == 0


@pytest.mark.parametrize(
    ("began", "counts"),
    [
        (date(2027, 2, 28), False),
        (date(2027, 3, 1), True),
        (date(2027, 3, 2), True),
        (date(2028, 2, 29), True),
        (date(2028, 3, 1), False),
    ],
)
def test_what_was_counted_in_a_merged_member_s_year_counts_where_that_year_began(began, counts):
    period = Period(date(2027, 3, 1), date(2028, 2, 29))
    tallies = {
        f"qualifying@{began.isoformat()}": 600,
        f"qualifying_too@{period.start.isoformat()}": 500,
        "cap.qualifying@2027-06": 500,
    }
    assert missing({"qualifying": 1000}, tallies, period) == {"qualifying": 400 if counts else 1000}
    both = {**tallies, tally_of("qualifying", period): 300}
    have = 900 if counts and began != period.start else 300
    assert missing({"qualifying": 1000}, both, period) == {"qualifying": 1000 - have}
