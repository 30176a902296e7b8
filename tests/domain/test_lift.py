"""The lift report's statistics: reference values, exact recomputation, properties, extremes."""

import json
import random
import sys
from dataclasses import astuple
from fractions import Fraction
from math import comb, erfc, exp, inf, log, sqrt

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.domain.lift import (
    MAX_ASSIGNED,
    ArmCount,
    CountError,
    Verdict,
    as_json,
    fisher_p,
    ln_e_value,
    measure_lift,
    newcombe_95,
    rate_ratio_anytime_95,
    sample_ratio_p,
    wilson_95,
)

ACCOUNT = ArmCount(12, 272), ArmCount(0, 271)
AIRPORT = ArmCount(161, 6469), ArmCount(21, 6467)
CARD = ArmCount(62, 6469), ArmCount(65, 6467)
APP = ArmCount(117, 6469), ArmCount(67, 6469)
CASES = [ACCOUNT, AIRPORT, CARD, APP]


def arms(least=0, most=2_000):
    return st.integers(least, most).flatmap(
        lambda n: st.builds(ArmCount, st.integers(0, n), st.just(n))
    )


anybody = arms(least=0)
somebody = arms(least=1)
huge = arms(least=0, most=6_000_000)
priors = st.sampled_from([1.0, 10.0, 1000.0])


def close(expected):
    return pytest.approx(expected, rel=1e-6)


def printed(expected, digits):
    """Equal to the last printed digit of a reference."""
    return pytest.approx(expected, abs=0.5000001 * 10**-digits)


# Reference values


@pytest.mark.parametrize(
    ("case", "points", "p", "interval"),
    [
        (ACCOUNT, 4.411765, 0.0004313580126, (0.02076890, 0.07551832)),
        (AIRPORT, 2.164067, 2.975510941e-28, (0.01772315, 0.02587946)),
        (CARD, -0.046686, 0.7899717882, (-0.00391808, 0.00297509)),
        (APP, 0.772917, 0.0002537894511, (0.00366295, 0.01189761)),
    ],
)
def test_difference_fisher_and_newcombe_equal_the_reference(case, points, p, interval):
    lift = measure_lift(*case)
    assert lift.difference * 100 == printed(points, 6)
    assert lift.fisher_p == pytest.approx(p, rel=1e-9)
    assert lift.newcombe_95 == (printed(interval[0], 8), printed(interval[1], 8))


@pytest.mark.parametrize(
    ("case", "prior", "e_value", "precision"),
    [
        (ACCOUNT, 1, 648.4, 0.05),
        (ACCOUNT, 10, 25.11, 0.005),
        (AIRPORT, 1, 1.91e25, 0.005e25),
        (AIRPORT, 10, 1.72e24, 0.005e24),
        (CARD, 1, 0.0732, 0.00005),
        (CARD, 10, 0.273, 0.0005),
        (APP, 1, 57.11, 0.005),
        (APP, 10, 155.2, 0.05),
    ],
)
def test_the_e_value_equals_the_reference(case, prior, e_value, precision):
    lift = measure_lift(*case, prior=prior)
    assert lift.e_value == pytest.approx(e_value, abs=precision)
    assert lift.anytime_p == close(min(1, 1 / lift.e_value))


@pytest.mark.parametrize(
    ("case", "low", "high"),
    [
        (ACCOUNT, 1.039, None),
        (AIRPORT, 3.287, 22.532),
        (CARD, 0.563, 1.611),
        (APP, 1.093, 2.847),
    ],
)
def test_the_anytime_rate_ratio_equals_the_reference(case, low, high):
    found_low, found_high = measure_lift(*case).rate_ratio_anytime_95
    assert found_low == printed(low, 3)
    assert found_high == (high and printed(high, 3))


def test_the_four_verdicts_of_the_case():
    verdicts = [measure_lift(*case).verdict for case in CASES]
    assert verdicts == ["lift shown", "lift shown", "no difference shown", "lift shown"]


def test_an_arm_that_does_worse_is_shown_as_harm():
    treated, control = AIRPORT
    assert measure_lift(control, treated).verdict is Verdict.HARM


