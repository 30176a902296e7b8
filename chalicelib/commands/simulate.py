"""``milepost simulate``: the whole engine under faults, over many seeds, every promise checked."""

import json
import os
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from chalicelib.simulation.campaign import Failure, Tally, Wanted, run_many
from chalicelib.simulation.plan import DAYS, MEMBERS
from chalicelib.simulation.run import run_seed
from chalicelib.simulation.shrink import Recipe, short_trace, shrink
from chalicelib.simulation.summary import absent, as_json, lines
from chalicelib.simulation.trace import line

FAILED_SEEDS = Path("tests/simulation/failed_seeds")
TOLD = 3
"""So many failures are made small and shown; the others are named, and kept as they are."""
TOLD_EVERY_S = 60
"""How often a log hears how far the runs are; a terminal has a bar."""


@click.command()
@click.option("--seeds", default=1_000, show_default=True, type=click.IntRange(1), help="How many.")
@click.option("--start", default=0, show_default=True, type=click.IntRange(0), help="From here on.")
@click.option(
    "--members",
    default=MEMBERS,
    show_default=True,
    type=click.IntRange(1, 500),
    help="How many members each run has.",
)
@click.option(
    "--days",
    default=DAYS,
    show_default=True,
    type=click.IntRange(1, 365),
    help="How many days faults go on; then each run comes to rest.",
)
@click.option(
    "--on",
    default="memory",
    show_default=True,
    type=click.Choice(["memory", "moto"]),
    help="In-memory stores, or the adapters of AWS over a simulated AWS.",
)
@click.option("--jobs", default=0, type=click.IntRange(0), help="Processes; 0: one a processor.")
@click.option("--json", "as_json_", is_flag=True, help="Print the summary as JSON.")
@click.option("--replay", metavar="SEED", help="Run one seed, or a saved one's file: all it saw.")
@click.option(
    "--save",
    default=FAILED_SEEDS,
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where seeds that fail are kept.",
)
def simulate(  # noqa: PLR0913 - one parameter an option
    seeds: int,
    start: int,
    members: int,
    days: int,
    on: str,
    jobs: int,
    as_json_: bool,
    replay: str | None,
    save: Path,
) -> None:
    """Run the engine under every fault of AWS, and check every promise.

    Each seed draws its own faults, programme and people; the same seed is the same run. Exits
    with 1 when a promise was broken, or when something that should happen never did.
    """
    if replay is not None:
        _replay(_recipe(replay, members, days, on))
        return
    wanted = Wanted(seeds=seeds, start=start, members=members, days=days, on=on)
    began = time.monotonic()
    tally = _run(wanted, jobs or os.cpu_count() or 1)
    seconds = time.monotonic() - began
    if as_json_:
        click.echo(json.dumps(as_json(wanted, tally, seconds), indent=1))
    else:
        click.echo("\n".join(lines(wanted, tally, seconds)))
    for failure in tally.failures[:TOLD]:
        _tell(_recipe_of(wanted, failure), failure, save)
    for failure in tally.failures[TOLD:]:
        _recipe_of(wanted, failure).save(save, failure.violations)
    if tally.failures or absent(tally) or tally.seeds < wanted.seeds:
        raise SystemExit(1)


def _run(wanted: Wanted, jobs: int) -> Tally:
    """Run the seeds, telling on the error stream how it goes; if ended, what is done counts."""
    tally = Tally()
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    told_at = time.monotonic()
    with progress:
        task = progress.add_task("runs", total=wanted.seeds)
        try:
            for part in run_many(wanted, jobs):
                tally.merge(part)
                for failure in part.failures:
                    console.print(f"seed {failure.seed}: {failure.violations[0]}")
                progress.update(task, completed=tally.seeds, description=_told(tally))
                if not console.is_terminal and time.monotonic() - told_at > TOLD_EVERY_S:
                    console.print(f"{tally.seeds:,} of {wanted.seeds:,} {_told(tally)}")
                    told_at = time.monotonic()
        except (KeyboardInterrupt, BrokenProcessPool) as error:
            console.print(f"Ended early by {type(error).__name__}: {error}".rstrip(": "))
    return tally


def _told(tally: Tally) -> str:
    return f"runs, {len(tally.failures)} failed" if tally.failures else "runs"


def _recipe_of(wanted: Wanted, failure: Failure) -> Recipe:
    return Recipe(seed=failure.seed, members=wanted.members, days=wanted.days, on=wanted.on)


def _tell(recipe: Recipe, failure: Failure, folder: Path) -> None:
    """Make the failure small, keep it, and show what led to it."""
    first = failure.violations[0]
    try:
        recipe = shrink(recipe, first.invariant, lambda each: run_seed(each.plan(), on=each.on))
        run = run_seed(recipe.plan(), on=recipe.on)
    except Exception as error:  # noqa: BLE001 - the run itself ends with an error
        click.echo(f"\nseed {failure.seed}: {first}\n  {type(error).__name__}: {error}", err=True)
        recipe.save(folder, failure.violations)
        return
    violation = next(each for each in run.violations if each.invariant == first.invariant)
    file = recipe.save(folder, run.violations)
    click.echo(f"\nseed {failure.seed}: {violation}", err=True)
    click.echo(f"milepost simulate --replay {file}", err=True)
    for each in short_trace(run, violation):
        click.echo(each, err=True)


def _recipe(replay: str, members: int, days: int, on: str) -> Recipe:
    if replay.isdecimal():
        return Recipe(seed=int(replay), members=members, days=days, on=on)
    file = Path(replay)
    if not file.is_file():
        raise click.BadParameter(
            f"{replay} is neither a seed nor a file of a saved one", param_hint="--replay"
        )
    return Recipe.load(file)


def _replay(recipe: Recipe) -> None:
    run = run_seed(recipe.plan(), on=recipe.on)
    for seen in run.record.seen:
        click.echo(line(seen))
    click.echo(f"trace hash {run.hash}")
    for violation in run.violations:
        click.echo(f"BROKEN: {violation}")
    if run.violations:
        raise SystemExit(1)
