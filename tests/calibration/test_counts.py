"""Counts alone: exact chances by hand, the published figures, and what is read off a programme."""

from math import comb, exp, log

import pytest
from calibration.small_runs import small

from chalicelib.calibration.campaign import goals_of
from chalicelib.calibration.counts import CountPlan, count_plan, shown_by_counts
from chalicelib.calibration.plan import Effect
from chalicelib.calibration.summary import Share
from chalicelib.domain.lift import ArmCount, ln_e_value
from chalicelib.world.rates import CASE

PUBLISHED = {"members": 12_936, "joining_days": 98, "looks": 98, "window_days": 0.0}
"""6,468 an arm, and each acts on the day of joining or never: a look a day over 98 days."""


def chance_of_ever_showing(conversions, q, prior, size=1_000_000):
    """Sum, path by path, the chance that E passes 20 at any of so many conversions."""
    reach, ever = {(0, 0): 1.0}, 0.0
    for _ in range(conversions):
        grown = {}
        for (a, b), chance in reach.items():
            for place, share in (((a + 1, b), q), ((a, b + 1), 1 - q)):
                grown[place] = grown.get(place, 0.0) + chance * share
        reach = {}
        for (a, b), chance in grown.items():
            treated, control = ArmCount(a, round(size * q)), ArmCount(b, round(size * (1 - q)))
            if ln_e_value(treated, control, prior) >= log(20):
                ever += chance
            else:
                reach[a, b] = chance
    return ever


@pytest.mark.parametrize("prior", [1, 10])
@pytest.mark.parametrize("q", [0.5, 0.8, 0.95])
def test_the_exact_chance_that_equal_arms_ever_show_a_difference_is_below_one_in_twenty(q, prior):
    ever = chance_of_ever_showing(120, q, prior)
    assert 0 < ever < 0.05


def test_the_exact_chance_of_a_single_look_is_that_of_the_binomial_tails():
    """At a look after 40 conversions alone, counted by hand from the formula of a fair bet."""
    shown = [
        a for a in range(41) if ln_e_value(ArmCount(a, 10**6), ArmCount(40 - a, 10**6)) >= log(20)
    ]
    assert shown == [*range(len(shown) // 2), *range(41 - len(shown) // 2, 41)]
    single = sum(comb(40, a) for a in shown) / 2**40
    assert single < chance_of_ever_showing(40, 0.5, 10) < 0.05
    average = sum(
        comb(40, a) / 2**40 * exp(ln_e_value(ArmCount(a, 10**6), ArmCount(40 - a, 10**6)))
        for a in range(41)
    )
    assert average == pytest.approx(1)


def test_counts_alone_find_the_published_power():
    """83 % for 1.04 % against 1.81 % at 6,468 a side, with a look a day over 98 days."""
    extra = (0.0181 - 0.0104) / (1 - 0.0104)
    plan = CountPlan(anyway=0.0104, answers=((extra, 0.0),), **PUBLISHED)
    shown = shown_by_counts(plan, 100, seed=1)
    low, high = Share(shown.lift, shown.runs).interval
    assert low < 0.83 < high
    assert shown.harm == 0


def test_counts_alone_show_next_to_nothing_where_there_is_no_effect():
    shown = shown_by_counts(CountPlan(anyway=0.0104, answers=(), **PUBLISHED), 100, seed=1)
    assert shown.lift + shown.harm <= 0.05 * 100


def test_counts_are_the_same_for_the_same_seed_and_others_for_another():
    plan = CountPlan(members=300, joining_days=10, looks=40, anyway=0.1, answers=((0.1, 4.0),))
    assert shown_by_counts(plan, 60, 1) == shown_by_counts(plan, 60, 1)
    assert shown_by_counts(plan, 60, 1) != shown_by_counts(plan, 60, 2)


def test_who_joined_online_is_asked_by_the_mails_that_come_for_sure():
    plans = plans_of(small(effect=Effect.CASE))
    assert plans["home_airport_given"].answers == ((CASE.answers["questionnaire"][1], 4.0),)
    assert plans["app_installed"].answers == ((CASE.answers["app"][1], 8.0),)
    assert plans["app_installed"].anyway == CASE.anyway["app.installed"]
    assert plans["account_registered"].answers == plans["cobrand_card_issued"].answers == ()


def test_who_joined_offline_is_asked_twice_to_register_and_the_rest_hangs_on_that():
    plans = plans_of(small(effect=Effect.CASE, channel="offline"))
    share = CASE.answers["welcome"][1]
    assert plans["account_registered"].answers == ((share, 0.0), (share, 4.0))
    assert plans["account_registered"].prior == 1
    assert plans["home_airport_given"] is plans["app_installed"] is None


def plans_of(plan):
    return {name: count_plan(plan, goal) for name, goal in goals_of(plan).items()}
