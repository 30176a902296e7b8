"""``milepost demo``: the case's cohort through thirty virtual days, and what came of it."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from chalicelib.commands.world_options import on_option, programme_option
from chalicelib.lift_table import NARROWEST_TABLE, Comparison, lift_table, verdict_sentence
from chalicelib.programme.loader import load_programme
from chalicelib.world.demo import DemoPlan, DemoResult, run_demo
from chalicelib.world.demo_files import write_demo_files
from chalicelib.world.funnel import Stage, funnel
from chalicelib.world.substrates import this_morning


@click.command()
@click.option(
    "--members",
    default=543,
    show_default=True,
    type=click.IntRange(2, 1_000_000),
    help="How many members join.",
)
@click.option(
    "--days",
    default=30,
    show_default=True,
    type=click.IntRange(1, 365),
    help="How many days pass.",
)
@on_option
@click.option("--seed", default=2027, show_default=True, help="Same seed, same world.")
@click.option(
    "--channel",
    default="offline",
    show_default=True,
    type=click.Choice(["offline", "online"]),
    help="How the members join.",
)
@programme_option
@click.option(
    "--out",
    default=Path("out/demo"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where the results go.",
)
def demo(  # noqa: PLR0913 - one parameter an option
    members: int, days: int, on: str, seed: int, channel: str, programme: Path, out: Path
) -> None:
    """Run a cohort through virtual days, half of it held out, and report on it."""
    console = Console()
    console.width = max(console.width, NARROWEST_TABLE)
    plan = DemoPlan(folder=programme, members=members, days=days, on=on, seed=seed, channel=channel)
    start = this_morning(load_programme(programme).time_zone)
    with _progress(console) as progress:
        task = progress.add_task(f"{members} members, day", total=days)
        with run_demo(plan, start, lambda day: progress.update(task, completed=day)) as result:
            write_demo_files(result, out)
            progress.stop()
            _print_result(console, result)
    console.print(f"The gallery: {out / 'index.html'}   the mails: {out / 'mailbox'}")


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f}"),
        TimeElapsedColumn(),
        console=console,
    )


def _print_result(console: Console, result: DemoResult) -> None:
    console.print(_funnel_table(funnel(result.world.engine.programme, result.report)))
    rows = [
        Comparison(goal, "mailed", "held out", lift) for goal, lift in result.report.lifts.items()
    ]
    console.print(lift_table(rows), crop=False)
    for row in rows:
        console.print(Text(verdict_sentence(row)))
    skipped = json.dumps(result.as_json()["skipped"])
    console.print(Text(f"Gifts granted: {result.as_json()['gifts']}. Not mailed: {skipped}"))


def _funnel_table(stages: list[Stage]) -> Table:
    table = Table(title="What the mails did")
    for heading in ("mail", "sent", "opened", "by a person", "clicked", "bounced", "complained"):
        table.add_column(heading, justify="left" if heading == "mail" else "right")
    for stage in stages:
        table.add_row(stage.mail, *(str(count) for count in stage.counts))
    return table
