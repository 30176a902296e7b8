"""``milepost doctor``: what is set up wrongly, where, and how to mend it.

Exit status 1 when there is a fault; warnings leave it at 0.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chalicelib.adapters.clock import SystemClock
from chalicelib.bootstrap import ROOT
from chalicelib.commands.stage_options import (
    deployed_programme_option,
    json_option,
    operation,
    stage_option,
    url_option,
)
from chalicelib.commands.world_client import ask_world
from chalicelib.operations.clients import AwsClients
from chalicelib.operations.doctor import examine_stage
from chalicelib.operations.doctor_local import examine_folder, examine_world
from chalicelib.operations.findings import Finding, Stage, Verdict, fault, ok
from chalicelib.operations.words import counted

_STYLES = {Verdict.OK: "green", Verdict.WARNING: "bold yellow", Verdict.FAULT: "bold red"}
_CHECK_WIDTH = 18
DEFAULT_PROGRAMME = ROOT / "templates" / "airline-bonus"


@click.command()
@stage_option
@url_option
@deployed_programme_option
@json_option
def doctor(stage: str | None, url: str | None, programme: Path | None, as_json: bool) -> None:
    """Examine an account and a stage, or the local world; say what is wrong and how to mend it."""
    if stage:
        findings = examine_stage(Stage(stage, AwsClients(), SystemClock(), programme))
    else:
        findings = _of_world(url, programme or DEFAULT_PROGRAMME)
    with operation():
        told = _print_json(findings) if as_json else _print(Console(highlight=False), findings)
    sys.exit(1 if told[Verdict.FAULT] else 0)


def _of_world(url: str | None, folder: Path) -> Iterator[Finding]:
    try:
        status = ask_world("status", url)
    except click.ClickException as error:
        yield fault("world", error.message, "Start one: milepost serve")
    else:
        yield ok("world", "a local world answers")
        yield from examine_world(status, SystemClock().now())
    yield from examine_folder(folder)


def _print_json(findings: Iterable[Finding]) -> Counter[Verdict]:
    told = list(findings)
    click.echo(json.dumps([asdict(finding) for finding in told], indent=1))
    return Counter(finding.verdict for finding in told)


def _print(console: Console, findings: Iterable[Finding]) -> Counter[Verdict]:
    """Print each finding as soon as it is made: some checks take a second."""
    counts: Counter[Verdict] = Counter()
    for finding in findings:
        counts[finding.verdict] += 1
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=7)
        grid.add_column(width=_CHECK_WIDTH)
        grid.add_column(overflow="fold")
        told = Text(finding.what)
        if finding.cure:
            told.append(f"\n{finding.cure}", "dim")
        verdict = Text(finding.verdict, _STYLES[finding.verdict])
        grid.add_row(verdict, Text(finding.check, "bold"), told)
        console.print(grid)
    console.print(_summary(counts))
    return counts


def _summary(counts: Counter[Verdict]) -> str:
    parts = [counted(counts[each], each.value) for each in (Verdict.FAULT, Verdict.WARNING)]
    return f"{', '.join(parts)}, {counted(counts[Verdict.OK], 'check')} fine"
