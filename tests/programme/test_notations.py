from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.programme.notations import (
    LONGEST_DURATION,
    NotationError,
    did_you_mean,
    parse_address,
    parse_clock,
    parse_duration,
    parse_link,
    parse_share,
    parse_time_zone,
)

PARSERS = (
    parse_address,
    parse_clock,
    parse_duration,
    parse_link,
    parse_share,
    parse_time_zone,
)
UNITS = {
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}


@given(
    st.sampled_from(sorted(UNITS)), st.integers(0, 60 * 24 * 365), st.sampled_from(["", " ", "  "])
)
def test_a_duration_means_its_number_of_units_however_the_unit_is_spelled(unit, number, space):
    expected = number * UNITS[unit]
    for spelled in (unit, unit.removesuffix("s"), unit[0]):
        if expected <= LONGEST_DURATION:
            assert parse_duration(f"{number}{space}{spelled}") == expected
        else:
            with pytest.raises(NotationError, match="too long"):
                parse_duration(f"{number}{space}{spelled}")


@given(st.integers(0, 999_999))
def test_a_duration_written_in_the_largest_unit_that_fits_is_read_back(seconds):
    duration = timedelta(seconds=seconds)
    unit = max(
        (u for u, length in UNITS.items() if duration % length == timedelta(0)), key=UNITS.get
    )
    assert parse_duration(f"{duration // UNITS[unit]} {unit}") == duration


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("4 moons", "Write a whole number and a unit, like '4 days', '4 hours' or '4 minutes'"),
        ("four days", "Write a whole number and a unit, like '4 days', '4 hours' or '4 minutes'"),
        (3, "Write a whole number and a unit, like '3 days', '3 hours' or '3 minutes'"),
        ("1.5 days", "Write a whole number and a unit, like '1 days', '1 hours' or '1 minutes'"),
        ("366 days", "Stay within 365 days"),
        ("-4 days", "Write a whole number and a unit, like '4 days', '4 hours' or '4 minutes'"),
    ],
)
def test_a_duration_that_cannot_be_read_says_how_to_write_it(text, cure):
    with pytest.raises(NotationError) as refused:
        parse_duration(text)
    assert refused.value.cure == cure


@given(st.times())
def test_a_time_of_day_is_read_as_it_is_shown(clock):
    assert parse_clock(clock.strftime("%H:%M")) == time(clock.hour, clock.minute)


@given(st.integers(0, 1_000_000))
def test_a_share_is_read_to_its_fourth_decimal(millionths):
    assert parse_share(f"{millionths / 10_000:.4f}%") == millionths / 1_000_000


@pytest.mark.parametrize(
    ("parse", "text", "cure"),
    [
        (parse_clock, 1260, "Write hours and minutes, like '21:00'"),
        (parse_clock, "24:00", "Write hours and minutes, like '21:00'"),
        (parse_share, "0.5", "Write per cent from 0% to 100%, like 50%"),
        (parse_share, "101%", "Write per cent from 0% to 100%, like 50%"),
        (parse_time_zone, "Europe/Moskow", "Did you mean Europe/Moscow?"),
        (
            parse_time_zone,
            "../../etc/passwd",
            "Write a name of the IANA database, like Europe/Moscow",
        ),
        (parse_address, "vesper at example", "Write it like news@mail.example.com"),
        (parse_link, "http://example.com", "Write it like https://example.com/app"),
        (parse_link, "https://localhost/x", "Write it like https://example.com/app"),
        (parse_link, "https://example.com/a b", "Write it like https://example.com/app"),
        (parse_link, "javascript:alert(1)", "Write it like https://example.com/app"),
    ],
)
def test_what_cannot_be_read_says_how_to_write_it(parse, text, cure):
    with pytest.raises(NotationError) as refused:
        parse(text)
    assert refused.value.cure == cure


def test_a_part_of_the_world_is_no_time_zone():
    with pytest.raises(NotationError, match="no time zone 'Europe'"):
        parse_time_zone("Europe")


def test_an_address_is_kept_in_one_form():
    assert parse_address("Vesper@Mail.Example.com") == "vesper@mail.example.com"


@given(st.sampled_from(PARSERS), st.text() | st.integers() | st.none() | st.lists(st.text()))
def test_a_parser_returns_or_says_what_is_wrong(parse, raw):
    try:
        parse(raw)
    except NotationError as refused:
        told = refused
    else:
        return
    assert told.what
    assert told.cure


def test_only_the_beginning_of_a_long_text_is_told():
    with pytest.raises(NotationError) as refused:
        parse_duration("x" * 10_000)
    assert len(refused.value.what) < 120


def test_nothing_is_suggested_where_nothing_is_near():
    assert did_you_mean("zebra", ["gold", "silver"]) == ""
