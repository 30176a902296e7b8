"""The lift table as a picture: both rates, their difference with its interval, the verdict.

``lift_figures`` lays everything out as text and as places from 0 to 1; the SVG and the pages
draw the same figures. All goals share one scale, so that lengths compare across rows.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from math import ceil, floor, log10
from textwrap import wrap

from chalicelib.domain.lift import ArmCount, Lift, Verdict
from chalicelib.lift_table import Comparison, p_value, verdict_sentence
from chalicelib.world.page_templates import grouped, render, words

NAME_CHARS, NAME_LINES = 21, 2
"""A line of the goal's column holds so many small letters; longer names are cut."""
LABEL_PX = 7.6
"""An upper bound of a digit's width at 14 px in the system fonts."""
BARS_PX, THINNEST_PX = 270.0, 1.5
MOST_DIGITS = 5
AXIS_CHARS = 24
"""The axis has room for so many characters of labels, the gaps between them included."""
HEAD_PX, ROW_PX, FOOT_PX = 104, 100, 52

TONES = {Verdict.LIFT: "lift", Verdict.HARM: "harm", Verdict.NONE: "none"}
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """One arm; ``share`` is its rate over the highest rate of all, from 0 to 1."""

    rate: str
    counts: str
    share: float


@dataclass(frozen=True, slots=True)
class Whiskers:
    """Where the difference and the bounds of its interval lie on the axis, from 0 to 1."""

    low: float
    point: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalFigures:
    """One goal as a reader sees it; ``whiskers`` is None while an arm is empty."""

    name: str
    sentence: str
    verdict: str
    tone: str
    treated: ArmFigures
    control: ArmFigures
    difference: str
    interval: str
    fisher: str
    anytime: str
    whiskers: Whiskers | None

    @property
    def name_lines(self) -> list[str]:
        return wrap(self.name, NAME_CHARS, max_lines=NAME_LINES, placeholder=" …") or [""]


@dataclass(frozen=True, slots=True)
class Axis:
    """The differences shown, in percentage points, always with zero among them."""

    low: float
    high: float

    def place(self, points: float) -> float:
        return (points - self.low) / (self.high - self.low)

    @property
    def zero(self) -> float:
        return self.place(0)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Return places and labels at the smallest round step whose labels have room."""
        choices = map(self._ticks_every, _round_steps((self.high - self.low) / AXIS_CHARS))
        return next(ticks for ticks in choices if _chars(ticks) <= AXIS_CHARS)

    def _ticks_every(self, step: float) -> list[tuple[float, str]]:
        digits = max(0, -floor(log10(step)))
        numbers = range(ceil(self.low / step), floor(self.high / step) + 1)
        return [(self.place(n * step), _signed(n * step, digits) if n else "0") for n in numbers]


@dataclass(frozen=True, slots=True)
class LiftFigures:
    """All goals on one axis."""

    goals: list[GoalFigures]
    axis: Axis


def lift_svg(goals: Mapping[str, Lift], *, title: str) -> str:
    """Draw the comparison of every goal as a self-contained SVG, 900 px wide."""
    figures = lift_figures(goals)
    svg = render(
        "lift.svg",
        title=title,
        figures=figures,
        bar_px=_bar_px(_px_at_full(figures.goals)),
        head=HEAD_PX,
        row=ROW_PX,
        height=HEAD_PX + ROW_PX * len(figures.goals) + FOOT_PX,
    )
    return _NOT_IN_XML.sub("\ufffd", svg)


def lift_figures(goals: Mapping[str, Lift]) -> LiftFigures:
    axis = _axis(goals.values())
    arms = [arm for lift in goals.values() for arm in (lift.treated, lift.control)]
    highest = max((arm.rate or 0 for arm in arms), default=0) or 1
    return LiftFigures([_goal(name, lift, highest, axis) for name, lift in goals.items()], axis)


def _goal(name: str, lift: Lift, highest: float, axis: Axis) -> GoalFigures:
    readable = words(name)[:1].upper() + words(name)[1:]
    difference, interval = _difference(lift)
    return GoalFigures(
        name=readable,
        sentence=verdict_sentence(Comparison(readable, "treated", "control", lift)),
        verdict=lift.verdict.value,
        tone=TONES[lift.verdict],
        treated=_arm(lift.treated, highest),
        control=_arm(lift.control, highest),
        difference=difference,
        interval=interval,
        fisher=_p_text(lift.fisher_p),
        anytime=_p_text(lift.anytime_p),
        whiskers=_whiskers(lift, axis),
    )


def _arm(arm: ArmCount, highest: float) -> ArmFigures:
    counts = f"{grouped(arm.converted)} / {grouped(arm.assigned)}"
    return ArmFigures(_rate_text(arm.rate), counts, (arm.rate or 0) / highest)


def _rate_text(rate: float | None) -> str:
    """Show a share in per cent, in full: two decimals, or two digits of what is smaller."""
    if rate is None:
        return "\N{EN DASH}"
    digits = max(2, 1 - floor(log10(rate * 100))) if rate else 2
    return f"{rate:.{digits}%}"


def _difference(lift: Lift) -> tuple[str, str]:
    """Say the difference and its interval in points, to two digits of the interval's width."""
    if lift.difference is None:
        return "not known yet", "an arm has no members"
    low, high = (bound * 100 for bound in lift.newcombe_95)
    digits = min(MOST_DIGITS, max(2, 1 + ceil(-log10(high - low)))) if high > low else 2
    point = _signed(lift.difference * 100, digits)
    return f"{point} pp", f"{_signed(low, digits)} to {_signed(high, digits)}"


