"""``milepost pause`` and ``milepost resume``: stop mails, of a journey or all, and let them go on.

They move nothing: what is due waits where it is, and is decided afresh when it may go on.
"""

import json
from datetime import datetime
from typing import Any

import click

from chalicelib.adapters.clock import SystemClock
from chalicelib.commands.place import Place, place_options
from chalicelib.commands.stage_options import json_option
from chalicelib.operations.pauses import pause_mails, resume_mails

EVERYTHING = "everything"

_journey = click.argument("journey", required=False)
_all = click.option("--all", "everything", is_flag=True, help="All journeys, also those to come.")


@click.command()
@_journey
@_all
@click.option("--why", required=True, metavar="TEXT", help="Why, for whoever looks; no names.")
@place_options
@json_option
def pause(
    *,
    journey: str | None,
    everything: bool,
    why: str,
    place: Place,
    as_json: bool,
) -> None:
    """Stop the mails of JOURNEY, or with --all every mail that is not claimed yet.

    Nothing is lost: members enter, events count, steps that are not needed any more are skipped.
    """
    _check_what(journey, everything=everything)
    answer = place.tell(
        lambda engine: pause_mails(engine, journey, why, SystemClock().now()),
        "pause",
        journey=journey or "",
        why=why,
    )
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
        return
    name = journey or EVERYTHING
    if answer["changed"]:
        click.echo(f"{name} is paused: from now on no mail of it is claimed.")
        click.echo("A mail that was claimed a moment ago may still go out.")
    else:
        click.echo(f"{name} was paused already.")
    _show(answer)


@click.command()
@_journey
@_all
@place_options
@json_option
def resume(
    *,
    journey: str | None,
    everything: bool,
    place: Place,
    as_json: bool,
) -> None:
    """Let the mails of JOURNEY go on, or with --all end the pause of everything.

    What waited is decided afresh and comes out at the pace of the sending budget.
    """
    _check_what(journey, everything=everything)
    answer = place.tell(
        lambda engine: resume_mails(engine, journey), "resume", journey=journey or ""
    )
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
        return
    name = journey or EVERYTHING
    click.echo(f"{name} goes on." if answer["changed"] else f"{name} was not paused.")
    _show(answer)


def _check_what(journey: str | None, *, everything: bool) -> None:
    if bool(journey) == everything:
        raise click.UsageError("Name a journey, or say --all.")


def _show(answer: dict[str, Any]) -> None:
    """Tell every pause that holds now: one may hide behind another."""
    for each in answer["paused"]:
        since = f"{datetime.fromisoformat(each['since']):%Y-%m-%d %H:%M}"
        click.echo(f"Paused since {since} UTC: {each['journey'] or EVERYTHING}: {each['why']}")
    if not answer["paused"]:
        click.echo("Nothing is paused.")
