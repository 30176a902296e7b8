"""``milepost status``: does it work, and what of it needs a hand.

Exit status 1 when something does, so that a script can ask.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from chalicelib.adapters.clock import SystemClock
from chalicelib.bootstrap import AwsEngine
from chalicelib.commands.stage_options import json_option, operation, stage_option, url_option
from chalicelib.commands.world_client import ask_world
from chalicelib.operations.clients import AwsClients
from chalicelib.operations.deployment import find_deployment, settings_of
from chalicelib.operations.status import Alarm, Held, MailService, Queue, Status
from chalicelib.operations.status_aws import Due, read_status, steps_due
from chalicelib.operations.words import counted

_MINUTE, _HOUR = 60, 3600


@click.command()
@stage_option
@url_option
@json_option
def status(stage: str | None, url: str | None, as_json: bool) -> None:
    """Say whether the engine works: what is due, queues, counts, alarms, the mail service."""
    with operation():
        found = _of_stage(stage) if stage else status_of_world(ask_world("status", url))
    hands = found.hands()
    if as_json:
        told = {**asdict(found), "hands": [asdict(hand) for hand in hands]}
        click.echo(json.dumps(told, indent=1, default=_plain))
    else:
        _print(Console(highlight=False), found)
    sys.exit(1 if hands else 0)


def _of_stage(stage: str) -> Status:
    clients, clock = AwsClients(), SystemClock()
    deployment = find_deployment(clients, stage)
    now = clock.now()

    def due() -> Due:
        settings = settings_of(clients, deployment)
        engine = AwsEngine(settings)
        return steps_due(engine.enrolments, engine.brakes, settings.due_shards, now)

    return read_status(clients, deployment, due, now)


def status_of_world(told: Mapping[str, Any]) -> Status:
    """Return the status that a world has answered."""
    queues = tuple(Queue(**queue) for queue in told["queues"])
    paused = tuple(
        Held(**{**each, "since": datetime.fromisoformat(each["since"])}) for each in told["paused"]
    )
    seen = {"queues": queues, "paused": paused}
    plain = {**told, **seen, "alarms": (), "mail_service": None, "unseen": ()}
    return Status(**{**plain, "at": datetime.fromisoformat(told["at"])})


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _print(console: Console, found: Status) -> None:
    hands = found.hands()
    verdict = f"{counted(len(hands), 'thing')} to do" if hands else "it works"
    title = Text(f"{found.stage} at {found.at:%Y-%m-%d %H:%M} UTC: ")
    console.print(title.append(verdict, "bold red" if hands else "bold green"))
    for hand in hands:
        console.print(Padding(Text(hand.what, "red"), (0, 0, 0, 2)))
        console.print(Padding(Text(hand.cure), (0, 0, 0, 4)))
    console.print()
    for name, value in _facts(found):
        console.print(Text.assemble((f"{name:<11}", "bold"), value))
    console.print()
    console.print(_queue_table(found.queues))
    if any(found.counts.values()):
        console.print()
        console.print(_count_table(found.counts))


def _facts(found: Status) -> Iterator[tuple[str, str]]:
    least = "at least " * found.more_due
    oldest = f", the oldest for {_span(found.oldest_due_seconds)}" if found.due_now else ""
    yield "Due now", f"{least}{found.due_now:,}{oldest}"
    for held in found.paused:
        yield (
            "Paused",
            f"{held.journey or 'everything'}, since {held.since:%Y-%m-%d %H:%M}: {held.why}",
        )
    if service := found.mail_service:
        yield "SES", _service(service)
        yield "", _rates(service)
        yield "Alarms", _alarms(found.alarms)


def _service(service: MailService) -> str:
    used = f"{service.sent_in_a_day:,} of {service.daily_quota:,} mails used in 24 hours"
    sandbox = "" if service.production else "; sandbox"
    paused = "" if service.sending else "; sending is paused"
    return f"{used}, {service.per_second:g} a second; {service.standing}{sandbox}{paused}"


def _rates(service: MailService) -> str:
    def told(rate: float | None) -> str:
        return "not known" if rate is None else f"{rate:.2%}"

    return f"bounces {told(service.bounce_rate)}, complaints {told(service.complaint_rate)}"


def _alarms(alarms: tuple[Alarm, ...]) -> str:
    named = ", ".join(f"{alarm.name} since {alarm.since:%Y-%m-%d %H:%M}" for alarm in alarms)
    return named or "none"


def _queue_table(queues: tuple[Queue, ...]) -> Table:
    table = _table("Queue", "Waiting", "In flight", "Oldest", "Dead letters")
    for queue in queues:
        oldest = "" if queue.oldest_seconds is None else _span(queue.oldest_seconds)
        numbers = (f"{queue.waiting:,}", f"{queue.in_flight:,}", oldest)
        letters = Text(f"{queue.dead_letters:,}", "bold red" if queue.dead_letters else "")
        table.add_row(queue.name, *numbers, letters)
    return table


def _count_table(counts: Mapping[str, Mapping[str, int]]) -> Table:
    table = _table("Count", *(span.capitalize() for span in counts))
    names = sorted({name for of_span in counts.values() for name in of_span})
    for name in names:
        table.add_row(name, *(f"{of_span.get(name, 0):,}" for of_span in counts.values()))
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _span(seconds: int) -> str:
    if seconds < _MINUTE:
        return f"{seconds} s"
    return f"{seconds // _MINUTE} min" if seconds < _HOUR else f"{seconds / _HOUR:.1f} h"
