"""``milepost dlq``: what was set aside of the queues, and putting it back.

What is listed are opaque ids; a body, which may hold a member's data, is shown to who asks for it.
"""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chalicelib.commands.stage_options import json_option, operation, stage_option, url_option
from chalicelib.commands.world_client import ask_world, tell_world
from chalicelib.domain.parking import ParkReason
from chalicelib.operations.clients import AwsClients
from chalicelib.operations.deployment import find_deployment
from chalicelib.operations.letter_words import letter_told
from chalicelib.operations.stage_letters import stage_letters
from chalicelib.operations.words import counted
from chalicelib.usecases.dead_letters import (
    GIVEN_UP,
    LETTER_QUEUES,
    NOT_REPLAYED,
    SCHEDULE,
    Wanted,
    drop_letters,
    list_letters,
    replay_letters,
)
from chalicelib.usecases.parking_ports import DeadLetters

REPLAY, DROP = "replay", "drop"
_ACTS = {REPLAY: replay_letters, DROP: drop_letters}

queue_argument = click.argument("queue", type=click.Choice(LETTER_QUEUES))
ids_argument = click.argument("ids", nargs=-1, metavar="[ID]...")
all_option = click.option("--all", "all_of_them", is_flag=True, help="Every letter of the queue.")
reason_option = click.option(
    "--reason",
    type=click.Choice([*(reason.value for reason in ParkReason), GIVEN_UP]),
    help="Those that are there for this reason.",
)


class _Letters(Protocol):
    """The dead letters of a stage or of a world."""

    def told(self, queue: str, *, with_body: bool = False) -> list[dict[str, Any]]: ...

    def settle(self, act: str, queue: str, wanted: Wanted, told: Callable[[int], None]) -> int: ...


@dataclass(frozen=True, slots=True)
class _OfStage:
    letters: DeadLetters

    def told(self, queue: str, *, with_body: bool = False) -> list[dict[str, Any]]:
        names = [queue] if queue else LETTER_QUEUES
        filed = (each for name in names for each in list_letters(self.letters, name))
        return [letter_told(each, with_body=with_body) for each in filed]

    def settle(self, act: str, queue: str, wanted: Wanted, told: Callable[[int], None]) -> int:
        return _ACTS[act](self.letters, queue, wanted, told)


@dataclass(frozen=True, slots=True)
class _OfWorld:
    url: str | None

    def told(self, queue: str, *, with_body: bool = False) -> list[dict[str, Any]]:
        if queue == SCHEDULE:
            raise click.ClickException("A local world has no schedules that could fail.")
        asked = {"body": "yes"} if with_body else {}
        told: list[dict[str, Any]] = ask_world("dead-letters", self.url, queue=queue, **asked)[
            "letters"
        ]
        return told

    def settle(self, act: str, queue: str, wanted: Wanted, told: Callable[[int], None]) -> int:
        fields = {"queue": queue, "ids": ",".join(wanted.ids)}
        reason = {"reason": wanted.reason} if wanted.reason is not None else {}
        done = int(tell_world(f"dead-letters/{act}", self.url, **fields, **reason)["letters"])
        told(done)
        return done


@click.group()
def dlq() -> None:
    """Look at what was set aside of the queues, put it back, or drop it."""


@dlq.command(name="list")
@click.argument("queue", type=click.Choice(LETTER_QUEUES), required=False)
@stage_option
@url_option
@json_option
def list_(queue: str | None, stage: str | None, url: str | None, as_json: bool) -> None:
    """Show the dead letters of QUEUE, or of all: what each is about, and why it is there."""
    with operation():
        told = _letters(stage, url).told(queue or "")
    if as_json:
        click.echo(json.dumps(told, indent=1))
    elif told:
        Console(highlight=False).print(_table(told))
    else:
        click.echo("There are no dead letters.")


