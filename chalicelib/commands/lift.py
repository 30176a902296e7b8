"""`milepost lift`: what a mailing changed, from two counts or from a file of people.

Prints a table with a sentence a comparison, or JSON. Whatever it cannot read exactly it refuses
on stderr with exit status 2; it never guesses at a number.
"""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from chalicelib.domain.arms import Arm
from chalicelib.domain.lift import (
    MAX_ASSIGNED,
    SAMPLE_RATIO_ALARM,
    ArmCount,
    CountError,
    as_json,
    measure_lift,
    sample_ratio_p,
)
from chalicelib.lift_csv import MAX_GOALS, LiftColumns, LiftCsvError, count_arms
from chalicelib.lift_table import (
    NARROWEST_TABLE,
    Comparison,
    lift_table,
    p_value,
    verdict_sentence,
)

_EVEN_SHARE = 0.5
_EXAMPLE = "Write converted/assigned in plain digits, such as 12/272"


class _InputError(click.ClickException):
    """Input that cannot be compared; the message alone, as the usage line would not help."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class _Split:
    """How the members divided between an arm and its control, against the planned share."""

    pair: Comparison
    planned: float
    p: float


def _count(_ctx: click.Context, _param: click.Parameter, texts: tuple[str, ...]) -> list[ArmCount]:
    """Read the counts; what starts with a dash but is no number was meant as an option."""
    for text in texts:
        if re.match(r"-\D", text):
            raise click.NoSuchOption(text)
    return [_arm_count(text) for text in texts]


def _arm_count(text: str) -> ArmCount:
    found = re.fullmatch(r"(-?[0-9]{1,12})/(-?[0-9]{1,12})", text)
    if not found:
        raise _InputError(f"{text!r} is not a count. {_EXAMPLE}")
    converted, assigned = map(int, found.groups())
    if converted < 0 or assigned < 0:
        raise _InputError(f"{text!r} has a negative number. {_EXAMPLE}")
    if not assigned:
        raise _InputError(f"{text!r} is an arm nobody was assigned to: it has no rate to compare")
    if converted > assigned:
        raise _InputError(f"{text!r} has more converted than assigned. {_EXAMPLE}")
    if assigned > MAX_ASSIGNED:
        raise _InputError(f"{text!r} has more assigned than the {MAX_ASSIGNED} an arm may have")
    return ArmCount(converted, assigned)


def _share(_ctx: click.Context, _param: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    if not re.fullmatch(r"0?\.[0-9]{1,9}", text) or not float(text):
        raise click.BadParameter(f"{text!r} is not a share between 0 and 1, such as 0.9")
    return float(text)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("counts", nargs=-1, callback=_count, metavar="[TREATED CONTROL]")
@click.option(
    "--csv",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV file in UTF-8 with a header and a row a person.",
)
@click.option("--arm", metavar="COLUMN", help="The file's column that names the person's arm.")
@click.option("--control", metavar="VALUE", help="The arm that all others are compared with.")
@click.option(
    "--goal", "goals", multiple=True, metavar="COLUMN", help="A column of 0 and 1; repeatable."
)
@click.option(
    "--share",
    callback=_share,
    metavar="SHARE",
    help="With --csv: the planned share of an arm among itself and the control.  [default: 0.5]",
)
@click.option(
    "--prior",
    type=click.Choice(["1", "10"]),
    default="10",
    show_default=True,
    help="Fixed before the experiment: 1 when fewer than about 30 conversions are expected.",
)
@click.option("--json", "in_json", is_flag=True, help="Print JSON instead of the table.")
def lift(  # noqa: PLR0913  a parameter an option
    *,
    counts: list[ArmCount],
    file: Path | None,
    arm: str | None,
    control: str | None,
    goals: tuple[str, ...],
    share: float | None,
    prior: str,
    in_json: bool,
) -> None:
    """Compare a treated arm with its control and say what may be claimed.

    \b
      milepost lift 12/272 0/271
      milepost lift --csv people.csv --arm arm --control none --goal registered

    A count is converted/assigned: everybody assigned counts, reached or not. The verdict
    holds at every look, however often one looks.
    """  # noqa: D301 - click takes a backspace as "leave these lines as they are"
    of_file = {"--csv": file, "--arm": arm, "--control": control, "--goal": goals or None}
    _check_form(counts, of_file, {"--share": share})
    try:
        if file and arm is not None and control is not None:
            columns = LiftColumns(arm, control, goals)
            _compare_file(file, columns, share or _EVEN_SHARE, int(prior), in_json=in_json)
        else:
            _compare_pair(*counts, prior=int(prior), in_json=in_json)
    except (LiftCsvError, CountError, OSError) as error:
        raise _InputError(str(error)) from error


def _check_form(
    counts: list[ArmCount], required: Mapping[str, object], optional: Mapping[str, object]
) -> None:
    """See that the call is either of the two forms, whole, and not some of both."""
    given = [name for name, value in {**required, **optional}.items() if value is not None]
    missing = [name for name, value in required.items() if value is None]
    if counts and given:
        raise click.UsageError(f"Give two counts or a file, not both: {', '.join(given)}")
    if not counts and not given:
        raise click.UsageError("Nothing to compare: give two counts, 12/272 0/271, or --csv FILE")
    if counts and len(counts) != len(Arm):
        raise click.UsageError(f"Give two counts, treated and control, not {len(counts)}")
    if given and missing:
        raise click.UsageError(f"A comparison from a file also needs {', '.join(missing)}")


def _compare_pair(treated: ArmCount, control: ArmCount, *, prior: int, in_json: bool) -> None:
    measured = measure_lift(treated, control, prior)
    if in_json:
        _print_json(as_json(measured))
    else:
        _print_report([Comparison("conversion", Arm.TREATED, Arm.CONTROL, measured)], [])


def _compare_file(
    file: Path, columns: LiftColumns, share: float, prior: int, *, in_json: bool
) -> None:
    _check_goals(columns)
    arms = count_arms(file, columns)
    control = arms.pop(columns.control)
    rows = [
        Comparison(goal, arm, columns.control, measure_lift(counts[goal], control[goal], prior))
        for goal in columns.goals
        for arm, counts in arms.items()
    ]
    splits = [_split(row, share) for row in rows if row.goal == columns.goals[0]]
    if in_json:
        _print_json(_file_as_json(rows, splits))
    else:
        _print_report(rows, splits)


def _check_goals(columns: LiftColumns) -> None:
    goals = columns.goals
    if len(goals) > MAX_GOALS:
        raise click.UsageError(f"At most {MAX_GOALS} goals fit one report, not {len(goals)}")
    if len(set(goals)) < len(goals):
        raise click.UsageError("Give each --goal once")
    if columns.arm in goals:
        raise click.UsageError(f"The column {columns.arm!r} cannot be both the arm and a goal")


def _split(row: Comparison, share: float) -> _Split:
    p = sample_ratio_p(row.lift.treated.assigned, row.lift.control.assigned, share)
    return _Split(row, share, p)


def _file_as_json(rows: list[Comparison], splits: list[_Split]) -> dict[str, object]:
    return {"arms": {split.pair.treated_name: _arm_as_json(split, rows) for split in splits}}


def _arm_as_json(split: _Split, rows: list[Comparison]) -> dict[str, object]:
    arm = split.pair.treated_name
    goals = {row.goal: as_json(row.lift) for row in rows if row.treated_name == arm}
    return {"goals": goals, "sample_ratio_p": split.p}


def _print_json(report: dict[str, object]) -> None:
    click.echo(json.dumps(report, indent=2, allow_nan=False))


def _print_report(rows: list[Comparison], splits: list[_Split]) -> None:
    """Print to whatever stdout is: a character that it cannot hold becomes a question mark."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    console = Console(highlight=False)
    console.width = max(console.width, NARROWEST_TABLE)
    console.print(lift_table(rows), crop=False)
    console.print()
    for row in rows:
        console.print(Text(verdict_sentence(row)))
    for split in splits:
        console.print(_split_sentence(split))


def _split_sentence(split: _Split) -> Text:
    pair = split.pair
    said = (
        f"Split {pair.treated_name} to {pair.control_name}: {pair.lift.treated.assigned} to "
        f"{pair.lift.control.assigned}, {split.planned * 100:g}% treated planned"
    )
    if split.p >= SAMPLE_RATIO_ALARM:
        return Text(f"{said}; as planned (p {p_value(split.p)}).", "dim")
    return Text(
        f"{said}; BROKEN (p {p_value(split.p)}). Find out why before you read the lift, or give "
        "the share that was planned with --share.",
        "bold red",
    )
