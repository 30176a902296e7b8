"""`milepost new-mail`: a folder for a new mail, begun as a copy of one that is there.

A copy is whole from the start: it has the programme's looks, is translated, and lint finds
nothing in it. What is still to do is said, and left to whoever writes the mail.
"""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import click

from chalicelib.bootstrap import ROOT
from chalicelib.mail.samples import FILE as SAMPLES
from chalicelib.mail.source_mails import MAX_MAILS
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.notations import did_you_mean
from chalicelib.programme.source import FILE, read_programme

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
FILES = ("mail.yaml", "body.mjml", "body.txt")


@click.command("new-mail")
@click.argument("name")
@click.argument(
    "folder",
    default=ROOT / "templates" / "airline-bonus",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)
@click.option("--like", metavar="MAIL", help="The mail to begin from; else the shortest one.")
def new_mail(name: str, folder: Path, *, like: str | None) -> None:
    """Begin the mail NAME in the programme in FOLDER, as a copy of another mail.

    Without FOLDER it is the shipped programme.
    """
    try:
        read_programme(folder)
    except ProgrammeError as error:
        raise click.ClickException(str(error)) from error
    mails = folder / "mails"
    written = sorted(path.name for path in mails.glob("*/"))
    _check_name(name, mails / name, len(written))
    begin_from = like or _shortest(mails, written)
    _check_model(mails, begin_from, written)
    (mails / name).mkdir()
    for file in (*FILES, SAMPLES):
        if (mails / begin_from / file).exists():
            shutil.copyfile(mails / begin_from / file, mails / name / file)
    _say_what_is_next(name, begin_from, folder)


def _check_name(name: str, target: Path, mails: int) -> None:
    if not NAME.fullmatch(name):
        raise click.ClickException(
            f"A mail can't be called {name!r}. Use a small letter, then small letters, digits and _"
        )
    if target.exists():
        raise click.ClickException(f"{target} is there already; give another name.")
    if mails >= MAX_MAILS:
        raise click.ClickException(f"{target.parent} has {mails} mails, which is the most.")


def _shortest(mails: Path, written: Sequence[str]) -> str:
    """Return the mail to begin from; one that lacks a file is none."""
    if whole := [mail for mail in written if not _missing(mails / mail)]:
        return min(whole, key=lambda mail: _length(mails / mail))
    raise click.ClickException(
        f"There is no whole mail in {mails} to begin from. "
        f"Write one there first: a folder with {', '.join(FILES)}"
    )


def _check_model(mails: Path, model: str, written: Sequence[str]) -> None:
    if model not in written:
        there = f"There are {', '.join(written)}" if written else f"There is none in {mails}"
        cure = did_you_mean(model, written) or there
        raise click.ClickException(f"There is no mail {model!r} to begin from. {cure}")
    if missing := _missing(mails / model):
        raise click.ClickException(
            f"{mails / model} has no {' and no '.join(missing)}, so a copy would not be whole. "
            "Write it there first, or begin from another mail"
        )


def _missing(mail: Path) -> list[str]:
    return [file for file in FILES if not (mail / file).is_file()]


def _length(mail: Path) -> tuple[int, str]:
    """The name too, so that of two as short the choice is the same each time."""
    return sum((mail / file).stat().st_size for file in FILES), mail.name


def _say_what_is_next(name: str, model: str, folder: Path) -> None:
    mail = folder / "mails" / name
    click.echo(f"{mail} is there, a copy of the mail {model}. Now")
    click.echo(f"1. write {', '.join(FILES)} in it")
    click.echo(f"2. send it: name it in a step of a journey in {folder / FILE}")
    click.echo(f"3. milepost translate {folder}")
    click.echo(f"4. milepost lint {folder}")
    click.echo(f"5. milepost preview {folder}")