def test_wilson_equals_newcombes_published_examples():
    assert wilson_95(ArmCount(81, 263)) == (printed(0.2553, 4), printed(0.3662, 4))
    assert wilson_95(ArmCount(15, 148)) == (printed(0.0624, 4), printed(0.1605, 4))
    assert wilson_95(ArmCount(0, 20)) == (printed(0.0, 4), printed(0.1611, 4))
    assert wilson_95(ArmCount(1, 29)) == (printed(0.0061, 4), printed(0.1718, 4))


def test_newcombe_equals_his_published_example():
    low, high = newcombe_95(ArmCount(56, 70), ArmCount(48, 80))
    assert (low, high) == (printed(0.0524, 4), printed(0.3339, 4))


# Recomputed exactly


def exact_fisher_p(treated, control):
    m = treated.converted + control.converted
    terms = {
        k: comb(treated.assigned, k) * comb(control.assigned, m - k)
        for k in range(max(0, m - control.assigned), min(m, treated.assigned) + 1)
    }
    observed = terms[treated.converted]
    return float(Fraction(sum(t for t in terms.values() if t <= observed), sum(terms.values())))


@given(arms(most=60), arms(most=60))
def test_fisher_equals_the_sum_of_whole_numbers(treated, control):
    assert fisher_p(treated, control) == pytest.approx(exact_fisher_p(treated, control), rel=1e-9)


def test_fisher_keeps_its_digits_far_out_in_the_tail():
    treated, control = ArmCount(700, 5_000), ArmCount(10, 5_000)
    assert exact_fisher_p(treated, control) < 1e-180
    assert fisher_p(treated, control) == pytest.approx(exact_fisher_p(treated, control), rel=1e-9)


@given(st.integers(0, 40), st.integers(1, 50), st.integers(1, 50), priors)
def test_the_e_value_averages_one_when_there_is_no_difference(conversions, n1, n0, prior):
    """Over all ways the conversions may fall, each weighed with its chance: a fair bet."""
    q = n1 / (n1 + n0)
    average = sum(
        comb(conversions, a)
        * q**a
        * (1 - q) ** (conversions - a)
        * exp(
            ln_e_value(ArmCount(a, n1 * 1_000), ArmCount(conversions - a, n0 * 1_000), prior=prior)
        )
        for a in range(conversions + 1)
    )
    assert average == close(1)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(1, 9), st.integers(1, 9), priors)
def test_one_more_conversion_leaves_the_expected_e_value_as_it_is(a, b, n1, n0, prior):
    """The martingale that makes stopping at any look safe."""
    n1, n0 = n1 * 1_000, n0 * 1_000
    q = n1 / (n1 + n0)
    now = ln_e_value(ArmCount(a, n1), ArmCount(b, n0), prior)
    if_treated = ln_e_value(ArmCount(a + 1, n1), ArmCount(b, n0), prior)
    if_control = ln_e_value(ArmCount(a, n1), ArmCount(b + 1, n0), prior)
    assert q * exp(if_treated - now) + (1 - q) * exp(if_control - now) == close(1)


def test_peeking_98_times_at_equal_arms_rarely_calls_a_winner():
    """400 A/A runs, 66 members an arm between looks, 1.04 % converting; at most 5 % may err."""
    chance = random.Random(20270301)  # noqa: S311  repeatable chance, not a secret
    assert sum(calls_a_winner(chance) for _ in range(400)) <= 20


def calls_a_winner(chance):
    conversions = {"treated": [], "control": []}
    for _ in range(135):
        conversions[chance.choice(["treated", "control"])].append(chance.randrange(98))
    for look in range(98):
        treated, control = (
            ArmCount(sum(at <= look for at in arm), 66 * (look + 1)) for arm in conversions.values()
        )
        if ln_e_value(treated, control) >= log(20):
            return True
    return False


# Properties


@given(anybody, anybody, priors)
def test_swapping_the_arms_mirrors_the_comparison(treated, control, prior):
    one, other = measure_lift(treated, control, prior), measure_lift(control, treated, prior)
    assert one.fisher_p == close(other.fisher_p)
    assert one.e_value == close(other.e_value)
    assert one.anytime_p == close(other.anytime_p)
    assert one.newcombe_95 == pytest.approx([-bound for bound in reversed(other.newcombe_95)])
    assert (one.verdict, other.verdict) in {
        (Verdict.NONE, Verdict.NONE),
        (Verdict.LIFT, Verdict.HARM),
        (Verdict.HARM, Verdict.LIFT),
    }
    low, high = one.rate_ratio_anytime_95
    other_low, other_high = other.rate_ratio_anytime_95
    assert low == (close(1 / other_high) if other_high else 0.0)
    assert (high or inf) == (close(1 / other_low) if other_low else inf)


