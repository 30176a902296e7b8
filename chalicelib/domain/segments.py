"""The comparison of two arms when the hold-out's share was changed on the way.

Who was assigned under one share is a segment. Arms are compared inside a segment alone and the
segments' evidence is put together: across segments a member's arm tells when the member
entered, and then a change of season would look like an effect. With one segment everything is
as in lift.py.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import erfc, exp, fsum, log, log1p, sqrt

from chalicelib.domain.lift import (
    BISECTIONS,
    LN_LARGEST,
    LN_ODDS_LIMIT,
    TINY,
    ArmCount,
    Lift,
    Verdict,
    evidence,
    ln_beta,
    ln_e_value,
    measure_lift,
    not_ruled_out,
    sample_ratio_p,
    verdict_of,
    wilson_95,
)

SAMPLE_RATIO_PRIOR = 1000
"""Strength of the sizes' e-value: it expects a broken split to be only a little off."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The members who were assigned while this share was held out; None: it is not known."""

    holdout: float | None
    treated: ArmCount
    control: ArmCount

    @property
    def comparable(self) -> bool:
        return bool(self.treated.assigned and self.control.assigned)

    @property
    def weight(self) -> float:
        """Return how much the segment tells of the difference: the most where arms are even."""
        n1, n0 = self.treated.assigned, self.control.assigned
        return n1 * n0 / (n1 + n0)

    @property
    def difference(self) -> float:
        return (self.treated.rate or 0.0) - (self.control.rate or 0.0)


def measure_segments(segments: Sequence[Segment], prior: float = 10) -> Lift:
    """Compare the arms inside each segment; whoever is in no comparable one is only counted.

    Of several segments the difference is Mantel and Haenszel's, ``fisher_p`` the p of Cochran,
    Mantel and Haenszel, for the exact sum grows with the product of the segments. The e-value
    is the product of theirs, which is fair at every look. When no single ratio of the rates
    fits all segments, the likeliest stands for both of its bounds. A verdict has a direction:
    where the difference and the likeliest ratio do not point the same way, none is given.
    """
    fit = [segment for segment in segments if segment.comparable]
    nobody = ArmCount(0, 0)
    first = fit[0] if fit else Segment(None, nobody, nobody)
    lift = measure_lift(first.treated, first.control, prior)
    counted = replace(
        lift,
        treated=_total(segment.treated for segment in segments),
        control=_total(segment.control for segment in segments),
    )
    return _together(counted, fit, prior) if len(fit) > 1 else counted


def split_p(plans: Iterable[tuple[int, int, float]]) -> float | None:
    """Test that sizes fit their plans: (treated, control, share of the treated) by segment.

    None where no split was planned.
    """
    parts = [part for part in plans if _is_split(part)]
    if len(parts) == 1:
        return sample_ratio_p(*parts[0])
    surplus = fsum(n1 - (n1 + n0) * share for n1, n0, share in parts)
    variance = fsum((n1 + n0) * share * (1 - share) for n1, n0, share in parts)
    if not variance:
        return 1.0 if parts else None
    return max(TINY, erfc(sqrt(surplus**2 / variance / 2)))


def split_anytime_p(plans: Iterable[tuple[int, int, float]]) -> float | None:
    """Return the same for one who looks at every assignment: 1 over the sizes' e-value."""
    parts = [part for part in plans if _is_split(part)]
    if not parts:
        return None
    return exp(-max(0.0, min(fsum(ln_split_e(*part) for part in parts), LN_LARGEST)))


def ln_split_e(treated: int, control: int, treated_share: float) -> float:
    """Return ln E against "every member is assigned to the treated arm with this chance"."""
    alpha = SAMPLE_RATIO_PRIOR * treated_share
    beta = SAMPLE_RATIO_PRIOR * (1 - treated_share)
    mixture = ln_beta(alpha + treated, beta + control) - ln_beta(alpha, beta)
    return mixture - treated * log(treated_share) - control * log1p(-treated_share)


def _is_split(part: tuple[int, int, float]) -> bool:
    return 0 < part[2] < 1