@dlq.command()
@queue_argument
@click.argument("letter", metavar="ID")
@click.option("--body", "with_body", is_flag=True, help="Also what it says: a member's data, too.")
@stage_option
@url_option
@json_option
def show(  # noqa: PLR0913 - one parameter an option
    queue: str,
    letter: str,
    with_body: bool,
    stage: str | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Show one letter."""
    with operation():
        told = _letters(stage, url).told(queue, with_body=with_body)
    found = next((each for each in told if each["id"] == letter), None)
    if found is None:
        raise click.ClickException(_not_there(queue, [letter]))
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    for name, value in found.items():
        text = "; ".join(value) if isinstance(value, list) else value
        if text not in (None, ""):
            click.echo(f"{name:<9} {text}")


@dlq.command()
@queue_argument
@ids_argument
@all_option
@reason_option
@stage_option
@url_option
def replay(  # noqa: PLR0913 - one parameter an option
    queue: str,
    ids: tuple[str, ...],
    all_of_them: bool,
    reason: str | None,
    stage: str | None,
    url: str | None,
) -> None:
    """Put letters back into QUEUE: those of these IDs, of a reason, or all.

    A letter is removed once its queue has taken it. To stop half-way, or to replay one twice, does
    no harm: an event has its effect once.
    """
    if queue in NOT_REPLAYED:
        raise click.ClickException(
            f"{NOT_REPLAYED[queue]}. When you have seen why they are there: milepost dlq drop "
            f"{queue} --all"
        )
    wanted = _wanted(ids, reason, all_of_them=all_of_them)
    with operation():
        _settle(REPLAY, queue, wanted, _letters(stage, url))


@dlq.command()
@queue_argument
@ids_argument
@all_option
@reason_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@stage_option
@url_option
def drop(  # noqa: PLR0913 - one parameter an option
    queue: str,
    ids: tuple[str, ...],
    all_of_them: bool,
    reason: str | None,
    yes: bool,
    stage: str | None,
    url: str | None,
) -> None:
    """Delete letters of QUEUE for good: those of these IDs, of a reason, or all."""
    wanted = _wanted(ids, reason, all_of_them=all_of_them)
    if not yes:
        lost = "" if queue in NOT_REPLAYED else " What they tell is lost."
        click.confirm(f"Delete these letters of {queue} for good?{lost}", abort=True)
    with operation():
        _settle(DROP, queue, wanted, _letters(stage, url))


def _letters(stage: str | None, url: str | None) -> _Letters:
    if stage is None:
        return _OfWorld(url)
    clients = AwsClients()
    return _OfStage(stage_letters(clients, find_deployment(clients, stage)))


def _wanted(ids: tuple[str, ...], reason: str | None, *, all_of_them: bool) -> Wanted:
    if all_of_them == bool(ids or reason):
        raise click.UsageError("Say which: IDs, --reason, or --all alone")
    return Wanted(ids=frozenset(ids), reason=reason)


def _settle(act: str, queue: str, wanted: Wanted, letters: _Letters) -> None:
    there = {each["id"] for each in letters.told(queue)}
    if missing := sorted(set(wanted.ids) - there):
        raise click.ClickException(_not_there(queue, missing))
    words = {REPLAY: "put back", DROP: "dropped"}[act]
    with Console(stderr=True).status(f"{queue}: …") as status:
        done = letters.settle(
            act, queue, wanted, lambda so_far: status.update(f"{queue}: {so_far:,} {words}")
        )
    click.echo(f"{counted(done, 'letter')} of {queue} {words}.")


def _not_there(queue: str, ids: Collection[str]) -> str:
    named = ", ".join(ids)
    return f"{queue} has no dead letter {named}. See them: milepost dlq list {queue}"


def _table(told: list[dict[str, Any]]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    rows = [_row(each) for each in told]
    for heading in rows[0]:
        if any(row[heading] for row in rows):
            table.add_column(heading)
    shown = [str(column.header) for column in table.columns]
    for row in rows:
        table.add_row(*(Text(row[heading]) for heading in shown))
    return table


def _row(letter: dict[str, Any]) -> dict[str, str]:
    """Return what is shown of a letter, by heading; a column of nothing is left out."""
    since = letter["since"] and f"{datetime.fromisoformat(letter['since']):%m-%d %H:%M}"
    return {
        "Queue": letter["queue"],
        "Id": letter["id"],
        "Since (UTC)": since or "",
        "Copies": f"{letter['copies']:,}",
        "Seen": f"{letter['receives']:,}",
        "Reason": letter["reason"],
        "About": "\n".join(filter(None, [*letter["about"], letter["error"]])),
    }
