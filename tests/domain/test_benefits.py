"""What the data of a benefit alone answers: its last day, its promise, and which tier has it."""

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.domain.benefits import (
    NO_BENEFITS,
    Benefit,
    Catalogue,
    Validity,
    ValidityKind,
)
from chalicelib.domain.tier_rules import Period

YEAR = Period(date(2027, 1, 1), date(2027, 12, 31))
TIERS = Catalogue(tiers=("basic", "silver", "gold"))
RELATIVE = [ValidityKind.DAYS, ValidityKind.MONTHS, ValidityKind.TIER_YEAR]


def benefit(**said):
    return Benefit(name="bag", title="A free bag", **said)


@pytest.mark.parametrize(
    ("validity", "last"),
    [
        (Validity(), None),
        (Validity(kind=ValidityKind.DAYS, count=1), date(2027, 2, 1)),
        (Validity(kind=ValidityKind.MONTHS, count=1), date(2027, 2, 28)),
        (Validity(kind=ValidityKind.TIER_YEAR), date(2027, 12, 31)),
        (Validity(kind=ValidityKind.FIXED_DAY, day=date(2027, 6, 30)), date(2027, 6, 30)),
    ],
)
def test_the_last_day_is_found_from_the_day_it_starts(validity, last):
    assert validity.last_day(date(2027, 1, 31), YEAR) == last


@pytest.mark.parametrize("kind", ValidityKind)
def test_what_a_tier_brings_for_a_time_comes_again_each_year(kind):
    by_tier = benefit(tier="silver", validity=Validity(kind=kind))
    assert by_tier.renewed is (kind in RELATIVE)
    assert not benefit(goal="installed", validity=by_tier.validity).renewed
    assert not benefit(on=YEAR.last, validity=by_tier.validity).renewed


def test_a_promise_is_about_the_day_the_goal_or_the_year():
    assert benefit(on=date(2027, 3, 17)).promise(YEAR) == "bag@2027-03-17"
    assert benefit(goal="installed", tier="gold").promise(YEAR) == "bag@installed"
    assert benefit(tier="gold").promise(YEAR) == "bag@2027-01-01"


def test_the_first_and_the_last_day_of_giving_are_days_of_giving():
    bounded = benefit(tier="gold", since=date(2027, 3, 1), until=date(2027, 3, 31))
    given = [date(2027, 3, 1), date(2027, 3, 31)]
    not_given = [date(2027, 2, 28), date(2027, 4, 1)]
    assert [bounded.is_given_on(day) for day in (*given, *not_given)] == [True, True, False, False]
    assert benefit(tier="gold").is_given_on(date.min)
    assert benefit(tier="gold").is_given_on(date.max)


@pytest.mark.parametrize(
    ("tier", "of", "entitled"),
    [
        ("silver", "silver", True),
        ("gold", "silver", True),
        ("basic", "silver", False),
        ("unheard", "basic", True),
        ("unheard", "silver", False),
        ("gold", "unheard", False),
        ("unheard", "unheard", False),
        ("basic", None, True),
    ],
)
def test_a_tier_has_what_it_and_the_lower_ones_bring(tier, of, entitled):
    assert TIERS.entitles(tier, benefit(tier=of)) is entitled


def test_no_benefits_are_none():
    assert not NO_BENEFITS.benefits


@pytest.mark.parametrize(
    ("said", "goals", "joining", "facts"),
    [
        ({"goal": "installed"}, True, False, False),
        ({"goal": "installed", "tier": "gold"}, True, False, False),
        ({"goal": "other"}, False, False, False),
        ({"on": date(2027, 3, 17)}, False, True, False),
        ({"on": date(2027, 3, 17), "tier": "silver"}, False, False, False),
        ({"tier": "basic"}, False, True, False),
        ({"tier": "silver"}, False, False, False),
        ({"tier": "gone"}, False, False, False),
        ({"tier": "silver", "when": bool}, False, False, True),
        ({"goal": "other", "when": bool}, False, False, True),
    ],
)
def test_what_an_event_may_bring_is_known_from_what_it_tells(said, goals, joining, facts):
    catalogue = replace(TIERS, benefits={"bag": benefit(**said)})
    asked = [
        catalogue.brought_by({"installed"}),
        catalogue.brought_by((), joined=True),
        catalogue.brought_by((), facts=True),
    ]
    assert asked == [goals, joining, facts]
    assert not catalogue.brought_by(())
