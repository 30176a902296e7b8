"""``milepost trace``: what became of a webhook that was answered with 202."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chalicelib.commands.stage_options import (
    deployed_programme_option,
    json_option,
    operation,
    stage_option,
    url_option,
)
from chalicelib.commands.world_client import ask_world
from chalicelib.operations.clients import AwsClients
from chalicelib.operations.deployment import engine_of, find_deployment, settings_of
from chalicelib.operations.stage_letters import stage_letters
from chalicelib.operations.trace_words import traced
from chalicelib.operations.words import counted
from chalicelib.usecases.dead_letters import list_letters

EVENTS = "events"


@click.command()
@click.argument("webhook_id")
@click.option("--partner", required=True, help="Who sent it.")
@stage_option
@deployed_programme_option
@url_option
@json_option
def trace(  # noqa: PLR0913 - one parameter an option
    webhook_id: str,
    partner: str,
    stage: str | None,
    programme: Path | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Say what became of each event of the webhook WEBHOOK_ID, and whom it was about."""
    with operation():
        told = (
            _of_stage(stage, programme, partner, webhook_id)
            if stage
            else ask_world("trace", url, partner=partner, webhook=webhook_id)
        )
    if told is None:
        raise click.ClickException(
            f"No webhook {webhook_id} of {partner} was accepted in the last 90 days. Refused ones "
            f"are in the log: milepost tail --webhook {webhook_id}"
        )
    if as_json:
        click.echo(json.dumps(told, indent=1))
    else:
        _print(Console(highlight=False), told)


def _of_stage(
    stage: str, programme: Path | None, partner: str, webhook_id: str
) -> dict[str, Any] | None:
    clients = AwsClients()
    deployment = find_deployment(clients, stage)
    engine = engine_of(settings_of(clients, deployment), programme)
    letters = stage_letters(clients, deployment)
    return traced(engine, partner, webhook_id, lambda: list_letters(letters, EVENTS))


def _print(console: Console, told: dict[str, Any]) -> None:
    events = told["events"]
    outcomes = Counter(event["outcome"] for event in events)
    summary = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.most_common())
    title = f"{told['webhook']} of {told['partner']}: {counted(len(events), 'event')}, {summary}"
    console.print(Text(title, "bold"))
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in ("Event", "Outcome", "At (UTC)", "Member", "Why"):
        table.add_column(heading)
    for event in events:
        at = f"{datetime.fromisoformat(event['at']):%m-%d %H:%M}" if event["at"] else ""
        letter = f"; dead letter {event['letter']}" if event["letter"] else ""
        cells = (event["event"], event["outcome"], at, event["member"], event["why"] + letter)
        table.add_row(*map(Text, cells))
    console.print(table)