@given(huge, huge)
@example(ArmCount(0, 1), ArmCount(84, 84))
@example(ArmCount(99_999_999, 100_000_000), ArmCount(0, 100_000_000))
@settings(deadline=None)
def test_the_newcombe_interval_contains_the_difference_and_stays_in_range(treated, control):
    lift = measure_lift(treated, control)
    low, high = lift.newcombe_95
    assert -1 <= low < high <= 1
    if lift.difference is not None:
        assert low <= lift.difference <= high


@given(huge)
def test_the_wilson_interval_contains_the_rate(arm):
    low, high = wilson_95(arm)
    assert 0 <= low < high <= 1
    if arm.rate is not None:
        assert low <= arm.rate <= high


@given(somebody, somebody, priors)
def test_the_anytime_interval_contains_the_observed_ratio(treated, control, prior):
    low, high = rate_ratio_anytime_95(treated, control, prior)
    if control.converted:
        assert low <= treated.rate / control.rate <= (inf if high is None else high)
    else:
        assert high is None


@given(anybody, anybody, priors)
def test_the_anytime_interval_leaves_out_one_exactly_when_a_difference_is_shown(
    treated, control, prior
):
    lift = measure_lift(treated, control, prior)
    low, high = lift.rate_ratio_anytime_95
    expected = Verdict.LIFT if low > 1 else Verdict.HARM if (high or inf) < 1 else Verdict.NONE
    assert lift.verdict is expected


@given(somebody, somebody)
def test_more_conversions_among_the_treated_raise_difference_and_interval(treated, control):
    if treated.converted < treated.assigned:
        more = ArmCount(treated.converted + 1, treated.assigned)
        before, after = measure_lift(treated, control), measure_lift(more, control)
        assert after.difference > before.difference
        assert after.newcombe_95[0] > before.newcombe_95[0]
        assert after.newcombe_95[1] > before.newcombe_95[1]


@given(somebody, somebody, priors)
def test_one_more_conversion_in_the_leading_arm_raises_the_evidence(treated, control, prior):
    if control.rate <= treated.rate < 1:
        more = ArmCount(treated.converted + 1, treated.assigned)
        before, after = ln_e_value(treated, control, prior), ln_e_value(more, control, prior)
        assert after >= before - 1e-9


@given(huge, huge, priors)
@settings(deadline=None)
def test_every_comparison_is_valid_json_within_its_ranges(treated, control, prior):
    lift = measure_lift(treated, control, prior)
    assert json.loads(json.dumps(as_json(lift), allow_nan=False)) == as_json(lift)
    assert 0 < lift.fisher_p <= 1
    assert 0 < lift.anytime_p <= 1
    assert 0 <= lift.e_value <= sys.float_info.max
    low, high = lift.rate_ratio_anytime_95
    assert 0 <= low < (inf if high is None else high)


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.floats(0.01, 0.99))
def test_the_sample_ratio_test_is_symmetric_and_a_probability(treated, control, share):
    p = sample_ratio_p(treated, control, share)
    assert 0 < p <= 1
    assert p == pytest.approx(sample_ratio_p(control, treated, 1 - share), rel=1e-3)


# Extremes


@pytest.mark.parametrize("n", [1, 100, 6_000_000])
def test_no_conversions_at_all_show_nothing(n):
    lift = measure_lift(ArmCount(0, n), ArmCount(0, n))
    assert (lift.fisher_p, lift.e_value, lift.anytime_p) == (1.0, 1.0, 1.0)
    assert lift.rate_ratio_anytime_95 == (0.0, None)
    assert lift.verdict is Verdict.NONE


@pytest.mark.parametrize("n", [1, 100, 6_000_000])
def test_everybody_converting_in_both_arms_shows_no_difference(n):
    lift = measure_lift(ArmCount(n, n), ArmCount(n, n))
    assert (lift.difference, lift.fisher_p, lift.verdict) == (0.0, 1.0, Verdict.NONE)


