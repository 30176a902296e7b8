"""What has lapsed is remembered by day, and forgiven once to whom it is asked of."""

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


def test_what_lapses_is_counted_by_its_unit_and_day():
    assert lapsing("miles", TODAY, 7) == {"lapsed.miles@2026-03-10": 7}


def test_of_what_lapsed_since_the_oldest_is_forgiven_first():
    assert forgiving(TALLIES, "miles", TODAY, 1) == {"lapsed.miles@2026-03-10": -1}
    both = {"lapsed.miles@2026-03-10": -2, "lapsed.miles@2026-03-12": -1}
    assert forgiving(TALLIES, "miles", TODAY, 3) == both


def test_no_more_is_forgiven_than_has_lapsed_since():
    both = {"lapsed.miles@2026-03-10": -2, "lapsed.miles@2026-03-12": -4}
    assert forgiving(TALLIES, "miles", TODAY, 100) == both
    assert forgiving(TALLIES, "miles", days(3), 100) == {}
    assert forgiving(TALLIES, "miles", TODAY, 0) == {}


def test_what_was_forgiven_twice_by_a_merge_that_was_undone_is_nothing():
    tallies = {"lapsed.miles@2026-03-10": -2, "lapsed.miles@2026-03-11": 3}
    assert forgiving(tallies, "miles", TODAY, 5) == {"lapsed.miles@2026-03-11": -3}


@given(st.dictionaries(st.integers(-5, 5), st.integers(1, 9)), st.integers(0, 50))
def test_as_much_as_asked_or_as_there_is_and_nothing_from_before(lapsed, amount):
    tallies = {}
    for number, each in lapsed.items():
        tallies.update(lapsing("miles", days(number), each))
    since = sum(each for number, each in lapsed.items() if number >= 0)
    changes = forgiving(tallies, "miles", TODAY, amount)
    assert -sum(changes.values()) == min(amount, since)
    assert all(tallies[name] + change >= 0 for name, change in changes.items())
