"""``milepost export``: everything that is kept about one member, as JSON.

It is personal data: it goes to standard output, or into a file that only its owner may read.
"""

import json
import os
from pathlib import Path
from typing import Any

import click

from chalicelib.commands.stage_options import (
    deployed_programme_option,
    operation,
    stage_engine,
    stage_option,
    url_option,
)
from chalicelib.commands.world_client import ask_world
from chalicelib.operations.member_file import exported

OWNER_ONLY = 0o600


@click.command()
@click.argument("member")
@stage_option
@deployed_programme_option
@url_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file to write to.")
@click.option(
    "--without-events", is_flag=True, help="Leave out the events, which take a look at every item."
)
def export(  # noqa: PLR0913 - each is an option
    *,
    member: str,
    stage: str | None,
    programme: Path | None,
    url: str | None,
    out: Path | None,
    without_events: bool,
) -> None:
    """Write all that is kept about MEMBER (id, card, e-mail or phone).

    With --stage the whole table is read for the events, at about ten cents for six million items.
    """
    told = file_of(member, stage, programme, url, with_events=not without_events)
    text = json.dumps(told, ensure_ascii=False, indent=1)
    if out is None:
        click.echo(text)
        return
    _write_for_the_owner(out, f"{text}\n")
    click.echo(f"Written to {out}, for you alone to read. It is personal data.")


def file_of(
    member: str, stage: str | None, programme: Path | None, url: str | None, *, with_events: bool
) -> dict[str, Any]:
    """Return what is kept about the member; ``click.ClickException`` for nobody."""
    if not stage:
        return ask_world("export", url, member=member, events="yes" if with_events else "no")
    with operation():
        told = exported(stage_engine(stage, programme), member, with_events=with_events)
    if told is None:
        raise click.ClickException("No member has this id, card, e-mail or phone.")
    return told


def _write_for_the_owner(path: Path, text: str) -> None:
    """Write a new file that nobody else may read at any moment; never over another one."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except OSError as error:
        raise click.ClickException(
            f"{path} can't be written ({error.strerror}); name a new file in a folder of yours"
        ) from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
