"""The quota is kept in every second, wherever it begins, and most of it can be used."""

from datetime import UTC, datetime, timedelta
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.pace import OPEN, SLACK, Window, next_window, pace_of, permit

START = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)

rates = st.one_of(
    st.integers(1, 1000).map(float),
    st.floats(0.01, 1000, allow_nan=False),
    st.sampled_from([0.1, 0.5, 1.0, 1.5, 2.0, 10.0, 14.0, 24.0, 25.0, 50.0, 149.0, 150.0]),
)
greed = st.lists(st.tuples(st.integers(1, 400), st.integers(0, 2_500_000)), min_size=1, max_size=40)
"""How many mails senders want, and how many microseconds pass before they ask."""


def most_in_any(span, moments):
    """Return the most moments in any half-open span: the worst one begins at a moment."""
    moments, most, end = sorted(moments), 0, 0
    for begin, moment in enumerate(moments):
        while end < len(moments) and moments[end] < moment + span:
            end += 1
        most = max(most, end - begin)
    return most


def taken(per_second, asks, last=None, now=START):
    """Return every permit that senders get who ask for so many, so late after one another."""
    permits = []
    pace = pace_of(per_second)
    for wanted, later in asks:
        now += timedelta(microseconds=later)
        after = next_window(pace, last, wanted, now)
        permits.append((now, permit(last, after)))
        last = after
    return permits, last, now


def worst_moments(data, permits):
    """Begin each permitted call where it does most harm, by a clock that is as wrong as may be."""
    half = SLACK / 2
    moments = []
    for _, each in permits:
        early = data.draw(st.booleans())
        at = each.opens - half if early else each.closes - MICROSECOND + half
        moments += [at] * each.mails
    return moments


@given(per_second=rates, asks=greed, data=st.data())
def test_no_second_ever_has_more_mails_than_the_quota(per_second, asks, data):
    permits, _, _ = taken(per_second, asks)
    most = most_in_any(SECOND, worst_moments(data, permits))
    assert most <= max(1, floor(per_second))


@given(per_second=st.floats(0.01, 1, exclude_max=True), asks=greed, data=st.data())
def test_a_quota_below_one_a_second_is_kept_over_the_time_of_one_mail(per_second, asks, data):
    permits, _, _ = taken(per_second, asks)
    assert most_in_any(SECOND / per_second, worst_moments(data, permits)) == 1


@given(rates=st.lists(rates, min_size=2, max_size=4), asks=greed, data=st.data())
def test_when_the_quota_changes_the_greatest_one_is_kept_throughout(rates, asks, data):
    permits, last, now = [], None, START
    for per_second in rates:
        more, last, now = taken(per_second, asks, last, now)
        permits += more
    most = most_in_any(SECOND, worst_moments(data, permits))
    assert most <= max(1, floor(max(rates)))


@pytest.mark.parametrize("per_second", [0.1, 0.5, *range(1, 1001)])
def test_four_fifths_of_what_the_quota_allows_can_be_sent(per_second):
    allowed = per_second if per_second < 1 else floor(per_second)
    most = 1.2 if per_second >= 1 else 1 + 0.2 * per_second
    assert pace_of(per_second).per_second >= allowed * 0.96 / most


@given(per_second=rates)
def test_senders_who_never_stop_reach_the_pace(per_second):
    pace = pace_of(per_second)
    permits, _, _ = taken(per_second, [(10_000, 0)] * 20)
    opened = [each.opens for _, each in permits]
    assert opened == [START + number * pace.every for number in range(20)]
    assert all(each.mails == pace.mails for _, each in permits)


@given(per_second=rates, wanted=st.integers(1, 400))
def test_whoever_asks_after_a_silence_need_not_wait(per_second, wanted):
    pace = pace_of(per_second)
    [(_, first), (now, second)], _, _ = taken(
        per_second, [(7, 0), (wanted, pace.every // MICROSECOND)]
    )
    assert (first.opens, second.opens) == (START, now)
    assert second.mails == min(wanted, pace.mails)


@given(per_second=rates, asks=greed)
def test_a_permit_is_for_what_was_asked_at_the_most_and_never_for_the_past(per_second, asks):
    for (wanted, _), (now, each) in zip(asks, taken(per_second, asks)[0], strict=True):
        assert 1 <= each.mails <= wanted
        assert each.closes >= now + OPEN / 2


def test_a_window_is_shared_until_it_is_half_over():
    pace = pace_of(14)
    first = next_window(pace, None, 10, START)
    soon = next_window(pace, first, 10, START + OPEN / 2 - MICROSECOND)
    assert (soon.opens, soon.taken, permit(first, soon).mails) == (START, 14, 4)
    late = next_window(pace, first, 10, START + OPEN / 2)
    assert (late.opens, permit(first, late).mails) == (START + pace.every, 10)


@pytest.mark.parametrize("per_second", [0, -1])
def test_no_quota_is_no_pace(per_second):
    assert pace_of(per_second) is None


def test_a_window_of_another_pace_is_never_joined():
    last = Window(START, 1, 50, timedelta(milliseconds=200))
    after = next_window(pace_of(14), last, 5, START)
    assert after.opens == START + SECOND + OPEN + SLACK
