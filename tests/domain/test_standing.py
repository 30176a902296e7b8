"""Every name of the standing has a value, and what a person writes is kept as the number it is."""

import doctest
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import standing
from chalicelib.domain.standing import Kind, kind_of, kinds_of, number_of, standing_facts

TIERS = ("basic", "silver", "gold")
KINDS = kinds_of(("miles",), ("flights",))
A_DAY = date(2027, 3, 31)


def test_the_examples_in_the_docstrings_are_true():
    assert doctest.testmod(standing).failed == 0


@given(st.dictionaries(st.sampled_from([*KINDS, "gone"]), st.integers(0, 700_000)))
def test_what_is_declared_always_has_a_value_and_nothing_else_has(numbers):
    facts = standing_facts(KINDS, TIERS, numbers)
    assert facts.keys() == KINDS.keys()
    assert None not in facts.values()


def test_what_is_not_known_is_empty():
    facts = standing_facts(KINDS, TIERS, {})
    assert not any(facts.values())
    assert facts["tier_through"] == ""
    assert facts["next_tier"] == ""
    assert facts["at_risk"] is False
    assert facts["expiring_miles"] == 0


@pytest.mark.parametrize(
    ("name", "number", "value"),
    [
        ("tier_through", A_DAY.toordinal(), A_DAY),
        ("expires_miles", 1, date.min),
        ("at_risk", 1, True),
        ("next_tier", 1, "silver"),
        ("next_tier", 2, "gold"),
        ("next_tier", 3, ""),
        ("reach_flights", 7, 7),
        ("owed_miles", 7, 7),
    ],
)
def test_a_number_is_what_its_name_says(name, number, value):
    assert standing_facts(KINDS, TIERS, {name: number})[name] == value


@given(st.sampled_from(list(KINDS)))
def test_a_name_is_of_one_kind_whoever_declares_it(name):
    assert kind_of(name) is KINDS[name]


@pytest.mark.parametrize("name", ["expiring", "expiring_", "tier", "lapses_miles", ""])
def test_what_no_programme_has_is_of_no_kind(name):
    assert kind_of(name) is None


@given(st.sampled_from(list(KINDS)), st.integers(1, 2))
def test_what_is_written_is_kept_and_shown_again(name, number):
    shown = standing_facts(KINDS, TIERS, {name: number})[name]
    written = str(shown).lower() if KINDS[name] is Kind.SWITCH else str(shown)
    kept = number_of(KINDS[name], TIERS, written)
    assert standing_facts(KINDS, TIERS, {name: kept})[name] == shown


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        (Kind.DAY, "31.3.2027", "Invalid isoformat"),
        (Kind.SWITCH, "yes", "not in list"),
        (Kind.TIER, "golden", "not in list"),
        (Kind.AMOUNT, "many", "invalid literal"),
    ],
)
def test_what_can_not_be_is_refused(kind, text, why):
    with pytest.raises(ValueError, match=why):
        number_of(kind, TIERS, text)