def _whiskers(lift: Lift, axis: Axis) -> Whiskers | None:
    if lift.difference is None:
        return None
    low, high = lift.newcombe_95
    return Whiskers(*(axis.place(share * 100) for share in (low, lift.difference, high)))


def _axis(lifts: Iterable[Lift]) -> Axis:
    """Span all intervals of known differences, with a margin; nothing known spans a point."""
    known = [
        bound * 100 for lift in lifts if lift.difference is not None for bound in lift.newcombe_95
    ]
    low, high = min([0.0, *known]), max([0.0, *known])
    if low == high:
        low, high = -0.5, 0.5
    margin = (high - low) * 0.06
    return Axis(low - margin, high + margin)


def _round_steps(least: float) -> Iterator[float]:
    """Yield 1, 2 and 5 times the powers of ten, upwards without end."""
    for power in count(floor(log10(least))):
        yield from (factor * 10.0**power for factor in (1, 2, 5))


def _chars(ticks: Iterable[tuple[float, str]]) -> int:
    return sum(len(label) + 2 for _, label in ticks)


def _signed(number: float, digits: int) -> str:
    return f"{number:+z.{digits}f}".replace("-", "\u2212")


def _p_text(p: float) -> str:
    """Write ``3.0e-28`` as people do, with a power of ten."""
    return re.sub(r"e(-?)[+0]*(\d+)", _power_of_ten, p_value(p))


def _power_of_ten(found: re.Match[str]) -> str:
    return f" \N{MULTIPLICATION SIGN} 10{(found[1] + found[2]).translate(_SUPERSCRIPT)}"


def _px_at_full(goals: Iterable[GoalFigures]) -> float:
    """Return the longest bar at which every bar still has its label beside it."""
    arms = [arm for goal in goals for arm in (goal.treated, goal.control) if arm.share]
    return min(((BARS_PX - _label_px(arm)) / arm.share for arm in arms), default=BARS_PX)


def _label_px(arm: ArmFigures) -> float:
    return min(BARS_PX * 0.9, len(f"{arm.rate}  {arm.counts}") * LABEL_PX)


def _bar_px(at_full: float) -> Callable[[float], float]:
    return lambda share: max(THINNEST_PX, share * at_full) if share else 0.0
