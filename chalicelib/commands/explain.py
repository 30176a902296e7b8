"""``milepost explain``: every step of one member, with the reason it was sent, waits or not."""

import json
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chalicelib.commands.place import Place, place_options
from chalicelib.commands.stage_options import json_option
from chalicelib.domain.reasons import Reason
from chalicelib.operations.answers import explained


@click.command()
@click.argument("member")
@place_options
@json_option
def explain(member: str, place: Place, as_json: bool) -> None:
    """Say what was sent to MEMBER (id, card, e-mail or phone), what waits, what was skipped."""
    answer = place.ask(lambda engine: explained(engine, member), "explain", member=member)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
        return
    console = Console(highlight=False)
    console.print(f"Member {answer['member']}")
    if preferences := answer.get("preferences"):
        console.print(f"chose by hand: {_chosen(preferences)}")
    for journey in answer["journeys"]:
        console.print(_journey_line(journey))
        console.print(_steps_table(journey["steps"]))
    if not answer["journeys"]:
        console.print(
            "In no journey: the member could not be mailed when an event could let one in."
        )


def _journey_line(journey: dict[str, Any]) -> Text:
    goals = ", ".join(f"{name} {_time(at)}" for name, at in journey["goals"].items()) or "none yet"
    ended = f"\nended: {Reason(journey['ended']).explanation}" if journey["ended"] else ""
    return Text(
        f"\n{journey['journey']}: {journey['arm']}, entered {_time(journey['entered_at'])}; "
        f"goals reached: {goals}{ended}"
    )


def _steps_table(steps: list[dict[str, Any]]) -> Table:
    table = Table()
    for heading in ("step", "state", "when (UTC)", "why", "heard"):
        table.add_column(heading)
    for step in steps:
        heard = ", ".join(kind.replace("_", " ") for kind in step["feedback"])
        when = _time(step["at"]) if step["at"] else ""
        table.add_row(*map(Text, (step["step"], step["state"], when, step["why"], heard)))
    return table


def _chosen(preferences: dict[str, Any]) -> str:
    told = {
        "declined_topics": "no mails on {}",
        "spacing_days": "at most one mail in {} days",
        "language": "language {}",
    }
    values = {
        name: ", ".join(value) if isinstance(value, list) else value
        for name, value in preferences.items()
    }
    return "; ".join(told[name].format(value) for name, value in values.items())


def _time(iso: str) -> str:
    return f"{datetime.fromisoformat(iso):%Y-%m-%d %H:%M}"
