"""``milepost report``: what the mailing brought so far, journey by journey."""

import json
from collections.abc import Iterable
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from chalicelib.commands.place import Place, place_options
from chalicelib.commands.stage_options import json_option
from chalicelib.domain.lift import ArmCount
from chalicelib.domain.reasons import Reason
from chalicelib.domain.segments import Segment, measure_segments
from chalicelib.lift_table import NARROWEST_TABLE, Comparison, lift_table, verdict_sentence
from chalicelib.operations.answers import reported


@click.command()
@place_options
@json_option
def report(place: Place, as_json: bool) -> None:
    """Fold every enrolment: mails sent, mails not sent and why, the lift.

    With --stage the whole table is read, at about ten cents for six million items.
    """
    journeys = place.ask(reported, "report")
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
    segments = {goal: _segments(told) for goal, told in journey["segments"].items()}
    rows = [
        Comparison(goal, "treated", "control", measure_segments(parts, journey["priors"][goal]))
        for goal, parts in segments.items()
    ]
    console.print(lift_table(rows), crop=False)
    for row in rows:
        console.print(Text(verdict_sentence(row)))
    shares = next((_shares(parts) for parts in segments.values() if len(parts) > 1), "")
    if shares:
        console.print(
            Text(
                f"The hold-out's share was changed ({shares}): members are compared with those "
                "who entered under the same share, so the difference is not that of the rates."
            )
        )


def _segments(told: list[dict[str, Any]]) -> list[Segment]:
    """Read the counts: they are the facts, the rest follows from them."""
    return [
        Segment(each["holdout"], ArmCount(**each["treated"]), ArmCount(**each["control"]))
        for each in told
    ]


def _shares(segments: Iterable[Segment]) -> str:
    held_out = (each.holdout for each in segments)
    return ", ".join("unknown" if share is None else f"{share * 100:g}%" for share in held_out)
