"""`milepost translate`: the files of translations, brought up to date with the mails.

Exit status 0: done; 1: with --check, something is to do, or the mails can't be read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from chalicelib.bootstrap import ROOT
from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail.catalogue import Catalogue, forms, load_catalogue
from chalicelib.mail.check import syntax_problems
from chalicelib.mail.errors import MailError
from chalicelib.mail.extraction import Message, messages
from chalicelib.mail.language import SOURCE_LANGUAGE, language_tag
from chalicelib.mail.locale_formats import LocaleFormatError, formats_of
from chalicelib.mail.po_files import catalogue_file, updated
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail.translations import catalogue_problems
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.source import FILE, read_programme

TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Language:
    """One language's file, what is in it, and what has to be."""

    tag: str
    file: Path
    written: str
    updated: str


@click.command()
@click.argument(
    "folder",
    default=ROOT / "templates" / "airline-bonus",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)
@click.option("--new", "new", metavar="TAG", help="Begin a language, such as de or pt-BR.")
@click.option("--check", is_flag=True, help="Write nothing; status 1 if anything is to do.")
def translate(folder: Path, *, new: str | None, check: bool) -> None:
    """Bring the translations of the programme in FOLDER up to date with its mails.

    Without FOLDER it is the shipped programme. Every text of mails, pages and topics gets an
    entry in `locales/TAG/LC_MESSAGES/messages.po`, for any editor of such files or of text.
    """
    try:
        locales = read_programme(folder).programme.locales
        mails = SourceMails.load(folder)
    except ProgrammeError as error:
        raise click.ClickException(str(error)) from error
    except (MailError, OSError) as error:
        raise click.ClickException(str(error)) from error
    if faults := syntax_problems(mails):
        raise click.ClickException("\n".join(map(str, faults)))
    texts = messages(mails)
    tags = {*mails.catalogues, *map(language_tag, locales)} - {SOURCE_LANGUAGE}
    if new:
        tags.add(_new_language(new, mails))
    done = [_tell(_language(folder, tag, texts), texts, check=check) for tag in sorted(tags)]
    for tag in sorted(tags - set(map(language_tag, locales))):
        click.echo(f"No member gets {tag} yet: add it to `locales` in {folder / FILE}")
    if check and not all(done):
        raise SystemExit(1)


def _new_language(tag: str, mails: SourceMails) -> str:
    if language_tag(tag) == SOURCE_LANGUAGE:
        raise click.ClickException("English is what the mails are written in; it needs no file.")
    if language_tag(tag) in mails.catalogues:
        raise click.ClickException(f"{tag} is there already; run milepost translate without --new.")
    try:
        formats_of(tag)
    except LocaleFormatError as error:
        raise click.ClickException(f"{error}. Give a tag such as de, kk or pt-BR.") from error
    if not TAG.fullmatch(tag):
        raise click.ClickException(f"{tag!r} is not written as a tag such as de, kk or pt-BR.")
    return tag


def _language(folder: Path, tag: str, texts: Sequence[Message]) -> _Language:
    file = catalogue_file(folder, tag)
    written = file.read_text(encoding="utf-8") if file.exists() else ""
    if written and (repeated := load_catalogue(file, tag).repeated):
        said = "the text is translated further up already. Keep one of the two"
        raise click.ClickException("\n".join(f"{file}:{line}: {said}" for line in repeated))
    return _Language(tag, file, written, updated(written, tag, texts, folder))


def _tell(language: _Language, texts: Sequence[Message], *, check: bool) -> bool:
    """Write the file unless only checking; say what is to do, and return whether nothing is."""
    stale = language.written != language.updated
    if stale and check:
        click.echo(f"{language.file}: not up to date with the mails. Run milepost translate")
        return False
    if stale:
        language.file.parent.mkdir(parents=True, exist_ok=True)
        language.file.write_text(language.updated, encoding="utf-8")
    problems = sorted(_to_do(load_catalogue(language.file, language.tag), texts))
    _show(language, len(texts), problems)
    return not problems


def _to_do(catalogue: Catalogue, texts: Sequence[Message]) -> Iterator[Problem]:
    """Yield what lint refuses; a text without translation stands where to write it."""
    for problem in catalogue_problems(catalogue, texts):
        if problem.rule != LintRule.MISSING_TRANSLATION:
            yield problem
    for text in texts:
        entry = catalogue.written.get(text.forms[0])
        if entry and not any(forms(entry.string)):
            file, line = catalogue.file, entry.lineno or 1
            yield Problem(file, line, f"to translate: {text.forms[0]!r}", f"From {text.file}")


def _show(language: _Language, count: int, problems: Sequence[Problem]) -> None:
    for problem in problems[:MOST_SHOWN]:
        click.echo(problem)
    if len(problems) > MOST_SHOWN:
        click.echo(f"… and {len(problems) - MOST_SHOWN} more in {language.file}")
    told = f"{len(problems)} to do" if problems else "all translated"
    click.echo(f"{language.tag}: {count} texts, {told}")
