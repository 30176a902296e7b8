"""The lift report as people read it: a table with bars, and each verdict as a sentence.

Fits 80 columns, counts in the millions included; bars grow with the terminal. Colour repeats
what the words say, never more, so that nothing is lost in a pipe. Names are shown as they are:
what looks like markup in one is not obeyed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from chalicelib.domain.lift import ArmCount, Lift, Verdict

_COLOURS = {Verdict.LIFT: "bold green", Verdict.HARM: "bold red", Verdict.NONE: "bold yellow"}
_EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
_SHORTEST_BAR, _LONGEST_BAR = 4, 24
_INDENT = (0, 0, 0, 2)
_SMALLEST_P = 1e-300
_SMALL_RATE = 0.001

NARROWEST_TABLE = 76
"""Columns below which figures would be cut: print no narrower, and let the terminal wrap."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One goal, one arm against its control, by the names a reader knows them by."""

    goal: str
    treated_name: str
    control_name: str
    lift: Lift


@dataclass(frozen=True, slots=True)
class _Bar:
    """A bar of this share (0 to 1) of its column's width."""

    share: float
    style: str

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        if options.ascii_only:
            yield Text("#" * round(self.share * options.max_width), self.style)
            return
        full, eighths = divmod(round(self.share * options.max_width * 8), 8)
        yield Text("█" * full + _EIGHTHS[eighths], self.style)

    def __rich_measure__(self, _console: Console, _options: ConsoleOptions) -> Measurement:
        return Measurement(_SHORTEST_BAR, _LONGEST_BAR)


def lift_table(rows: Sequence[Comparison]) -> Table:
    """Lay out three lines a comparison: the goal, the treated arm, its control.

    The bars of a goal share one scale: its highest rate fills the column.
    """
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("Goal, arm", overflow="fold")
    table.add_column("Rate")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("Converted", justify="right", no_wrap=True)
    table.add_column("Difference", no_wrap=True)
    table.add_column("p, verdict", no_wrap=True)
    for place, row in enumerate(rows):
        if place:
            table.add_row()
        _add(table, row, _highest_rate(rows, row.goal))
    return table


def verdict_sentence(row: Comparison) -> str:
    """Say the verdict as a person would, with what the data leave possible."""
    lift = row.lift
    return (
        f"{row.goal}: {row.treated_name} {_of(lift.treated)}, {row.control_name} "
        f"{_of(lift.control)}; {lift.verdict}: {_claim(lift)}."
    )


def percent(rate: float | None) -> str:
    """Show a share in per cent; a small one keeps two digits."""
    if rate is None:
        return "-"
    return f"{rate * 100:.2g}%" if 0 < rate < _SMALL_RATE else f"{rate:.2%}"


def p_value(p: float) -> str:
    return f"{p:#.2g}" if p >= _SMALLEST_P else "<1e-300"


def _add(table: Table, row: Comparison, highest: float) -> None:
    lift, colour = row.lift, _COLOURS[row.lift.verdict]
    point, interval = _difference(lift)
    table.add_row(
        Text(row.goal, "bold"), "", "", "", point, Text(f"Fisher  {p_value(lift.fisher_p)}")
    )
    table.add_row(
        Padding(Text(row.treated_name), _INDENT),
        _Bar((lift.treated.rate or 0) / highest, "cyan"),
        *_arm(lift.treated),
        Text(interval, "dim"),
        Text(f"anytime {p_value(lift.anytime_p)}"),
    )
    table.add_row(
        Padding(Text(row.control_name), _INDENT),
        _Bar((lift.control.rate or 0) / highest, "bright_black"),
        *_arm(lift.control),
        "",
        Text(lift.verdict, colour),
    )


def _arm(arm: ArmCount) -> tuple[str, str]:
    return percent(arm.rate), f"{arm.converted}/{arm.assigned}"


def _highest_rate(rows: Sequence[Comparison], goal: str) -> float:
    """Give the scale of a goal's bars; 1 when nobody reached it in any arm."""
    lifts = [row.lift for row in rows if row.goal == goal]
    return max(arm.rate or 0 for lift in lifts for arm in (lift.treated, lift.control)) or 1


def _difference(lift: Lift) -> tuple[str, str]:
    """Show the difference and its interval, in points, to two digits of the interval's width."""
    if lift.difference is None:
        return "-", "-"
    low, high = (bound * 100 for bound in lift.newcombe_95)
    digits = min(6, max(2, 1 + ceil(-log10(high - low))))
    point = lift.difference * 100
    return f"{point:+z.{digits}f} pp", f"{low:+z.{digits}f} to {high:+z.{digits}f}"


def _of(arm: ArmCount) -> str:
    return f"{arm.converted} of {arm.assigned} ({percent(arm.rate)})"


def _claim(lift: Lift) -> str:
    low, high = lift.rate_ratio_anytime_95
    if lift.verdict is not Verdict.NONE:
        return f"{_between(low, high)} times the control's rate, however often one looks"
    if not low and high is None:
        return "nothing can be said about the ratio of the rates yet"
    return f"still possible is {_between(low, high)} times the control's rate"


def _between(low: float, high: float | None) -> str:
    if high is None:
        return f"at least {low:.3g}"
    return f"{low:.3g} to {high:.3g}" if low else f"at most {high:.3g}"
