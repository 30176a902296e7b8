"""Ids, clocks, time zones and counts."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.clock import ClockError, SystemClock, VirtualClock
from chalicelib.adapters.ids import HmacIds
from chalicelib.adapters.memory_metrics import MemoryMetrics
from chalicelib.adapters.metrics import EmfMetrics
from chalicelib.adapters.time_zones import AirportTimeZones, _zones
from chalicelib.domain.identity import MEMBER_ID

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
IDS = HmacIds(lambda: b"secret")


@given(st.text(), st.text())
def test_a_member_s_id_is_opaque_and_always_the_same(partner, event_id):
    member_id = IDS.member_id(partner, event_id)
    assert MEMBER_ID.fullmatch(member_id)
    assert member_id == HmacIds(lambda: b"secret").member_id(partner, event_id)


def test_every_event_introduces_a_member_of_its_own():
    named = [("shop", "1"), ("shop", "2"), ("app", "1"), ("sho", "p1")]
    assert len({IDS.member_id(*names) for names in named}) == 4


def test_a_member_s_id_can_not_be_told_without_the_secret():
    assert HmacIds(lambda: b"other").member_id("shop", "1") != IDS.member_id("shop", "1")


def test_attempts_have_names_of_their_own_that_fit_into_a_tag():
    attempts = {IDS.attempt() for _ in range(1000)}
    assert len(attempts) == 1000
    assert all(re.fullmatch("[a-z2-7]{12}", attempt) for attempt in attempts)


def test_a_seeded_world_names_its_attempts_the_same_again():
    one, again = (HmacIds(lambda: b"secret", Random(7).randbytes) for _ in range(2))  # noqa: S311 - the world's own chance
    assert [one.attempt() for _ in range(5)] == [again.attempt() for _ in range(5)]


def test_the_system_s_clock_is_in_utc():
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_virtual_clock_stands_still_until_it_is_set():
    clock = VirtualClock(NOW)
    assert clock.now() == clock.now() == NOW
    clock.advance(timedelta(hours=1))
    assert clock.now() == NOW + timedelta(hours=1)
    clock.set(NOW.astimezone(timezone(timedelta(hours=3))) + timedelta(hours=2))
    assert clock.now() == NOW + timedelta(hours=2)
    assert clock.now().tzinfo is UTC


def test_a_virtual_clock_never_goes_back():
    clock = VirtualClock(NOW)
    clock.set(NOW)
    with pytest.raises(ClockError, match="back"):
        clock.set(NOW - timedelta(microseconds=1))
    with pytest.raises(ClockError, match="back"):
        clock.advance(timedelta(seconds=-1))


def test_a_clock_without_a_zone_is_refused():
    with pytest.raises(ClockError, match="zone"):
        VirtualClock(NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("iata", "zone"), [("SVO", "Europe/Moscow"), ("JFK", "America/New_York"), ("???", None)]
)
def test_an_airport_has_the_clock_of_its_city(iata, zone):
    assert AirportTimeZones().of_airport(iata) == zone


@pytest.mark.parametrize("iata", ["", "svo", "UUEE"])
def test_what_is_no_iata_code_has_no_zone(iata):
    assert AirportTimeZones().of_airport(iata) is None


def test_python_knows_the_clock_of_every_airport():
    assert all(ZoneInfo(name) for name in set(_zones().values()))


def test_counts_are_written_as_one_line_that_cloudwatch_understands(capsys, monkeypatch):
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "milepost-production")
    metrics = EmfMetrics("Milepost")
    metrics.count("mail_sent", 2)
    metrics.count("mail_sent")
    metrics.seconds("oldest_due_seconds", 61)
    metrics.flush()
    [line] = capsys.readouterr().out.splitlines()
    written = json.loads(line)
    assert written["mail_sent"] == [3]
    assert written["oldest_due_seconds"] == [61]
    assert written["service"] == "milepost-production"
    assert written["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Milepost"


def test_where_nothing_was_counted_nothing_is_written(capsys):
    metrics = EmfMetrics("Milepost")
    metrics.count("mail_sent")
    metrics.flush()
    capsys.readouterr()
    metrics.flush()
    assert capsys.readouterr().out == ""


def test_in_memory_the_counts_add_up():
    metrics = MemoryMetrics()
    metrics.count("mail_sent", 2)
    metrics.count("mail_sent")
    metrics.flush()
    assert metrics.counts == {"mail_sent": 3}
