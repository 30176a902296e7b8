"""``milepost claim``: post a transaction that its partner has not told, such as a late claim."""

from typing import Any, TextIO

import click
from rich.console import Console
from rich.table import Table

from chalicelib.commands.place import Place, place_options
from chalicelib.operations.claims import Claim, claimed


@click.command()
@click.argument("member")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option(
    "--partner", required=True, help="Whose transaction it is: told by them, too, it counts once."
)
@click.option("--dry-run", is_flag=True, help="Only say what it would bring, and by which rule.")
@place_options
def claim(member: str, file: TextIO, partner: str, dry_run: bool, place: Place) -> None:
    """Post for MEMBER (id, card, e-mail or phone) the transaction in FILE, by its day's rules.

    FILE is JSON: transaction (the partner's reference), on (its day) and lines, as in the event
    transaction.posted; - is the standard input.
    """
    told = Claim(member=member, partner=partner, text=_read(file))
    answer = place.tell(
        lambda engine: claimed(engine, told, dry_run=dry_run),
        "claim",
        judges=not dry_run,
        member=member,
        partner=partner,
        text=told.text,
        dry_run="yes" if dry_run else "no",
    )
    _print(Console(highlight=False), answer)


def _read(file: TextIO) -> str:
    try:
        return file.read()
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name} is no text in UTF-8") from error


def _print(console: Console, answer: dict[str, Any]) -> None:
    amounts = ", ".join(f"{amount:+,} {unit}" for unit, amount in answer["amounts"].items())
    if answer["repeated"]:
        done = f"was booked before, as posting {answer['number']}"
    else:
        done = f"is posting {answer['number']}" if answer["done"] else "would be booked"
    console.print(f"Member {answer['member']}: {amounts or 'nothing'}; it {done}.")
    table = Table("rule", "line", "unit", "amount", "note", title="Why", title_justify="left")
    for why in answer["why"]:
        line, amount = str(why.get("line", "")), f"{why['amount']:+,}" if why["unit"] else ""
        table.add_row(why["rule"], line, why["unit"], amount, why["note"])
    if table.rows:
        console.print(table)
