"""``milepost tail``: the log of a stage or of the local world, along one member or one mail."""

import json
import re
from contextlib import suppress
from datetime import timedelta

import click
from rich.console import Console
from rich.text import Text

from chalicelib.adapters.pause import pause
from chalicelib.bootstrap import AwsEngine
from chalicelib.commands.stage_options import (
    json_option,
    operation,
    stage_option,
    stage_settings,
    url_option,
)
from chalicelib.commands.world_client import WorldLog, ask_world
from chalicelib.domain.identity import MEMBER_ID
from chalicelib.operations.aws_faults import OperationError
from chalicelib.operations.clients import AwsClients
from chalicelib.operations.log_entries import Entry
from chalicelib.operations.log_words import details, what
from chalicelib.operations.tail import LogSource, Trail, function_logs, watch
from chalicelib.programme.notations import NotationError, parse_duration
from chalicelib.usecases.explain import find_member

POLL_SECONDS = 2.0
MAX_REMEMBERED = 100_000
"""Entries that are known to be printed; what comes again was logged within the last minute."""
_WHAT_WIDTH = 19
_ID = re.compile(r"<?[A-Za-z0-9_.@-]{1,128}>?")


def _duration(_ctx: click.Context, _param: click.Parameter, text: str) -> timedelta:
    try:
        return parse_duration(text)
    except NotationError as error:
        raise click.BadParameter(str(error)) from error


def _id(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str:
    if text and not _ID.fullmatch(text):
        raise click.BadParameter(f"{text!r} is no id; ids are letters, digits, _, - and dots")
    return text or ""


@click.command()
@click.argument("member", required=False, default="")
@click.option(
    "--webhook",
    callback=_id,
    metavar="ID",
    help="Follow a webhook, by its webhook-id, to the mails of its members.",
)
@click.option(
    "--message",
    callback=_id,
    metavar="ID",
    help="Follow a mail, by the message id that the mail service gave it.",
)
@stage_option
@url_option
@click.option(
    "--since",
    default="1h",
    show_default=True,
    callback=_duration,
    metavar="DURATION",
    help="How far back to look: 30m, 8h, 4d.",
)
@click.option("--follow", "go_on", is_flag=True, help="Go on until Ctrl-C.")
@json_option
def tail(  # noqa: PLR0913 - one parameter an option
    member: str,
    webhook: str,
    message: str,
    stage: str | None,
    url: str | None,
    since: timedelta,
    go_on: bool,
    as_json: bool,
) -> None:
    """Show what the functions logged, all of it or about MEMBER (id, card, e-mail or phone)."""
    if sum(map(bool, (member, webhook, message))) > 1:
        raise click.UsageError("Follow one thing: MEMBER, --webhook or --message")
    with operation():
        source, found = _source(stage, url, member)
        trail = Trail(member=found, webhook=webhook, message=message)
        printer = _Printer(trail, as_json=as_json)
        rounds = watch(source, trail, source.now() - since)
        with suppress(KeyboardInterrupt):
            printer.print(next(rounds))
            while go_on:
                pause(POLL_SECONDS)
                printer.print(next(rounds))
    if not printer.has_printed and not as_json:
        click.echo("Nothing was logged of it; look further back with --since, or at the stage.")


def _source(stage: str | None, url: str | None, member: str) -> tuple[LogSource, str]:
    """Return where the log is, and the member's id."""
    if stage is None:
        known = ask_world("explain", url, member=member)["member"] if member else ""
        return WorldLog(url), known
    return function_logs(AwsClients().logs, stage), _member_id(stage, member)


def _member_id(stage: str, member: str) -> str:
    """Return the member's id; the table is only asked when it is another name."""
    if not member or MEMBER_ID.fullmatch(member):
        return member
    found = find_member(AwsEngine(stage_settings(stage)), member)
    if found is None:
        raise OperationError("No member has this id, card, e-mail or phone.")
    return found


class _Printer:
    """Prints each entry once, with a line for each new day."""

    def __init__(self, trail: Trail, *, as_json: bool) -> None:
        self._printed: dict[tuple[str, int], None] = {}
        self._trail = trail
        self._as_json = as_json
        self._console = Console(highlight=False, soft_wrap=True)
        self._day = ""

    @property
    def has_printed(self) -> bool:
        return bool(self._printed)

    def print(self, entries: list[Entry]) -> None:
        for entry in entries:
            if entry.id not in self._printed:
                self._printed[entry.id] = None
                self._print_entry(entry)
        for old in list(self._printed)[:-MAX_REMEMBERED]:
            del self._printed[old]

    def _print_entry(self, entry: Entry) -> None:
        if self._as_json:
            click.echo(json.dumps(entry.as_json()))
            return
        if self._day != (day := f"{entry.at:%Y-%m-%d} (UTC)"):
            self._day = day
            self._console.print(Text(day, "bold"))
        first, *more = details(entry, with_member=not self._trail.of_one_member)
        style = "bold red" if entry.level in ("ERROR", "CRITICAL") else ""
        line = Text(f"{entry.at:%H:%M:%S}  ")
        line.append(f"{what(entry):<{_WHAT_WIDTH}} ", style or "bold")
        self._console.print(line.append(first, style))
        for each in more:
            self._console.print(Text(f"{'':10}{each}", "dim"))
