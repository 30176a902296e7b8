"""Chance is fixed by its seed and its name, in every version of Python."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.simulation.chance import Chance

seeds = st.integers(0, 2**63)
MINUTE = timedelta(minutes=1)


def test_the_draws_are_those_that_saved_seeds_were_made_with():
    chance = Chance(2027, "a stream")
    drawn = [chance.below(1_000) for _ in range(5)]
    assert drawn == [835, 254, 661, 743, 845]
    assert chance.bytes(4).hex() == "d8e47051"


@given(seeds, st.text(max_size=20))
def test_a_stream_is_the_same_each_time(seed, name):
    one, other = Chance(seed, name), Chance(seed, name)
    assert [one.random() for _ in range(5)] == [other.random() for _ in range(5)]


@given(seeds, st.lists(st.integers(), max_size=20))
def test_shuffling_keeps_everything(seed, things):
    assert sorted(Chance(seed, "x").shuffled(things)) == sorted(things)


@given(seeds, st.integers(1, 1_000))
def test_a_number_below_is_below_and_not_negative(seed, limit):
    assert 0 <= Chance(seed, "x").below(limit) < limit


@given(seeds)
def test_a_span_is_between_its_ends(seed):
    assert MINUTE <= Chance(seed, "x").span(MINUTE, 3 * MINUTE) <= 3 * MINUTE
