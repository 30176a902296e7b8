"""Segments: the arms compared under each share that was held out, and the evidence together."""

import random
from dataclasses import replace
from itertools import product
from math import comb, erfc, exp, inf, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.lift import (
    ALPHA,
    ArmCount,
    Verdict,
    ln_e_value,
    measure_lift,
    newcombe_95,
    sample_ratio_p,
)
from chalicelib.domain.segments import (
    Segment,
    ln_split_e,
    measure_segments,
    split_anytime_p,
    split_p,
)


def arms(least=0, most=400):
    return st.integers(least, most).flatmap(
        lambda n: st.builds(ArmCount, st.integers(0, n), st.just(n))
    )


segments = st.builds(Segment, st.sampled_from([0.1, 0.5, None]), arms(least=1), arms(least=1))
several = st.lists(segments, min_size=1, max_size=4)
any_arms = st.lists(st.builds(Segment, st.just(0.5), arms(), arms()), max_size=4)
priors = st.sampled_from([1.0, 10.0])
plans = st.tuples(st.integers(0, 5000), st.integers(0, 5000), st.sampled_from([0.5, 0.8, 0.9]))


def close(expected):
    return pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(arms(), arms(), priors)
def test_one_segment_is_the_plain_comparison(treated, control, prior):
    assert measure_segments([Segment(0.5, treated, control)], prior) == (
        measure_lift(treated, control, prior)
    )


def test_no_segment_at_all_tells_nothing():
    assert measure_segments([]) == measure_lift(ArmCount(0, 0), ArmCount(0, 0))


@given(several, priors)
def test_the_evidence_of_segments_is_multiplied(parts, prior):
    ln_e = sum(ln_e_value(part.treated, part.control, prior) for part in parts)
    lift = measure_segments(parts, prior)
    assert log(lift.e_value) == pytest.approx(ln_e, rel=1e-9, abs=1e-9)
    assert lift.anytime_p == close(min(1, exp(-ln_e)))


@given(any_arms, priors)
def test_everybody_is_counted_and_whoever_has_nobody_to_compare_with_changes_nothing(parts, prior):
    fit = [part for part in parts if part.comparable]
    lift, compared = measure_segments(parts, prior), measure_segments(fit, prior)
    assert lift.treated.assigned == sum(part.treated.assigned for part in parts)
    assert lift.control.converted == sum(part.control.converted for part in parts)
    assert replace(lift, treated=compared.treated, control=compared.control) == compared


@given(st.integers(0, 12), st.integers(0, 12), priors)
def test_the_product_averages_one_when_there_is_no_difference(first, second, prior):
    """Over all ways the conversions of both segments may fall: still a fair bet."""
    average = 0.0
    for a, b in product(range(first + 1), range(second + 1)):
        chance = comb(first, a) * 0.5**first * comb(second, b) * 0.8**b * 0.2 ** (second - b)
        parts = [
            Segment(0.5, ArmCount(a, 5_000), ArmCount(first - a, 5_000)),
            Segment(0.2, ArmCount(b, 8_000), ArmCount(second - b, 2_000)),
        ]
        average += chance * measure_segments(parts, prior).e_value
    assert average == pytest.approx(1)


@given(several, priors, st.randoms(use_true_random=False))
def test_the_order_of_segments_does_not_matter(parts, prior, chance):
    one = measure_segments(parts, prior)
    other = measure_segments(chance.sample(parts, len(parts)), prior)
    assert one.difference == close(other.difference)
    assert one.e_value == close(other.e_value)
    assert one.newcombe_95 == close(other.newcombe_95)


@given(several)
def test_the_difference_lies_between_those_of_the_segments_and_in_its_interval(parts):
    lift = measure_segments(parts)
    differences = [part.difference for part in parts]
    assert min(differences) - 1e-12 <= lift.difference <= max(differences) + 1e-12
    low, high = lift.newcombe_95
    assert -1 <= low < high <= 1
    assert low <= lift.difference <= high


@given(segments, st.integers(2, 4))
def test_two_halves_that_are_alike_differ_by_as_much_as_each_and_it_is_known_better(part, times):
    lift = measure_segments([part] * times)
    low, high = newcombe_95(part.treated, part.control)
    assert lift.difference == close(part.difference)
    assert lift.difference - lift.newcombe_95[0] == close((part.difference - low) / sqrt(times))
    assert lift.newcombe_95[1] - lift.difference == close((high - part.difference) / sqrt(times))


@given(several, priors)
@settings(deadline=None)
def test_what_is_shown_lies_on_one_side_of_one_and_of_no_difference(parts, prior):
    lift = measure_segments(parts, prior)
    low, high = lift.rate_ratio_anytime_95
    assert 0 <= low <= (inf if high is None else high)
    assert (lift.verdict is Verdict.LIFT) <= (low > 1 and lift.difference > 0)
    assert (lift.verdict is Verdict.HARM) <= (high is not None and high < 1 and lift.difference < 0)
    if lift.anytime_p > ALPHA:
        assert lift.verdict is Verdict.NONE
        assert low <= 1 <= (inf if high is None else high)


