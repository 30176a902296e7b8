"""The port ``MailCounts``, on every adapter."""

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.breaker import DAYS_KEPT, DayCount

TODAY = date(2026, 11, 21)


def day(ago=0, **counted):
    return DayCount(day=TODAY - timedelta(days=ago), **counted)


added = st.builds(
    DayCount,
    day=st.integers(0, 3).map(lambda ago: TODAY - timedelta(days=ago)),
    mails=st.integers(0, 500),
    complaints=st.integers(0, 5),
    bounces=st.integers(0, 5),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(added, max_size=8))
def test_a_day_is_the_sum_of_what_was_added_to_it_in_whatever_order(new_stores, story):
    stores, expected = new_stores(), {}
    for each in story:
        stores.counts.add("welcome", 0, each)
        expected[each.day] = expected[each.day] + each if each.day in expected else each
    newest_first = [expected[day] for day in sorted(expected, reverse=True)]
    assert list(stores.counts.of("welcome", 0)) == newest_first


def test_journeys_and_series_are_counted_apart(stores):
    stores.counts.add("welcome", 0, day(mails=10, complaints=1))
    stores.counts.add("welcome", 1, day(mails=4))
    stores.counts.add("news", 0, day(bounces=2))
    assert list(stores.counts.of("welcome", 0)) == [day(mails=10, complaints=1)]
    assert list(stores.counts.of("welcome", 1)) == [day(mails=4)]
    assert list(stores.counts.of("news", 0)) == [day(bounces=2)]
    assert list(stores.counts.of("news", 1)) == []


def test_only_the_newest_days_are_told(stores):
    for ago in range(DAYS_KEPT + 3):
        stores.counts.add("welcome", 0, day(ago, mails=ago + 1))
    told = stores.counts.of("welcome", 0)
    assert [each.mails for each in told] == list(range(1, DAYS_KEPT + 1))
