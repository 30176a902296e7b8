"""What a member is told of tier and miles comes of the wallet, and what is nothing is left out."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from domain.builders import programme

from chalicelib.domain.ledger_expiry import Expiry, ExpiryKind, UnitRules
from chalicelib.domain.ledger_wallet import EMPTY
from chalicelib.domain.membership import Membership
from chalicelib.domain.standing_look import standing_numbers
from chalicelib.domain.tier_judge import TierStanding
from chalicelib.domain.tier_rules import PeriodKind, RuleSet, TierPlan

JOINED = date(2026, 5, 1)
TODAY = date(2027, 6, 1)
DAY = timedelta(days=1)
MARCH, MAY = date(2028, 3, 31), date(2028, 5, 31)
RULES = RuleSet(
    since=date(2026, 1, 1),
    period=PeriodKind.CALENDAR_YEAR,
    thresholds={
        "silver": ({"qualifying": 25_000}, {"segments": 20}),
        "gold": ({"qualifying": 50_000}, {"segments": 40}, {"segments": 30, "qualifying": 30_000}),
    },
    grace_days=60,
)
PLAN = TierPlan(tiers=("basic", "silver", "gold"), rule_sets=(RULES,))
TIERED = programme(tiers=("basic", "silver", "gold"), tier_plan=PLAN)
SILVER = TierStanding(tier="silver", held_through=date(2027, 12, 31))
TALLIES = {"qualifying@2027-01-01": 8_000, "segments@2027-01-01": 4}


def numbers(standing=None, *, made=TIERED, warned=None, **wallet):
    membership = Membership(
        member_id="m", wallet=replace(EMPTY, **wallet), standing=standing, warned=warned or {}
    )
    return standing_numbers(made, membership, JOINED, TODAY)


def test_of_a_membership_with_nothing_in_it_there_is_nothing_to_tell():
    assert numbers() == {}
    assert numbers(made=programme()) == {}


def test_the_next_tier_is_told_with_the_least_that_each_measure_takes():
    told = numbers(TierStanding(tier="basic"), tallies=TALLIES)
    assert told == {"next_tier": 1, "reach_qualifying": 17_000, "reach_segments": 16}
    told = numbers(SILVER, tallies=TALLIES)
    assert (told["next_tier"], told["reach_qualifying"], told["reach_segments"]) == (2, 22_000, 26)


def test_a_tier_is_told_with_its_days_and_what_keeps_it():
    told = numbers(SILVER, tallies=TALLIES)
    assert told["tier_through"] == date(2027, 12, 31).toordinal()
    assert told["grace_until"] == date(2028, 2, 29).toordinal()
    assert (told["at_risk"], told["keep_qualifying"], told["keep_segments"]) == (1, 17_000, 16)


def test_a_tier_that_is_kept_is_not_at_risk_and_above_the_highest_is_none():
    gold = TierStanding(tier="gold", held_through=date(2028, 12, 31))
    assert numbers(gold).keys() == {"tier_through", "grace_until"}


def expiring(warned=None, **lots):
    rule = UnitRules(expiry=Expiry(kind=ExpiryKind.MONTH_END, months=24))
    made = programme(unit_rules=dict.fromkeys(lots, rule))
    return numbers(made=made, warned=warned, lots=lots)


def test_of_each_unit_what_lapses_first_is_told_with_its_day():
    told = expiring(redeemable={MAY: 700, MARCH: 300}, bonus={MAY: 5})
    assert told == {
        "expires_redeemable": MARCH.toordinal(),
        "expiring_redeemable": 300,
        "expires_bonus": MAY.toordinal(),
        "expiring_bonus": 5,
    }


@pytest.mark.parametrize(
    ("told_of", "soon"),
    [
        ({}, None),
        ({"redeemable": MARCH - DAY}, None),
        ({"redeemable": MARCH}, 1),
        ({"bonus": MAY}, None),
    ],
)
def test_what_lapses_next_lapses_soon_once_its_day_was_told(told_of, soon):
    assert expiring(told_of, redeemable={MAY: 700, MARCH: 300}).get("soon_redeemable") == soon


def test_what_was_told_lapses_soon_also_when_a_later_day_was_told():
    assert expiring({"redeemable": MAY}, redeemable={MAY: 700, MARCH: 300})["soon_redeemable"] == 1


def test_what_never_lapses_is_not_told():
    assert expiring(redeemable={None: 300}) == {}


def test_what_is_owed_is_told():
    assert numbers(owed={"redeemable": 40}) == {"owed_redeemable": 40}