def test_segments_that_contradict_each_other_show_neither_lift_nor_harm():
    worse = Segment(0.1, ArmCount(0, 35), ArmCount(6, 65))
    better = Segment(0.1, ArmCount(6, 65), ArmCount(0, 35))
    lift = measure_segments([worse, better], prior=1.0)
    assert lift.anytime_p < ALPHA
    assert lift.difference == 0
    assert lift.verdict is Verdict.NONE


@given(st.integers(1, 60), st.integers(1, 60), priors)
def test_the_anytime_interval_holds_the_ratios_that_the_segments_share(a, b, prior):
    """Where both segments have one ratio, it is the likeliest and never ruled out."""
    parts = [
        Segment(0.5, ArmCount(a, 1_000), ArmCount(b, 1_000)),
        Segment(0.2, ArmCount(4 * a, 4_000), ArmCount(b, 1_000)),
    ]
    low, high = measure_segments(parts, prior).rate_ratio_anytime_95
    assert low <= a / b <= high


def test_a_ratio_for_all_that_fits_no_segment_is_given_as_the_likeliest():
    parts = [
        Segment(0.5, ArmCount(400, 1_000), ArmCount(40, 1_000)),
        Segment(0.2, ArmCount(40, 1_000), ArmCount(400, 1_000)),
    ]
    low, high = measure_segments(parts).rate_ratio_anytime_95
    assert low == high == pytest.approx(1, rel=1e-6)


def test_mantel_and_haenszel_agree_with_a_published_table():
    """Berkeley's admissions of 1973 by department, men against women: chi-square 1.5246."""
    departments = [
        (512, 825, 89, 108),
        (353, 560, 17, 25),
        (120, 325, 202, 593),
        (138, 417, 131, 375),
        (53, 191, 94, 393),
        (22, 373, 24, 341),
    ]
    parts = [Segment(None, ArmCount(a, n), ArmCount(b, m)) for a, n, b, m in departments]
    chi_square = 1.5246
    assert measure_segments(parts).fisher_p == pytest.approx(erfc(sqrt(chi_square / 2)), abs=3e-5)


def test_a_season_that_came_with_the_change_of_the_share_is_no_effect():
    """1 % convert while half are held out, 6 % while a tenth is; peeking daily, no mail at all."""
    chance = random.Random(2027)  # noqa: S311  repeatable chance, not a secret
    runs = [changed_share(chance) for _ in range(60)]
    assert sum(in_one_heap for in_one_heap, _ in runs) > 50
    assert sum(in_segments for _, in_segments in runs) <= 3


def changed_share(chance):
    """Tell whether a difference was ever shown: with all in one heap, and with segments."""
    heaps = {0.5: [[0, 0], [0, 0]], 0.1: [[0, 0], [0, 0]]}
    shown = [False, False]
    for day in range(40):
        holdout, rate = (0.5, 0.01) if day < 20 else (0.1, 0.06)
        for _ in range(100):
            arm = heaps[holdout][chance.random() < holdout]
            arm[0] += chance.random() < rate
            arm[1] += 1
        parts = [Segment(h, *(ArmCount(*arm) for arm in arms)) for h, arms in heaps.items()]
        total = [
            ArmCount(
                sum(a[side][0] for a in heaps.values()), sum(a[side][1] for a in heaps.values())
            )
            for side in (0, 1)
        ]
        shown[0] |= measure_lift(*total).verdict is not Verdict.NONE
        shown[1] |= measure_segments(parts).verdict is not Verdict.NONE
    return shown


# The arms' sizes


@given(plans)
def test_the_sizes_of_one_segment_are_tested_as_before(plan):
    assert split_p([plan]) == sample_ratio_p(*plan)


@given(st.lists(plans, max_size=4))
def test_the_sizes_of_segments_are_tested_by_their_surplus_together(parts):
    p = split_p(parts)
    assert (p is None) is (not parts)
    if p is not None:
        assert 0 < p <= 1
        assert split_p([*parts, (0, 0, 0.5)]) == pytest.approx(p)


def test_no_split_is_tested_where_none_was_planned():
    assert split_p([(100, 0, 1.0), (0, 100, 0.0)]) is None
    assert split_anytime_p([(100, 0, 1.0), (0, 100, 0.0)]) is None


def test_a_split_that_is_a_little_off_in_every_segment_is_broken():
    parts = [(5_150, 4_850, 0.5), (8_150, 1_850, 0.8)]
    assert split_p(parts) < 1e-5 < min(sample_ratio_p(*part) for part in parts)
    assert split_anytime_p(parts) < 0.001


@given(st.integers(0, 2000), st.integers(0, 2000), st.sampled_from([0.5, 0.8, 0.95]))
def test_one_more_member_leaves_the_expected_evidence_on_the_sizes_as_it_is(n1, n0, share):
    now = ln_split_e(n1, n0, share)
    treated, control = ln_split_e(n1 + 1, n0, share), ln_split_e(n1, n0 + 1, share)
    assert share * exp(treated - now) + (1 - share) * exp(control - now) == pytest.approx(1)


@given(st.lists(plans, min_size=1, max_size=3))
def test_the_anytime_p_of_the_sizes_is_one_over_the_product_of_their_evidence(parts):
    ln_e = sum(ln_split_e(*part) for part in parts)
    assert split_anytime_p(parts) == pytest.approx(min(1, exp(-ln_e)), rel=1e-6, abs=1e-300)
