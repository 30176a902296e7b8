"""What has lapsed is remembered by day and lot, and forgiven once to whom it is asked of."""

from domain.ledger_builders import TODAY, days
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.ledger_lapses import forgiving, lapsing

TALLIES = {
    "lapsed.miles@2026-03-09": 1,
    "lapsed.miles@2026-03-10": 2,
    "lapsed.miles@2026-03-12": 4,
    "lapsed.stars@2026-03-12": 8,
    "lapsed.milestones@2026-03-12": 8,
    "lapsed.miles.z@2026-03-12": 8,
    "qualifying@2026-03-12": 16,
    "z@ever": 32,
}


def forgiven(tallies, amount, since=TODAY, day=None):
    return forgiving(tallies, "miles", since, {day: amount})


def test_what_lapses_is_counted_by_its_unit_its_day_and_its_lot():
    assert lapsing("miles", TODAY, {None: 7, days(-1): 2}) == {
        "lapsed.miles@2026-03-10": 7,
        "lapsed.miles@2026-03-10.2026-03-09": 2,
    }


def test_of_what_lapsed_since_the_oldest_is_forgiven_first():
    assert forgiven(TALLIES, 1) == {"lapsed.miles@2026-03-10": -1}
    both = {"lapsed.miles@2026-03-10": -2, "lapsed.miles@2026-03-12": -1}
    assert forgiven(TALLIES, 3) == both


def test_no_more_is_forgiven_than_has_lapsed_since():
    both = {"lapsed.miles@2026-03-10": -2, "lapsed.miles@2026-03-12": -4}
    assert forgiven(TALLIES, 100) == both
    assert forgiven(TALLIES, 100, since=days(3)) == {}
    assert forgiven(TALLIES, 0) == {}


def test_what_was_to_lapse_sooner_than_the_lot_is_not_forgiven_for_it():
    tallies = lapsing("miles", days(20), {days(9): 1, days(10): 2, days(11): 4})
    assert forgiven(tallies, 100, day=days(11)) == {"lapsed.miles@2026-03-30.2026-03-21": -4}
    both = {"lapsed.miles@2026-03-30.2026-03-20": -2, "lapsed.miles@2026-03-30.2026-03-21": -4}
    assert forgiven(tallies, 100, day=days(10)) == both


def test_what_has_a_last_day_is_not_forgiven_for_what_has_none():
    assert forgiven(lapsing("miles", days(2), {days(1): 5}), 5) == {}


def test_what_lapsed_without_a_last_day_is_forgiven_for_any_lot():
    assert forgiven({"lapsed.miles@2026-03-12": 3}, 5, day=days(90)) == {
        "lapsed.miles@2026-03-12": -3
    }


def test_nothing_is_forgiven_for_two_lots():
    tallies = lapsing("miles", days(20), {days(10): 3})
    missing = {days(9): 2, days(10): 2, days(11): 2}
    assert forgiving(tallies, "miles", TODAY, missing) == {"lapsed.miles@2026-03-30.2026-03-20": -3}


def test_what_was_forgiven_twice_by_a_merge_that_was_undone_is_nothing():
    tallies = {"lapsed.miles@2026-03-10": -2, "lapsed.miles@2026-03-11": 3}
    assert forgiven(tallies, 5) == {"lapsed.miles@2026-03-11": -3}


@given(st.dictionaries(st.integers(-5, 5), st.integers(1, 9)), st.integers(0, 50))
def test_as_much_as_asked_or_as_there_is_and_nothing_from_before(lapsed, amount):
    tallies = {}
    for number, each in lapsed.items():
        tallies.update(lapsing("miles", days(number), {None: each}))
    since = sum(each for number, each in lapsed.items() if number >= 0)
    changes = forgiven(tallies, amount)
    assert -sum(changes.values()) == min(amount, since)
    assert all(tallies[name] + change >= 0 for name, change in changes.items())
