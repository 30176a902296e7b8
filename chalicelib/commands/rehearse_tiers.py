"""``milepost rehearse-tiers``: what other tier rules would do, before they are live."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from chalicelib.commands.place import Place, place_options
from chalicelib.commands.stage_options import json_option
from chalicelib.operations.tier_words import rehearsed


@click.command("rehearse-tiers")
@click.option(
    "--with",
    "folder",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of the programme with the rules that may come.",
)
@click.option(
    "--until", default="", metavar="DAY", help="How far to look; a year ahead without it."
)
@place_options
@json_option
def rehearse_tiers(
    folder: Path,
    until: str,
    place: Place,
    as_json: bool,
) -> None:
    """Judge every member by the live tier rules and by others, and compare. Changes nothing.

    Members are followed as though they did nothing more: what rules take, they take later.
    """
    answer = place.ask(
        lambda engine: rehearsed(engine, folder, until),
        "rehearse-tiers",
        folder=str(folder.resolve()),
        until=until,
    )
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
        return
    _print(Console(highlight=False), answer)


def _print(console: Console, answer: dict[str, Any]) -> None:
    console.print(
        f"{answer['members']:,} members from {answer['from']} to {answer['until']}, as though they "
        f"did nothing more: {answer['moved']:,} would have another tier"
    )
    console.print(_tiers(answer))
    for table in (_months(answer), _some(answer)):
        if table.rows:
            console.print(table)


def _tiers(answer: dict[str, Any]) -> Table:
    """Return the members by both tiers at the end: rows are the live rules, columns the others."""
    counts = {(each["old"], each["new"]): each["members"] for each in answer["counts"]}
    columns = answer["tiers"]["new"]
    table = _table("Tier by the live rules, and by the others", "live", *columns)
    for old in answer["tiers"]["old"]:
        table.add_row(old, *(f"{counts.get((old, new), 0):,}" for new in columns))
    return table


def _months(answer: dict[str, Any]) -> Table:
    table = _table("Who would differ, by the month in which that begins", "month", "up", "down")
    for each in answer["months"]:
        table.add_row(each["month"], f"{each['up']:,}", f"{each['down']:,}")
    return table


def _some(answer: dict[str, Any]) -> Table:
    table = Table("member", "live", "others", "since", title="Some of them", title_justify="left")
    for each in answer["some"]:
        table.add_row(each["member"], each["old"], each["new"], each["since"])
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(first, title=title, title_justify="left")
    for heading in others:
        table.add_column(heading, justify="right")
    return table
