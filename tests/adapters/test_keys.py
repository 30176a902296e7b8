import doctest
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import aliases, member_ids, step_keys, times

from chalicelib.adapters import keys, moments
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.identity import Alias, AliasType
from chalicelib.usecases.ports import DueStep

zoned_times = st.datetimes(timezones=st.timezones(), min_value=datetime(1970, 1, 2))  # noqa: DTZ001 - hypothesis adds the zone


def test_the_examples_in_the_docstrings_are_true():
    for module, examples in ((keys, 10), (moments, 4)):
        tested = doctest.testmod(module)
        assert tested.attempted > examples
        assert tested.failed == 0


@given(times, times)
def test_text_sorts_as_time_does(one, other):
    assert (moments.time_text(one) < moments.time_text(other)) == (one < other)
    assert len(moments.time_text(one)) == len(moments.time_text(other))


@given(zoned_times)
def test_a_time_is_read_back_the_same_wherever_it_was_written(at):
    assert moments.parse_time(moments.time_text(at)) == at.astimezone(UTC)
    assert moments.from_microseconds(moments.microseconds(at)) == at.astimezone(UTC)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(moments.KeyTextError, match="no zone"):
        moments.time_text(datetime(2026, 11, 21))  # noqa: DTZ001 - that is the point


@given(times, step_keys)
def test_what_is_due_is_read_back_from_its_key(at, key):
    assert keys.parse_due(keys.due_step(at, key)) == DueStep(key, at.astimezone(UTC))


@given(times, times, step_keys)
def test_a_step_is_before_the_end_of_what_is_due_exactly_when_it_is_due(due_at, until, key):
    assert (keys.due_step(due_at, key) < keys.due_after(until)) == (due_at <= until)


def test_a_name_that_holds_the_separator_is_refused():
    with pytest.raises(moments.KeyTextError, match="part of a key"):
        keys.enrolment("abc", "wel#come")
    with pytest.raises(moments.KeyTextError, match="part of a key"):
        keys.event("sh#op", "1")
    step = StepKey(member_id="abc", journey="welcome", entry=1, step="a#b")
    with pytest.raises(moments.KeyTextError, match="part of a key"):
        keys.due_step(datetime(2026, 1, 1, tzinfo=UTC), step)


@given(aliases)
def test_a_key_does_not_show_the_alias(alias):
    key = keys.alias(Alias(alias.type, alias.value + "@example.com"), b"secret")
    assert "example" not in key["PK"]


def test_an_alias_has_another_key_under_another_secret_or_type():
    card, phone = (Alias(type_, "1234567") for type_ in (AliasType.CARD, AliasType.PHONE))
    found = {
        keys.alias(name, secret)["PK"] for name in (card, phone) for secret in (b"one", b"two")
    }
    assert len(found) == 4


@given(member_ids, st.integers(1, 64))
def test_every_member_has_one_of_the_shards(member_id, shards):
    assert 0 <= keys.shard_of(member_id, shards) < shards


def test_members_are_spread_evenly_over_the_shards():
    found = [keys.shard_of(f"member-{number}", 16) for number in range(16_000)]
    sizes = [found.count(shard) for shard in range(16)]
    assert min(sizes) > 850
    assert max(sizes) < 1150
