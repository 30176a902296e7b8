"""``milepost export``: everything that is kept about one member, as JSON.

It is personal data: it goes to standard output, or into a file that only its owner may read.
"""

import json
import os
from pathlib import Path
from typing import Any

import click

from chalicelib.commands.place import Place, place_options
from chalicelib.operations.member_file import exported

OWNER_ONLY = 0o600


@click.command()
@click.argument("member")
@place_options
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file to write to.")
@click.option(
    "--without-events", is_flag=True, help="Leave out the events, which take a look at every item."
)
def export(
    *,
    member: str,
    place: Place,
    out: Path | None,
    without_events: bool,
) -> None:
    """Write all that is kept about MEMBER (id, card, e-mail or phone).

    With --stage the whole table is read for the events, at about ten cents for six million items.
    """
    told = file_of(member, place, with_events=not without_events)
    text = json.dumps(told, ensure_ascii=False, indent=1)
    if out is None:
        click.echo(text)
        return
    _write_for_the_owner(out, f"{text}\n")
    click.echo(f"Written to {out}, for you alone to read. It is personal data.")


def file_of(member: str, place: Place, *, with_events: bool) -> dict[str, Any]:
    """Return what is kept about the member; ``click.ClickException`` for nobody."""
    return place.ask(
        lambda engine: exported(engine, member, with_events=with_events),
        "export",
        member=member,
        events="yes" if with_events else "no",
    )


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
