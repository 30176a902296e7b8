"""Pauses as values: who is held back, and what pausing and resuming make of them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.brakes import NO_PAUSES, Pause

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
FIRST, SECOND = Pause(NOW, "a wrong link"), Pause(NOW + timedelta(hours=1), "complaints")

journeys = st.sampled_from([None, "welcome", "news"])
acts = st.lists(st.tuples(st.booleans(), journeys), max_size=12)


def after(acts, pauses=NO_PAUSES):
    for is_pause, journey in acts:
        pauses = pauses.paused(journey, FIRST) if is_pause else pauses.resumed(journey)
    return pauses


@given(acts, journeys)
def test_a_journey_is_held_back_by_its_own_pause_or_by_that_of_everything(acts, journey):
    pauses = after(acts)
    for name in ("welcome", "news"):
        assert bool(pauses.holding(name)) == bool(pauses.of(name) or pauses.of(None))
    assert after([(True, journey)], pauses).of(journey)
    assert not after([(False, journey)], pauses).of(journey)


@given(acts, journeys)
def test_the_first_of_two_pauses_stays(acts, journey):
    pauses = after(acts).paused(journey, FIRST)
    assert pauses.paused(journey, SECOND) == pauses
    assert pauses.of(journey) == FIRST


@given(acts, journeys)
def test_pausing_and_resuming_one_leaves_the_others_alone(acts, journey):
    pauses = after(acts)
    for changed in (pauses.paused(journey, SECOND), pauses.resumed(journey)):
        for other in {None, "welcome", "news"} - {journey}:
            assert changed.of(other) == pauses.of(other)


@given(acts)
def test_a_series_counts_how_often_a_journey_was_resumed_after_a_pause(acts):
    paused, resumed = set(), {"welcome": 0, "news": 0}
    for is_pause, journey in acts:
        if journey and not is_pause and journey in paused:
            resumed[journey] += 1
        paused = paused | {journey} if is_pause else paused - {journey}
    assert {name: after(acts).series.get(name, 0) for name in resumed} == resumed
