"""What a mailing changed: two arms' conversions compared, fit to be read at every look.

Denominators are the members assigned to an arm, whether or not a mail reached them: whoever
can be reached differs from whoever cannot. Everything is a closed function of four counts.
No p-value is ever 0 and no e-value infinite: beyond what a float holds, its smallest or
largest value stands, and reads "at most" and "at least".
"""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, takewhile
from math import erfc, exp, fsum, hypot, lgamma, log, log1p, sqrt
from operator import mul

MAX_ASSIGNED = 100_000_000
"""Members an arm: beyond this lgamma leaves fewer than six digits of an e-value."""
MIN_PRIOR, MAX_PRIOR = 0.001, 1_000_000.0
ALPHA = 0.05
SAMPLE_RATIO_ALARM = 0.001
"""A split this unlikely is taken for a broken one: the report warns of it."""

TINY = sys.float_info.min
LN_LARGEST = log(sys.float_info.max)
LN_ODDS_LIMIT = 600.0
"""Further out than any bound of a ratio can lie, and exp() still holds it."""
BISECTIONS = 64

_Z_95 = 1.959963984540054


class CountError(ValueError):
    """Counts, a prior or a share that no experiment can have."""


class Verdict(StrEnum):
    """What may be claimed at the 5 % level, at any look: the words a report prints."""

    LIFT = "lift shown"
    HARM = "harm shown"
    NONE = "no difference shown"


@dataclass(frozen=True, slots=True)
class ArmCount:
    """Of so many members assigned to an arm, so many converted."""

    converted: int
    assigned: int

    def __post_init__(self) -> None:
        if not 0 <= self.converted <= self.assigned <= MAX_ASSIGNED:
            raise CountError(
                f"{self.converted} of {self.assigned} is no arm's count; converted must be "
                f"from 0 to assigned, and assigned at most {MAX_ASSIGNED}"
            )

    @property
    def rate(self) -> float | None:
        """Converted over assigned; None when nobody was assigned."""
        return self.converted / self.assigned if self.assigned else None


@dataclass(frozen=True, slots=True)
class Lift:
    """Two arms compared; rates and the difference are shares, not per cent.

    The ratio's upper bound is None when no finite ratio can be ruled out. With an arm that
    nobody was assigned to, `difference` is None and everything else says: nothing known.
    """

    treated: ArmCount
    control: ArmCount
    difference: float | None
    fisher_p: float
    newcombe_95: tuple[float, float]
    e_value: float
    anytime_p: float
    rate_ratio_anytime_95: tuple[float, float | None]
    verdict: Verdict


def measure_lift(treated: ArmCount, control: ArmCount, prior: float = 10) -> Lift:
    """Compare the arms.

    The prior is fixed beforehand: 1 when fewer than about 30 conversions are expected, else 10.
    """
    difference = _difference(treated, control)
    ln_e = ln_e_value(treated, control, prior)
    anytime_p = exp(-max(0.0, min(ln_e, LN_LARGEST)))
    return Lift(
        treated=treated,
        control=control,
        difference=difference,
        fisher_p=fisher_p(treated, control),
        newcombe_95=newcombe_95(treated, control),
        e_value=exp(min(ln_e, LN_LARGEST)),
        anytime_p=anytime_p,
        rate_ratio_anytime_95=rate_ratio_anytime_95(treated, control, prior),
        verdict=verdict_of(difference, anytime_p),
    )


def as_json(lift: Lift) -> dict[str, object]:
    """Give the comparison as plain values; every number is finite."""
    return {
        "treated": _arm_as_json(lift.treated),
        "control": _arm_as_json(lift.control),
        "difference": lift.difference,
        "fisher_p": lift.fisher_p,
        "newcombe_95": list(lift.newcombe_95),
        "e_value": lift.e_value,
        "anytime_p": lift.anytime_p,
        "rate_ratio_anytime_95": list(lift.rate_ratio_anytime_95),
        "verdict": lift.verdict.value,
    }


def fisher_p(treated: ArmCount, control: ArmCount) -> float:
    """Fisher's exact test, two-sided: the chance of a table no likelier than this one.

    Terms no more than 1e-7 above the observed one count as equal to it.
    """
    weights, observed = _hypergeometric(treated, control)
    bar = observed * (1 + 1e-7)
    return min(1.0, max(TINY, fsum(w for w in weights if w <= bar) / fsum(weights)))


def wilson_95(arm: ArmCount) -> tuple[float, float]:
    """Wilson's score interval of the arm's rate; 0 to 1 when nobody was assigned.

    It holds the rate in spite of rounding: nobody gives 0 exactly, everybody 1.
    """
    if arm.rate is None:
        return 0.0, 1.0
    n, square = arm.assigned, _Z_95**2
    centre = arm.rate + square / (2 * n)
    half = _Z_95 * sqrt(arm.rate * (1 - arm.rate) / n + square / (4 * n * n))
    scale = 1 + square / n
    low, high = (centre - half) / scale, (centre + half) / scale
    return max(0.0, min(arm.rate, low)), min(1.0, max(arm.rate, high))


def newcombe_95(treated: ArmCount, control: ArmCount) -> tuple[float, float]:
    """Newcombe's interval (method 10) of the difference of the rates, treated less control."""
    if treated.rate is None or control.rate is None:
        return -1.0, 1.0
    low_1, high_1 = wilson_95(treated)
    low_0, high_0 = wilson_95(control)
    difference = treated.rate - control.rate
    return (
        difference - hypot(treated.rate - low_1, high_0 - control.rate),
        difference + hypot(high_1 - treated.rate, control.rate - low_0),
    )


