"""``milepost calibrate``: many runs in which the truth is known, and what the report claimed."""

import json
from pathlib import Path
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console, JustifyMethod
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from chalicelib.calibration.campaign import calibrate as run_all
from chalicelib.calibration.plan import Effect, Ramp, RunPlan
from chalicelib.calibration.summary import GoalSummary, Share, Summary
from chalicelib.commands.world_options import programme_option

NARROWEST = 79


@click.command()
@click.option(
    "--runs",
    default=1_000,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="How many runs, each with a seed of its own.",
)
@click.option(
    "--members",
    default=600,
    show_default=True,
    type=click.IntRange(2, 1_000_000),
    help="How many members join in a run.",
)
@click.option(
    "--effect",
    default=Effect.NONE.value,
    show_default=True,
    type=click.Choice([each.value for each in Effect]),
    help="What the mails do: nothing, or what they did in the case.",
)
@click.option(
    "--joining-days",
    default=30,
    show_default=True,
    type=click.IntRange(1, 365),
    help="How many days the members take to join; thirty more pass after them.",
)
@click.option(
    "--channel",
    default="online",
    show_default=True,
    type=click.Choice(["offline", "online"]),
    help="How the members join.",
)
@click.option(
    "--ramp",
    metavar="PERCENT",
    type=click.FloatRange(0, 100),
    help="Hold out this share from the middle of the joining on, as a new season begins.",
)
@click.option("--start", default=1, show_default=True, help="The first seed.")
@click.option(
    "--jobs",
    default=1,
    show_default=True,
    type=click.IntRange(1, 256),
    help="How many runs at a time.",
)
@programme_option
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def calibrate(  # noqa: PLR0913 - one parameter an option
    runs: int,
    members: int,
    effect: str,
    joining_days: int,
    channel: str,
    ramp: float | None,
    start: int,
    jobs: int,
    programme: Path,
    as_json: bool,
) -> None:
    """Run the whole engine many times, look at its report every day, and count what it claims.

    With --effect none whatever it claims is wrong. With --effect case the lifts are real, and
    ought to be found as often as counts alone find them. Exits with 1 when a promise is broken.
    """
    plan = RunPlan(
        folder=programme,
        members=members,
        effect=Effect(effect),
        seed=start,
        joining_days=joining_days,
        channel=channel,
        ramp=None if ramp is None else Ramp(holdout=ramp / 100),
    )
    console = Console(highlight=False, stderr=as_json)
    console.width = max(console.width, NARROWEST)
    with _progress(console) as progress:
        task = progress.add_task("run", total=runs)
        summary = run_all(plan, runs, jobs, lambda done: progress.update(task, completed=done))
    if as_json:
        click.echo(json.dumps({**_plan_as_json(plan), **summary.as_json()}, indent=1))
    else:
        _print(console, plan, summary)
    if summary.faults():
        raise click.exceptions.Exit(1)


def _plan_as_json(plan: RunPlan) -> dict[str, Any]:
    return {
        "effect": plan.effect,
        "start": plan.seed,
        "members": plan.members,
        "joining_days": plan.joining_days,
        "channel": plan.channel,
        "ramp_to_holdout": plan.ramp.holdout if plan.ramp else None,
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


def _print(console: Console, plan: RunPlan, summary: Summary) -> None:
    last = plan.seed + summary.runs - 1
    console.print(
        f"{summary.runs} runs (seeds {plan.seed} to {last}) of {plan.members} members and "
        f"{summary.looks} daily looks; effect: {plan.effect}; {summary.mails} mails sent"
    )
    console.print(_table(summary))
    for line in _sentences(summary):
        console.print(Text(line))
    faults = summary.faults()
    for fault in faults:
        console.print(Text(f"BROKEN: {fault}", "bold red"))
    if not faults:
        console.print(Text("Every promise held.", "bold green"))


def _table(summary: Summary) -> Table:
    table = Table(
        title="Runs in which a look ever showed",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for heading in ("goal", "truth", "lift", "harm", "either", "95 %", "z-test", "counts"):
        justify: JustifyMethod = "left" if heading in {"goal", "truth"} else "right"
        table.add_column(heading, justify=justify, no_wrap=True)
    for goal in summary.goals:
        table.add_row(*_row(goal))
    return table


def _row(goal: GoalSummary) -> list[str]:
    low, high = goal.shown.interval
    truth = {True: "lift", False: "none", None: "open"}[goal.effect]
    counts = goal.by_counts
    return [
        goal.goal,
        truth,
        *map(_percent, (goal.lift, goal.harm, goal.shown)),
        f"{low * 100:.1f}-{high * 100:.1f}",
        _percent(goal.by_z_test),
        f"{counts.lift / counts.runs:.1%}" if counts else "-",
    ]


def _sentences(summary: Summary) -> list[str]:
    last, every = _percent(summary.ratio_p), _percent(summary.ratio_anytime)
    single = _percent(summary.ratio_any_look)
    return [
        f"Any goal without an effect: shown in {_percent(summary.any_goal)} of the runs.",
        (
            f"Arms' sizes: an alarm in {last} at the last look, in {every} at any look by the "
            f"test for every look ({single} by the one for a single look)."
        ),
        f"Members who changed their arm: {summary.moved}.",
    ]


def _percent(share: Share) -> str:
    return f"{share.value:.1%}"
