"""``milepost statement``: what a member has, when it lapses, and every posting with its reason."""

import json
from collections.abc import Iterator
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chalicelib.commands.place import Place, place_options
from chalicelib.commands.stage_options import json_option
from chalicelib.operations.statement_words import stated


@click.command()
@click.argument("member")
@click.option("--on", default="", metavar="DAY", help="As of the end of a day, like 2027-12-31.")
@place_options
@json_option
def statement(member: str, on: str, place: Place, as_json: bool) -> None:
    """Say what MEMBER (id, card, e-mail or phone) has, when it lapses, and how it came about.

    And the tier: through when it is held, and what it takes to keep it and to reach the next one.
    """
    answer = place.ask(lambda engine: stated(engine, member, on), "statement", member=member, on=on)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
        return
    console = Console(highlight=False)
    console.print(f"Member {answer['member']} on {answer['on']}")
    for line in _tier(answer["tier"]) if answer["tier"] else ():
        console.print(Text(line))
    tables = (_units, _lapses, _benefits, _holds, _postings)
    for table in (made(answer) for made in tables):
        if table.rows:
            console.print(table)
    if answer["chain"] != "whole":
        console.print(f"The postings' chain is {answer['chain']}: one is not as it was posted.")


def _tier(tier: dict[str, Any]) -> Iterator[str]:
    held = f", held through {tier['held_through']}" if tier["held_through"] else ""
    grace = f", then in grace through {tier['grace_through']}" if tier["held_through"] else ""
    yield f"Tier {tier['tier']}{held}{grace}"
    if floor := tier["floor"]:
        yield f"  by hand: {floor['tier']} through {floor['through']} ({floor['reason']})"
    if told := tier["told"]:
        yield f"  told by a partner: {told['tier']} through {told['through']}"
    if tier["to_keep"]:
        yield f"  to keep it, by {tier['keep_by']}: {_any_of(tier['to_keep'])}"
    if tier["to_reach"]:
        yield f"  to reach {tier['next_tier']}, by {tier['through']}: {_any_of(tier['to_reach'])}"


def _any_of(alternatives: list[dict[str, int]]) -> str:
    """Say what is missing; what is met already needs nothing more."""
    return ", or ".join(
        " and ".join(f"{amount:,} {measure}" for measure, amount in each.items()) or "nothing more"
        for each in alternatives
    )


def _units(answer: dict[str, Any]) -> Table:
    table = _table("Balances", "unit", "to spend", "told by partners", "reserved", "owed")
    for unit, each in answer["units"].items():
        amounts = (each[name] for name in ("balance", "told", "held", "owed"))
        table.add_row(unit, *(f"{amount:,}" for amount in amounts))
    return table


def _lapses(answer: dict[str, Any]) -> Table:
    table = _table("Lapses, if nothing more is done", "last day", "unit", "amount")
    for lapse in answer["lapses"]:
        table.add_row(lapse["last_day"], lapse["unit"], f"{lapse['amount']:,}")
    return table


def _benefits(answer: dict[str, Any]) -> Table:
    table = _table("Benefits", "benefit", "last day", "uses left")
    for each in answer["benefits"]:
        left = "no bound" if each["uses_left"] is None else str(each["uses_left"])
        table.add_row(each["benefit"], each["valid_through"] or "no end", left)
    return table


def _holds(answer: dict[str, Any]) -> Table:
    table = _table("Reserved", "reference", "unit", "amount", "until")
    for hold in answer["holds"]:
        table.add_row(hold["reference"], hold["unit"], f"{hold['amount']:,}", hold["until"])
    return table


def _postings(answer: dict[str, Any]) -> Table:
    table = _table("Postings", "no.", "day", "what", "available", "reference", "why")
    for posting in answer["postings"]:
        table.add_row(
            str(posting["number"]),
            posting["on"],
            posting["kind"],
            "\n".join(_moves(posting)),
            Text("\n".join(filter(None, [posting["reference"], _of(posting)]))),
            Text("\n".join(map(_why, posting["why"]))),
        )
    return table


def _moves(posting: dict[str, Any]) -> list[str]:
    """Return what came to what can be spent, or went from it."""
    sums: dict[str, int] = {}
    for unit, account, amount in posting["entries"]:
        if account == "available":
            sums[unit] = sums.get(unit, 0) + amount
    return [f"{amount:+,} {unit}" for unit, amount in sums.items()]


def _of(posting: dict[str, Any]) -> str:
    return f"of {posting['reverses']}" if posting["reverses"] else ""


def _why(why: dict[str, Any]) -> str:
    note = f" ({why['note']})" if why["note"] else ""
    return f"{why['rule']}: {why['amount']:+,} {why['unit']}{note}"


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
