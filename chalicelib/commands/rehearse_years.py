"""``milepost rehearse-years``: the members of a file through years of the programme's rules.

Nothing of the file leaves this machine, and nobody is mailed.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from chalicelib.bootstrap import ROOT
from chalicelib.commands.world_options import programme_option
from chalicelib.domain.ledger import Account, PostingKind
from chalicelib.domain.news import NewsKind
from chalicelib.programme.errors import ProgrammeError
from chalicelib.rehearsal.campaign import rehearse_years as live_all
from chalicelib.rehearsal.newcomers import Roll, read_roll, sample
from chalicelib.rehearsal.plan import YearsPlan
from chalicelib.rehearsal.told import YearsTold
from chalicelib.world.import_errors import MemberImportError
from chalicelib.world.import_map import read_map

NARROWEST = 79
_NEWS = {kind.name.lower(): kind.value for kind in NewsKind}
_a_file = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Day(click.ParamType[date]):
    name = "day"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:  # noqa: ANN401 - click's signature
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day; write it like 2027-12-31", param, ctx)


class _RehearsalError(click.ClickException):
    """What can't begin; the message says what to mend, a usage line would not help."""

    exit_code = 2


@click.command("rehearse-years")
@click.argument("file", type=_a_file)
@click.option(
    "--map",
    "map_file",
    default=ROOT / "examples" / "airline_members.map.yaml",
    type=_a_file,
    help="How to read a row, as for an import; else the example's map.",
)
@programme_option
@click.option(
    "--from", "first", default="2026-01-01", show_default=True, type=_Day(), help="The first day."
)
@click.option(
    "--to", "last", default="2028-03-31", show_default=True, type=_Day(), help="The last day."
)
@click.option("--members", type=click.IntRange(1), help="A sample of so many; else everybody.")
@click.option("--seed", default=2027, show_default=True, help="Same seed, same lives.")
@click.option(
    "--jobs",
    default=1,
    show_default=True,
    type=click.IntRange(1, 256),
    help="How many processes share the members.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def rehearse_years(  # noqa: PLR0913 - one parameter an option
    file: Path,
    map_file: Path,
    programme: Path,
    first: date,
    last: date,
    members: int | None,
    seed: int,
    jobs: int,
    as_json: bool,
) -> None:
    """Let the members of FILE, a CSV file, live through years of the programme, and keep the books.

    What they do is made up; what comes of it is the engine's own doing: earning, spending, returns,
    lapsing, tiers. At the end every account is held against every posting. Exits with 1 at a fault.
    """
    if last < first:
        raise click.BadParameter("the last day is before the first", param_hint="--to")
    plan = YearsPlan(folder=programme, first=first, last=last, seed=seed)
    roll = _roll(plan, file, map_file)
    chosen = sample(roll.newcomers, members, seed)
    console = Console(highlight=False, stderr=as_json)
    console.width = max(console.width, NARROWEST)
    with _progress(console) as progress:
        task = progress.add_task("member", total=len(chosen))
        told = live_all(plan, chosen, jobs, lambda done: progress.update(task, completed=done))
    if as_json:
        click.echo(json.dumps({**_plan_as_json(plan, roll), **told.as_json()}, indent=1))
    else:
        _print(console, plan, roll, told)
    if told.faults:
        raise click.exceptions.Exit(1)


def _roll(plan: YearsPlan, file: Path, map_file: Path) -> Roll:
    """Read all that is given before anything begins."""
    try:
        plan.programme  # noqa: B018 - read here, where what is wrong with it is told
        return read_roll(file, read_map(map_file))
    except (ProgrammeError, MemberImportError) as error:
        raise _RehearsalError(str(error)) from error


def _plan_as_json(plan: YearsPlan, roll: Roll) -> dict[str, Any]:
    return {
        "from": plan.first.isoformat(),
        "to": plan.last.isoformat(),
        "seed": plan.seed,
        "rows": len(roll.newcomers) + len(roll.rejected),
        "unusable": len(roll.rejected),
    }


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def _print(console: Console, plan: YearsPlan, roll: Roll, told: YearsTold) -> None:
    rows = len(roll.newcomers) + len(roll.rejected)
    console.print(
        f"{told.members:,} members of {rows:,} rows ({len(roll.rejected)} rows are unusable), "
        f"{told.left:,} of them had left; {plan.first} to {plan.last}, seed {plan.seed}"
    )
    tables = (_tiers(plan, told), _news(told), _units(told), _postings(told))
    for table in tables:
        if table.rows:
            console.print(table)
    console.print("; ".join(f"{name}: {count:,}" for name, count in sorted(told.acts.items())))
    for fault in told.faults[:20]:
        console.print(Text(f"FAULT: {fault}", "bold red"))
    if told.faults:
        console.print(Text(f"{len(told.faults):,} faults", "bold red"))
    else:
        said = "No fault: every unit sums to 0, every wallet is what its postings say."
        console.print(Text(said, "bold green"))


def _tiers(plan: YearsPlan, told: YearsTold) -> Table:
    """Return the members by tier at the end of days, but for those who have left."""
    days = told.days()
    table = _table("Members by tier, at the end of the day", "tier", *map(date.isoformat, days))
    for tier in plan.programme.tiers:
        table.add_row(tier, *(f"{told.tiers[day, tier]:,}" for day in days))
    return table


def _news(told: YearsTold) -> Table:
    table = _table("What happened to members", "year", *_NEWS.values())
    for year in told.years():
        table.add_row(str(year), *(f"{told.news[year, name]:,}" for name in _NEWS))
    return table


def _units(told: YearsTold) -> Table:
    """Return what the programme gave and got back; what is adjusted or moved is in no column."""
    table = _table("Units", "year", "unit", "issued", "redeemed", "expired", "outstanding")
    for year in told.years():
        for unit in told.unit_names():
            issued = -told.flow(year, unit, Account.ISSUED)
            redeemed = told.flow(year, unit, Account.REDEEMED)
            expired = told.flow(year, unit, Account.EXPIRED)
            amounts = (issued, redeemed, expired, told.outstanding(year, unit))
            table.add_row(str(year), unit, *(f"{amount:,}" for amount in amounts))
    return table


def _postings(told: YearsTold) -> Table:
    kinds = [kind for kind in PostingKind if any(told.postings[y, kind] for y in told.years())]
    table = _table("Postings", "year", *kinds, "all")
    for year in told.years():
        counts = [told.postings[year, kind] for kind in kinds]
        table.add_row(str(year), *(f"{count:,}" for count in (*counts, sum(counts))))
    return table


def _table(title: str, *headings: str) -> Table:
    table = Table(
        title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False
    )
    for heading in headings:
        named = heading in {"tier", "year", "unit"}
        table.add_column(heading, justify="left" if named else "right", no_wrap=True)
    return table
