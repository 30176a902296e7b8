from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from domain.builders import DAY, MINUTE, NOW, ZONES, caps, quiet_hours, spans
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.domain.contact_rules import FrequencyCap, QuietHours

NIGHT = QuietHours(time(21), time(9))
NEW_YORK = ZoneInfo("America/New_York")
MICROSECOND = timedelta(microseconds=1)


# Quiet hours, against a clock that is read minute by minute.


def minute_of_day(moment, zone):
    wall = moment + moment.astimezone(zone).utcoffset()
    return wall.hour * 60 + wall.minute


def quiet_minutes(quiet):
    start, end = (clock.hour * 60 + clock.minute for clock in (quiet.start, quiet.end))
    return {minute % 1440 for minute in range(start, end if start <= end else end + 1440)}


def first_loud_minute(quiet, moment, zone):
    hushed = quiet_minutes(quiet)
    while minute_of_day(moment, zone) in hushed:
        moment += MINUTE
    return moment


def opens(quiet, moment, zone):
    """Wait as often as told."""
    rounds = count()
    while until := quiet.allowed_from(moment, zone):
        assert until > moment
        assert next(rounds) < 3
        moment = until
    return moment


@cache
def days_clocks_change(name):
    zone = ZoneInfo(name)
    days = [datetime(year, 1, 1, tzinfo=UTC) + n * DAY for year in (2011, 2026) for n in range(365)]
    return [
        day
        for day in days
        if day.astimezone(zone).utcoffset() != (day + DAY).astimezone(zone).utcoffset()
    ]


@st.composite
def moments_of_a_year(draw):
    """A minute of a year somewhere, and as often one close to a change of the clocks."""
    name = draw(st.sampled_from(ZONES))
    any_day = st.integers(0, 364).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + n * DAY)
    changes = days_clocks_change(name)
    day = draw(any_day | st.sampled_from(changes) if changes else any_day)
    return day + draw(st.integers(-720, 2160)) * MINUTE, ZoneInfo(name)


@settings(max_examples=400)
@given(quiet_hours, moments_of_a_year())
def test_quiet_hours_are_those_of_the_clock_on_the_wall(quiet, when):
    moment, zone = when
    hushed = minute_of_day(moment, zone) in quiet_minutes(quiet)
    assert (quiet.allowed_from(moment, zone) is not None) == hushed


@settings(max_examples=400)
@given(quiet_hours, moments_of_a_year())
def test_they_end_at_the_first_minute_after_them(quiet, when):
    """Where the clocks jump over the end, they end later by the jump at most.

    If they were to begin again before that, they go on to their next end.
    """
    moment, zone = when
    first, found = first_loud_minute(quiet, moment, zone), opens(quiet, moment, zone)
    before = (first - MINUTE).astimezone(zone).utcoffset()
    jump = max(first.astimezone(zone).utcoffset() - before, timedelta(0))
    loud = DAY - len(quiet_minutes(quiet)) * MINUTE
    assert first <= found <= first + (jump if loud > jump else DAY)


@given(st.sampled_from(ZONES), st.integers(0, 1439), st.integers(0, 525_599))
def test_hours_that_end_when_they_start_are_never(name, minute, offset):
    clock = time(minute // 60, minute % 60)
    moment = datetime(2026, 1, 1, tzinfo=UTC) + offset * MINUTE
    assert QuietHours(clock, clock).allowed_from(moment, ZoneInfo(name)) is None


@pytest.mark.parametrize(
    ("zone", "now", "until"),
    [
        ("UTC", "2026-03-10T21:00", "2026-03-11T09:00"),
        ("UTC", "2026-03-10T08:59", "2026-03-10T09:00"),
        ("Asia/Kolkata", "2026-03-10T15:30", "2026-03-11T03:30"),
        ("America/St_Johns", "2026-03-11T03:00", "2026-03-11T11:30"),
        ("America/New_York", "2026-03-08T02:00", "2026-03-08T13:00"),  # an hour is missing
        ("America/New_York", "2026-11-01T01:00", "2026-11-01T14:00"),  # an hour comes twice
        ("Pacific/Apia", "2011-12-30T08:00", "2011-12-30T19:00"),  # a whole day is missing
    ],
)
def test_a_night_ends_at_nine_where_the_member_lives(zone, now, until):
    moment, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, until))
    assert NIGHT.allowed_from(moment, ZoneInfo(zone)) == end


@pytest.mark.parametrize("now", ["2026-03-10T09:00", "2026-03-10T20:59"])
def test_by_day_a_mail_may_go_out_at_once(now):
    assert NIGHT.allowed_from(datetime.fromisoformat(now).replace(tzinfo=UTC), UTC) is None


def test_in_the_hour_that_comes_twice_the_end_is_not_in_its_first_pass():
    short_night = QuietHours(time(21), time(1, 30))
    second_pass = datetime(2026, 11, 1, 6, 10, tzinfo=UTC)  # 01:10 in New York, again
    assert short_night.allowed_from(second_pass, NEW_YORK) == second_pass + 20 * MINUTE


def test_an_end_that_clocks_jump_over_comes_after_the_jump():
    short_night = QuietHours(time(21), time(2, 30))
    before_the_jump = datetime(2026, 3, 8, 6, 50, tzinfo=UTC)  # 01:50 in New York
    half_past_three = datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert short_night.allowed_from(before_the_jump, NEW_YORK) == half_past_three


# The frequency cap.


@settings(max_examples=300)
@given(caps, st.lists(spans, max_size=12))
def test_whoever_obeys_the_cap_never_exceeds_it_in_any_window(cap, gaps):
    mailed, now = [], NOW
    for gap in gaps:
        now += gap
        while until := cap.allowed_from(now, mailed):
            now = until
        mailed.insert(0, now)
    for start in mailed:
        assert sum(start <= at < start + cap.per for at in mailed) <= cap.mails


@given(caps, st.lists(st.timedeltas(-30 * DAY, 5 * DAY), max_size=8))
@example(FrequencyCap(2, DAY), [-DAY / 2] * 4)
@example(FrequencyCap(1, DAY), [-DAY])
def test_the_cap_allows_a_mail_at_the_first_moment_that_it_can(cap, offsets):
    mailed = [NOW + offset for offset in offsets]

    def allowed(moment):
        return sum(at > moment - cap.per for at in mailed) < cap.mails

    until = cap.allowed_from(NOW, mailed)
    assert (until is None) == allowed(NOW)
    if until:
        assert until > NOW
        assert allowed(until)
        assert not allowed(until - MICROSECOND)


@given(caps, st.lists(spans, max_size=8), st.randoms(use_true_random=False))
def test_the_cap_does_not_care_for_the_order_of_the_mails(cap, ages, random):
    mailed = [NOW - age for age in ages]
    shuffled = random.sample(mailed, len(mailed))
    assert cap.allowed_from(NOW, shuffled) == cap.allowed_from(NOW, mailed)