@pytest.mark.parametrize(
    ("treated", "control"),
    [
        (ArmCount(0, 0), ArmCount(3, 10)),
        (ArmCount(3, 10), ArmCount(0, 0)),
        (ArmCount(0, 0), ArmCount(0, 0)),
    ],
)
def test_an_arm_without_members_leaves_everything_open(treated, control):
    assert astuple(measure_lift(treated, control))[2:] == (
        None,
        1.0,
        (-1.0, 1.0),
        1.0,
        1.0,
        (0.0, None),
        Verdict.NONE,
    )


@pytest.mark.parametrize(
    ("treated", "control"),
    [
        (ArmCount(5_000, 6_469), ArmCount(21, 6_467)),
        (ArmCount(6_000_000, 6_000_000), ArmCount(0, 6_000_000)),
        (ArmCount(MAX_ASSIGNED, MAX_ASSIGNED), ArmCount(1, 1_000)),
    ],
)
def test_evidence_beyond_a_float_stands_at_its_largest_and_smallest(treated, control):
    lift = measure_lift(treated, control)
    assert lift.e_value == pytest.approx(sys.float_info.max)
    assert 0 < lift.anytime_p < 1e-307
    assert lift.fisher_p == sys.float_info.min
    assert json.dumps(as_json(lift), allow_nan=False)


def test_millions_an_arm_sum_only_the_terms_that_a_float_holds(monkeypatch):
    summed = []
    monkeypatch.setattr(
        "chalicelib.domain.lift.fsum", lambda terms: summed.append(terms := [*terms]) or sum(terms)
    )
    fisher_p(ArmCount(3_003_000, 6_000_000), ArmCount(3_000_000, 6_000_000))
    assert max(map(len, summed)) < 70_000


def test_millions_an_arm_agree_with_the_normal_approximation():
    z = 0.0005 / sqrt(2 * 0.50025 * 0.49975 / 6_000_000)
    exact = fisher_p(ArmCount(3_003_000, 6_000_000), ArmCount(3_000_000, 6_000_000))
    assert exact == pytest.approx(erfc(z / sqrt(2)), rel=2e-3)


@pytest.mark.parametrize(
    ("converted", "assigned"), [(-1, 5), (6, 5), (0, -1), (0, MAX_ASSIGNED + 1)]
)
def test_impossible_counts_are_refused(converted, assigned):
    with pytest.raises(CountError, match="no arm's count"):
        ArmCount(converted, assigned)


@pytest.mark.parametrize("prior", [0, -1, float("nan"), inf])
def test_a_prior_out_of_range_is_refused(prior):
    with pytest.raises(CountError, match="prior"):
        measure_lift(*APP, prior=prior)


# Sample ratio


def test_the_sample_ratio_equals_a_chi_square_table():
    assert sample_ratio_p(5_000 + 98, 5_000 - 98) == pytest.approx(0.05, abs=0.0005)
    assert sample_ratio_p(6_469, 6_467) == close(0.9859702)
    assert sample_ratio_p(900, 100, 0.9) == 1.0
    assert sample_ratio_p(0, 0) == 1.0


def test_a_broken_split_raises_the_alarm():
    assert sample_ratio_p(6_469, 6_000) < 0.001


@pytest.mark.parametrize("share", [0, 1, -0.1, float("nan")])
def test_a_planned_share_out_of_range_is_refused(share):
    with pytest.raises(CountError, match="between 0 and 1"):
        sample_ratio_p(1, 1, share)


# JSON


def test_the_json_has_exactly_the_documented_shape():
    assert as_json(measure_lift(*ACCOUNT)) == {
        "treated": {"converted": 12, "assigned": 272, "rate": close(12 / 272)},
        "control": {"converted": 0, "assigned": 271, "rate": 0.0},
        "difference": close(12 / 272),
        "fisher_p": close(0.0004313580126),
        "newcombe_95": [close(0.020768902608), close(0.07551831984)],
        "e_value": close(25.106371174),
        "anytime_p": close(0.0398305272),
        "rate_ratio_anytime_95": [close(1.03908052691), None],
        "verdict": "lift shown",
    }