def ln_e_value(treated: ArmCount, control: ArmCount, prior: float = 10) -> float:
    """Evidence, as ln E, against "a conversion is a treated member's as often as members are".

    E is a martingale over conversions while that holds: whoever stops at E >= 20, after any
    number of looks, errs in at most 5 % of experiments (Lindon and Malek, NeurIPS 2022). It
    presumes a constant allocation; when the share changes, see segments.py.
    """
    if not (treated.assigned and control.assigned):
        return 0.0
    return evidence(treated, control, prior)(log(treated.assigned / control.assigned))


def rate_ratio_anytime_95(
    treated: ArmCount, control: ArmCount, prior: float = 10
) -> tuple[float, float | None]:
    """All ratios of the rates, treated over control, that have E < 20; None for no upper bound.

    It leaves out 1 exactly when the anytime p is at most 5 %.
    """
    if not (treated.assigned and control.assigned):
        return 0.0, None
    a, b = treated.converted, control.converted
    likeliest = log(a / b) if a and b else LN_ODDS_LIMIT if a else -LN_ODDS_LIMIT
    low, high = not_ruled_out(evidence(treated, control, prior), likeliest)
    even = log(treated.assigned / control.assigned)
    return exp(low - even) if a else 0.0, exp(high - even) if b else None


def sample_ratio_p(
    treated_assigned: int, control_assigned: int, treated_share: float = 0.5
) -> float:
    """Chi-square test that the arms' sizes fit the planned share of the treated."""
    if not 0 < treated_share < 1:
        raise CountError(f"The planned share is {treated_share}; it must lie between 0 and 1")
    total = treated_assigned + control_assigned
    if not total:
        return 1.0
    surplus = treated_assigned - total * treated_share
    chi_square = surplus**2 / (total * treated_share * (1 - treated_share))
    return max(TINY, erfc(sqrt(chi_square / 2)))


def _difference(treated: ArmCount, control: ArmCount) -> float | None:
    if treated.rate is None or control.rate is None:
        return None
    return treated.rate - control.rate


def verdict_of(difference: float | None, anytime_p: float) -> Verdict:
    if difference is None or anytime_p > ALPHA:
        return Verdict.NONE
    return Verdict.LIFT if difference > 0 else Verdict.HARM


def _arm_as_json(arm: ArmCount) -> dict[str, object]:
    return {"converted": arm.converted, "assigned": arm.assigned, "rate": arm.rate}


def _hypergeometric(treated: ArmCount, control: ArmCount) -> tuple[list[float], float]:
    """Weights of all splits of the conversions, and that of the observed one; the mode has 1.

    Each term follows from its neighbour by a ratio of whole numbers, which keeps more digits
    than differences of lgamma and ends where a float does: some 40 standard deviations out,
    at most 33,000 terms a side with six million members an arm.
    """
    n1, n0 = treated.assigned, control.assigned
    m = treated.converted + control.converted
    mode = (m + 1) * (n1 + 1) // (n1 + n0 + 2)
    up = _weights((n1 - k) * (m - k) / ((k + 1) * (n0 - m + k + 1)) for k in range(mode, m))
    down = _weights(k * (n0 - m + k) / ((n1 - k + 1) * (m - k + 1)) for k in range(mode, 0, -1))
    weights = [*reversed(down), 1.0, *up]
    place = treated.converted - mode + len(down)
    return weights, weights[place] if 0 <= place < len(weights) else 0.0


def _weights(ratios: Iterable[float]) -> list[float]:
    """Weights outwards from the mode, up to the last that a float holds in full."""
    return list(takewhile(lambda weight: weight >= TINY, accumulate(ratios, mul)))


def evidence(treated: ArmCount, control: ArmCount, prior: float) -> Callable[[float], float]:
    """Give ln E as a function of the ln odds, presumed, that a conversion is a treated member's.

    The alternative is a beta distribution of weight `prior` around the assigned share. The
    function is convex, and at most 0 at the likeliest odds.
    """
    if not MIN_PRIOR <= prior <= MAX_PRIOR:
        raise CountError(f"The prior is {prior}; it must be from {MIN_PRIOR} to {MAX_PRIOR:.0f}")
    a, b = treated.converted, control.converted
    alpha = prior * treated.assigned / (treated.assigned + control.assigned)
    beta = prior * control.assigned / (treated.assigned + control.assigned)
    mixture = ln_beta(alpha + a, beta + b) - ln_beta(alpha, beta)
    return lambda ln_odds: mixture + a * log1p(exp(-ln_odds)) + b * log1p(exp(ln_odds))


def ln_beta(x: float, y: float) -> float:
    return lgamma(x) + lgamma(y) - lgamma(x + y)


def not_ruled_out(ln_e: Callable[[float], float], likeliest: float) -> tuple[float, float]:
    """Bisect on both sides of the likeliest value for the last one that has E < 20."""
    return _farthest(ln_e, likeliest, -LN_ODDS_LIMIT), _farthest(ln_e, likeliest, LN_ODDS_LIMIT)


def _farthest(ln_e: Callable[[float], float], inside: float, outside: float) -> float:
    for _ in range(BISECTIONS):
        middle = (inside + outside) / 2
        if ln_e(middle) < -log(ALPHA):
            inside = middle
        else:
            outside = middle
    return inside
