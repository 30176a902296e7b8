"""``milepost import``: members of a CSV file into an engine, through its front door.

Exit status 0: all rows are in; 1: some are in the file of rejected rows, each with its reason;
2: the import could not begin, or could not go on.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from io import TextIOWrapper
from pathlib import Path

import click
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from chalicelib.adapters.webhooks import WebhookSecretError, check_secret
from chalicelib.bootstrap import ROOT
from chalicelib.programme.errors import ProgrammeError
from chalicelib.world.import_errors import MemberImportError
from chalicelib.world.import_map import read_map
from chalicelib.world.import_targets import (
    Destination,
    HttpTarget,
    base_url,
    passing_world,
    running_world,
)
from chalicelib.world.importer import (
    Courier,
    ImportPlan,
    Tally,
    Watch,
    nothing_refused,
    run_import,
)

SERVE = "milepost serve --on memory"
OpensWorld = Callable[[Path], AbstractContextManager[Destination]]
"""From a programme's folder to a world that lasts as long as the command."""


class _ImportFailedError(click.ClickException):
    """What ended the import; the message alone, as the usage line would not help."""

    exit_code = 2


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f} rows/s")


def _base_url(_ctx: click.Context, _param: click.Parameter, url: str | None) -> str | None:
    try:
        return base_url(url) if url is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _partner(_ctx: click.Context, _param: click.Parameter, name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise click.BadParameter("a partner's name is 1 to 64 letters, digits, - or _")
    return name


def _secret(_ctx: click.Context, _param: click.Parameter, secret: str | None) -> str | None:
    try:
        check_secret(secret or "") if secret is not None else None
    except WebhookSecretError as error:
        raise click.BadParameter(str(error)) from error
    return secret


_a_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("file", type=_a_file)
@click.option("--map", "map_file", required=True, type=_a_file, help="How to read a row.")
@click.option("--url", callback=_base_url, help="The engine; without it, the local world.")
@click.option(
    "--partner",
    default="demo",
    show_default=True,
    callback=_partner,
    help="The name of the partner who tells of the members.",
)
@click.option(
    "--secret",
    envvar="MILEPOST_SECRET",
    show_envvar=True,
    callback=_secret,
    help="What the partner signs with at --url: whsec_…",
)
@click.option(
    "--rejects",
    default=Path("out/import/rejects.csv"),
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where rows go that stay out, to be mended and imported.",
)
@click.option(
    "--programme",
    default=ROOT / "templates" / "airline-bonus",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="What the world runs that is made when none is running.",
)
@click.option("--dry-run", is_flag=True, help="Check every row and send nothing.")
@click.option("--json", "in_json", is_flag=True, help="Print JSON instead of the summary.")
@click.pass_obj
def import_members(  # noqa: PLR0913 - a parameter an option
    opens_world: OpensWorld | None,
    *,
    file: Path,
    map_file: Path,
    url: str | None,
    partner: str,
    secret: str | None,
    rejects: Path,
    programme: Path,
    dry_run: bool,
    in_json: bool,
) -> None:
    """Bring the members of a CSV FILE into an engine.

    \b
      milepost import members.csv --map members.map.yaml --dry-run
      milepost import members.csv --map members.map.yaml

    A file that is imported a second time changes nothing.
    """  # noqa: D301 - a real backspace tells click to leave the lines as they are
    try:
        plan = ImportPlan(file=file, mapping=read_map(map_file), rejects=rejects)
        where: AbstractContextManager[Destination | None] = nullcontext()
        if url and not dry_run:
            where = _at(url, partner, secret)
        elif not dry_run:
            where = _local(opens_world or passing_world, programme)
        with where as destination, _progress() as watch:
            courier = Courier(destination) if destination else nothing_refused
            tally = run_import(plan, courier, watch)
    except (MemberImportError, ProgrammeError, OSError) as error:
        raise _ImportFailedError(str(error)) from error
    into = destination.name if destination else None
    if in_json:
        _print_json(tally, into, rejects)
    else:
        _print_summary(tally, into, rejects)
    sys.exit(1 if tally.rejected else 0)


def _at(url: str, partner: str, secret: str | None) -> AbstractContextManager[Destination]:
    if not secret:
        raise click.UsageError("--url needs the partner's secret: set MILEPOST_SECRET or --secret")
    target = HttpTarget(url)
    return nullcontext(Destination(target=target, partner=partner, secret=secret, name=url))


def _local(opens_world: OpensWorld, programme: Path) -> AbstractContextManager[Destination]:
    running = running_world()
    if running:
        return nullcontext(running)
    click.echo(
        "No local world is running: the members go into one that ends with this command. "
        f"For one that stays: {SERVE}",
        err=True,
    )
    return opens_world(programme)


@contextmanager
def _progress() -> Iterator[Watch]:
    """Show how far it is, on a terminal; on anything else stay silent."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TextColumn("{task.fields[rejected]} rejected"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("members", total=None, rejected=0)

        def watch(tally: Tally) -> None:
            progress.update(task, total=tally.total, completed=tally.rows, rejected=tally.rejected)

        yield watch


def _print_json(tally: Tally, into: str | None, rejects: Path) -> None:
    kept = str(rejects) if tally.rejected else None
    told = {**tally.as_json(), "into": into, "rejects_file": kept}
    click.echo(json.dumps(told, ensure_ascii=False, indent=2))


def _print_summary(tally: Tally, into: str | None, rejects: Path) -> None:
    """Print to whatever stdout is: a character that it cannot hold becomes a question mark."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    console = Console(highlight=False)
    console.print(_summary(tally, into))
    for line, reason in tally.first_rejects:
        console.print(Text(f"line {line}: {reason}"), soft_wrap=True)
    if more := tally.rejected - len(tally.first_rejects):
        console.print(f"and {more:,} more")
    if tally.rejected:
        said = f"The rejected rows: {rejects}. Mend them there and import that file."
        console.print(Text(said), soft_wrap=True)


def _summary(tally: Tally, into: str | None) -> Table:
    table = Table(box=SIMPLE, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    table.add_row("rows", f"{tally.rows:,}", "")
    where = f"into {into}" if into else "in a dry run: nothing was sent"
    table.add_row("accepted", f"{tally.accepted:,}", Text(where))
    table.add_row("  of them left", f"{tally.left:,}", "never mailed")
    table.add_row("rejected", f"{tally.rejected:,}", "")
    for column, count in tally.empty.items():
        table.add_row("empty", f"{count:,}", Text(repr(column)))
    return table