def _total(arms: Iterable[ArmCount]) -> ArmCount:
    counts = list(arms)
    return ArmCount(sum(arm.converted for arm in counts), sum(arm.assigned for arm in counts))


def _together(counted: Lift, segments: Sequence[Segment], prior: float) -> Lift:
    whole = fsum(segment.weight for segment in segments)
    shares = [segment.weight / whole for segment in segments]
    pairs = list(zip(shares, segments, strict=True))
    difference = fsum(share * segment.difference for share, segment in pairs)
    ln_e = fsum(ln_e_value(each.treated, each.control, prior) for each in segments)
    anytime_p = exp(-max(0.0, min(ln_e, LN_LARGEST)))
    likeliest = _likeliest(segments)
    one_way = difference * likeliest > 0
    return replace(
        counted,
        difference=difference,
        fisher_p=_mantel_haenszel_p(segments),
        newcombe_95=_interval(difference, pairs),
        e_value=exp(min(ln_e, LN_LARGEST)),
        anytime_p=anytime_p,
        rate_ratio_anytime_95=_rate_ratio(segments, likeliest, prior),
        verdict=verdict_of(difference, anytime_p) if one_way else Verdict.NONE,
    )


def _interval(difference: float, pairs: Sequence[tuple[float, Segment]]) -> tuple[float, float]:
    """Carry Wilson's bounds of all rates over to their weighted difference, as Newcombe does."""
    below = above = 0.0
    for share, segment in pairs:
        p1, p0 = segment.treated.rate or 0.0, segment.control.rate or 0.0
        (low_1, high_1), (low_0, high_0) = wilson_95(segment.treated), wilson_95(segment.control)
        below += share**2 * ((p1 - low_1) ** 2 + (high_0 - p0) ** 2)
        above += share**2 * ((high_1 - p1) ** 2 + (p0 - low_0) ** 2)
    return difference - sqrt(below), difference + sqrt(above)


def _mantel_haenszel_p(segments: Sequence[Segment]) -> float:
    surplus = variance = 0.0
    for segment in segments:
        n1, n0 = segment.treated.assigned, segment.control.assigned
        n, m = n1 + n0, segment.treated.converted + segment.control.converted
        surplus += segment.treated.converted - n1 * m / n
        variance += n1 * n0 * m * (n - m) / (n * n * (n - 1))
    return max(TINY, erfc(sqrt(surplus**2 / variance / 2))) if variance else 1.0


def _rate_ratio(
    segments: Sequence[Segment], likeliest: float, prior: float
) -> tuple[float, float | None]:
    """Return the ratios, one for all segments, that their evidence together can't rule out."""
    parts = [
        (evidence(s.treated, s.control, prior), log(s.treated.assigned / s.control.assigned))
        for s in segments
    ]

    def ln_e(ln_ratio: float) -> float:
        return fsum(part(ln_ratio + even) for part, even in parts)

    low, high = not_ruled_out(ln_e, likeliest)
    a, b = (sum(arm.converted for arm in arms) for arms in _arms(segments))
    return exp(low) if a else 0.0, exp(high) if b else None


def _arms(segments: Sequence[Segment]) -> tuple[list[ArmCount], list[ArmCount]]:
    return [s.treated for s in segments], [s.control for s in segments]


def _likeliest(segments: Sequence[Segment]) -> float:
    """Bisect for the ln ratio at which the evidence, a convex function, has its least value."""
    return _zero(lambda ln_ratio: fsum(_slope(segment, ln_ratio) for segment in segments))


def _slope(segment: Segment, ln_ratio: float) -> float:
    """Return how fast the segment's ln E grows with the ln ratio."""
    a, b = segment.treated.converted, segment.control.converted
    even = log(segment.treated.assigned / segment.control.assigned)
    odds = exp(min(ln_ratio + even, LN_LARGEST / 2))
    return (b * odds - a) / (1 + odds)


def _zero(rising: Callable[[float], float]) -> float:
    low, high = -LN_ODDS_LIMIT, LN_ODDS_LIMIT
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
