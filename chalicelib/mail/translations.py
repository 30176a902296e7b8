"""Lint of translations: each one there, in all its plural forms, and true to its source text.

A translation may say things in its own words and order; the values and the markup in it are
the source's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from babel.messages.catalog import Message as Entry

from chalicelib.domain.problem import Problem
from chalicelib.mail.catalogue import Catalogue
from chalicelib.mail.dialect import extract_texts
from chalicelib.mail.language import SOURCE_LANGUAGE, language_tag
from chalicelib.mail.source_mails import SourceMails

PLACEHOLDER = re.compile(r"%\((\w+)\)s")
TAG = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Message:
    """A text to translate: where it stands, and its one or two English forms."""

    file: str
    line: int
    forms: tuple[str, ...]


def messages(mails: SourceMails) -> list[Message]:
    """Extract every msgid of every mail and page, each at its first place."""
    found: dict[tuple[str, ...], Message] = {}
    parts = [part for mail in mails.parts.values() for part in mail.values()]
    for part in (*parts, *mails.page_parts.values()):
        for source in part.document.sources:
            for line, _, texts in extract_texts(source.text):
                forms = (texts,) if isinstance(texts, str) else tuple(filter(None, texts))
                found.setdefault(forms, Message(source.file, source.line + line - 1, forms))
    return list(found.values())


def missing_translations(mails: SourceMails, locales: Sequence[str]) -> list[Problem]:
    """Hold every language of `locales` but the source language against the texts."""
    texts = messages(mails)
    problems = list(stray_percents(texts))
    for locale in locales:
        if language_tag(locale) == SOURCE_LANGUAGE:
            continue
        catalogue = mails.catalogues.get(language_tag(locale))
        if catalogue is None:
            file = str(mails.folder / "locales" / locale / "LC_MESSAGES" / "messages.po")
            problems.append(Problem(file, 1, f"no translations for {locale!r}", "write them"))
        else:
            problems.extend(catalogue_problems(catalogue, texts))
    return sorted(problems)


def stray_percents(texts: Sequence[Message]) -> Iterator[Problem]:
    for text in texts:
        if any(has_stray_percent(form) for form in text.forms):
            yield Problem(text.file, text.line, "a lone % in a text", "write %% for it")


def has_stray_percent(text: str) -> bool:
    return "%" in PLACEHOLDER.sub("", text).replace("%%", "")


def catalogue_problems(catalogue: Catalogue, texts: Sequence[Message]) -> Iterator[Problem]:
    for text in texts:
        entry = catalogue.written.get(text.forms[0])
        if (
            entry is None
            or forms(entry.id) != text.forms
            or entry.fuzzy
            or not any(forms(entry.string))
        ):
            what = f"not translated in {catalogue.file}: {text.forms[0]!r}"
            yield Problem(text.file, text.line, what, "translate it there (and unmark it fuzzy)")
        else:
            yield from entry_problems(catalogue, entry)
    wanted = {text.forms for text in texts}
    for entry in catalogue.written:
        if entry.id and forms(entry.id) not in wanted:
            what = f"no mail says {forms(entry.id)[0]!r}"
            yield Problem(catalogue.file, entry.lineno or 1, what, "remove the entry")


def forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


def entry_problems(catalogue: Catalogue, entry: Entry) -> Iterator[Problem]:
    sources, translated = forms(entry.id), forms(entry.string)
    line = entry.lineno or 1
    wanted = catalogue.written.num_plurals if entry.pluralizable else 1
    if len(translated) != wanted or not all(translated):
        have = sum(map(bool, translated))
        what = f"{have} of {wanted} plural forms of {sources[0]!r}"
        yield Problem(catalogue.file, line, what, "write every form")
        return
    for form in translated:
        if has_stray_percent(form):
            yield Problem(catalogue.file, line, f"a lone % in {form!r}", "write %% for it")
        elif not same_values(sources, form):
            what = f"other placeholders than its source: {form!r}"
            cure = f"use {', '.join(sorted(placeholders(sources[-1]))) or 'none'}"
            yield Problem(catalogue.file, line, what, cure)
        elif markup(form) != markup(sources[-1]):
            cure = f"use {' '.join(markup(sources[-1])) or 'none'}"
            yield Problem(catalogue.file, line, f"other markup than its source: {form!r}", cure)


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def same_values(sources: Sequence[str], translated: str) -> bool:
    """No value invented, and none lost that every source form has ("one mile" may omit one)."""
    allowed = set.union(*map(placeholders, sources))
    required = set.intersection(*map(placeholders, sources))
    return required <= placeholders(translated) <= allowed


def markup(text: str) -> list[str]:
    return sorted(TAG.findall(text))
