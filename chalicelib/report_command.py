"""``milepost report``: what the mailing brought so far, journey by journey."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from chalicelib.domain.lift import ArmCount, measure_lift
from chalicelib.domain.reasons import Reason
from chalicelib.lift_table import NARROWEST_TABLE, Comparison, lift_table, verdict_sentence
from chalicelib.operations.answers import reported
from chalicelib.stage_options import (
    deployed_programme_option,
    json_option,
    operation,
    stage_engine,
    stage_option,
    url_option,
)
from chalicelib.world_client import ask_world


@click.command()
@stage_option
@deployed_programme_option
@url_option
@json_option
def report(stage: str | None, programme: Path | None, url: str | None, as_json: bool) -> None:
    """Fold every enrolment: mails sent, mails not sent and why, the lift.

    With --stage the whole table is read, at about ten cents for six million items.
    """
    if stage:
        with operation():
            journeys = reported(stage_engine(stage, programme))
    else:
        journeys = ask_world("report", url)
    if as_json:
        click.echo(json.dumps(journeys, indent=1))
        return
    console = Console(highlight=False)
    console.width = max(console.width, NARROWEST_TABLE)
    for name, journey in journeys.items():
        _print_journey(console, name, journey)


def _print_journey(console: Console, name: str, journey: dict[str, Any]) -> None:
    sent = ", ".join(f"{mail} {count}" for mail, count in journey["mails"].items()) or "none yet"
    console.print(Text(f"{name}: mails sent: {sent}"))
    for reason, count in journey["skipped"].items():
        console.print(Text(f"  not sent to {count}: {Reason(reason).explanation}"))
    rows = [
        _comparison(goal, numbers, journey["priors"][goal])
        for goal, numbers in journey["goals"].items()
    ]
    console.print(lift_table(rows), crop=False)
    for row in rows:
        console.print(Text(verdict_sentence(row)))


def _comparison(goal: str, numbers: dict[str, Any], prior: float) -> Comparison:
    """Measure again from the counts: they are the facts, the rest follows from them."""
    treated, control = (
        ArmCount(numbers[arm]["converted"], numbers[arm]["assigned"])
        for arm in ("treated", "control")
    )
    return Comparison(goal, "treated", "control", measure_lift(treated, control, prior))
