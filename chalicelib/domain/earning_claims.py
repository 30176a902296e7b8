"""What one rule gives for the lines it is about, before its caps.

A flight's miles are rounded flight by flight, everything else once for the whole transaction: of
what that makes, each line has its share. So lines taken away never leave more than there was.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chalicelib.domain.earning_caps import Parts, Place, fitting
from chalicelib.domain.earning_rules import (
    WHOLE,
    Bonus,
    EarningRule,
    PerMile,
    PerMoney,
    PerPiece,
    PerTransaction,
    Rounding,
)
from chalicelib.domain.transaction import Line

Lines = Mapping[int, Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a bonus may be of: a rule, the lines it was about, and how much it was granted."""

    rule: EarningRule
    lines: Lines
    granted: int


def claim(rule: EarningRule, lines: Lines, bases: Mapping[str, Base]) -> Parts:
    """Return what the rule gives for each place that it is about, which may be 0."""
    match rule.basis:
        case PerMoney() as basis:
            return _shares(_paid(lines, basis), basis.each, basis.amount, rule.rounding)
        case PerMile() as basis:
            flown = {place: line for place, line in lines.items() if line.distance > 0}
            return {place: _miles(line, basis, rule.rounding) for place, line in flown.items()}
        case PerPiece(each=each):
            return {place: each * line.quantity for place, line in lines.items()}
        case PerTransaction(each=each):
            return {None: each} if lines else {}
        case Bonus(rate=rate, of=of):
            earned = _earned_for(lines, [bases[name] for name in of if name in bases])
            return percentage(earned, rate, rule.rounding)


def percentage(parts: Parts, rate: int, rounding: Rounding) -> Parts:
    """Return the percentage of all parts together, shared out among their places."""
    return _shares(parts, rate, WHOLE, rounding)


def least_counts(line: Line, basis: PerMile, rounding: Rounding) -> bool:
    """Tell whether a flight would have less than its minimum by its miles alone."""
    return _plain_miles(line, basis, rounding) < basis.least


def _paid(lines: Lines, basis: PerMoney) -> Parts:
    return {
        place: line.amount
        for place, line in lines.items()
        if line.amount > 0 and line.currency == basis.currency
    }


def _miles(line: Line, basis: PerMile, rounding: Rounding) -> int:
    """A class that earns nothing has no minimum either."""
    miles = _plain_miles(line, basis, rounding)
    return line.quantity * (max(miles, basis.least) if basis.rate_of(line) else 0)


def _plain_miles(line: Line, basis: PerMile, rounding: Rounding) -> int:
    return rounding.quotient(line.distance * basis.rate_of(line), WHOLE)


def _shares(parts: Parts, times: int, divisor: int, rounding: Rounding) -> dict[Place, int]:
    """Round the sum alone: what is left of a part over a whole one goes on to the next."""
    shares, dividend, shared = {}, 0, 0
    for place, part in parts.items():
        dividend += part * times
        shares[place] = rounding.quotient(dividend, divisor) - shared
        shared += shares[place]
    return shares


def _earned_for(lines: Lines, bases: Iterable[Base]) -> Parts:
    """Add up what the rules gave for the lines: judged for these alone, so that no share moves.

    A rule's part is no more than it was granted: what a cap cut off is taken from the lines that
    the bonus is not about, first.
    """
    total: defaultdict[Place, int] = defaultdict(int)
    for base in bases:
        both = {place: line for place, line in base.lines.items() if place in lines}
        for place, part in fitting(claim(base.rule, both, {}), base.granted).items():
            total[place] += part
    return {place: part for place, part in total.items() if part}
