"""Lint of translations: each one there, in all its plural forms, and true to its source text.

A translation may say things in its own words and order; the values and the markup in it are
the source's.
"""

import re
from collections.abc import Iterator, Sequence

from babel.messages.catalog import Message as Entry

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail.catalogue import Catalogue, forms
from chalicelib.mail.extraction import Message, messages
from chalicelib.mail.language import SOURCE_LANGUAGE, language_tag
from chalicelib.mail.plural_forms import plural_forms, same_forms
from chalicelib.mail.source_mails import SourceMails

PLACEHOLDER = re.compile(r"%\((\w+)\)s")
TAG = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)


def missing_translations(mails: SourceMails, locales: Sequence[str]) -> list[Problem]:
    """Hold every language of `locales` but the source language against the texts."""
    texts = messages(mails)
    problems = [*stray_percents(texts), *two_plurals(texts)]
    for locale in locales:
        if language_tag(locale) == SOURCE_LANGUAGE:
            continue
        catalogue = mails.catalogues.get(language_tag(locale))
        if catalogue is None:
            file = str(mails.folder / "locales" / locale / "LC_MESSAGES" / "messages.po")
            cure = f"begin them: milepost translate {mails.folder} --new {locale}"
            what = f"no translations for {locale!r}"
            problems.append(Problem(file, 1, what, cure, LintRule.MISSING_TRANSLATION))
        else:
            problems.extend(catalogue_problems(catalogue, texts))
    return sorted(problems)


def stray_percents(texts: Sequence[Message]) -> Iterator[Problem]:
    for text in texts:
        if any(has_stray_percent(form) for form in text.forms):
            what, cure = "a lone % in a text", "write %% for it"
            yield Problem(text.file, text.line, what, cure, LintRule.PLACEHOLDER)


def has_stray_percent(text: str) -> bool:
    return "%" in PLACEHOLDER.sub("", text).replace("%%", "")


def two_plurals(texts: Sequence[Message]) -> Iterator[Problem]:
    """A catalogue knows a text by its singular, so that one singular has one plural."""
    counted: dict[str, Message] = {}
    for text in texts:
        first = counted.setdefault(text.forms[0], text)
        if first is not text:
            what = f"{text.forms[0]!r} has another plural in {first.file}:{first.line}"
            cure = "write the same plural in both"
            yield Problem(text.file, text.line, what, cure, LintRule.PLURAL_FORMS)


def catalogue_problems(catalogue: Catalogue, texts: Sequence[Message]) -> Iterator[Problem]:
    yield from header_problems(catalogue)
    for text in texts:
        entry = catalogue.written.get(text.forms[0])
        if entry is None or forms(entry.id) != text.forms or not any(forms(entry.string)):
            what = f"not translated in {catalogue.file}: {text.forms[0]!r}"
            cure = "translate it there"
            yield Problem(text.file, text.line, what, cure, LintRule.MISSING_TRANSLATION)
        elif entry.fuzzy:
            what = f"a guess, marked fuzzy: {text.forms[0]!r}"
            cure = "make it right, then take the word fuzzy out"
            line = entry.lineno or 1
            yield Problem(catalogue.file, line, what, cure, LintRule.FUZZY_TRANSLATION)
        else:
            yield from entry_problems(catalogue, entry)
    yield from unused_problems(catalogue, texts)


def unused_problems(catalogue: Catalogue, texts: Sequence[Message]) -> Iterator[Problem]:
    wanted = {text.forms for text in texts}
    unused = [
        (entry.lineno or 1, f"no mail says {forms(entry.id)[0]!r}")
        for entry in catalogue.written
        if entry.id and forms(entry.id) not in wanted
    ]
    repeated = [(line, "the text is translated further up already") for line in catalogue.repeated]
    for line, what in (*unused, *repeated):
        yield Problem(catalogue.file, line, what, "remove the entry", LintRule.UNUSED_TRANSLATION)


def header_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """A language's forms are CLDR's: with others, some number has no text, or the wrong one."""
    written = catalogue.written.num_plurals, catalogue.written.plural_expr
    known = plural_forms(catalogue.language)
    if not same_forms(written, known):
        what = f"Plural-Forms are not those of {catalogue.language!r}"
        header = f'"Plural-Forms: nplurals={known[0]}; plural={known[1]};\\n"'
        line, cure = catalogue.plural_line, f"write {header}"
        yield Problem(catalogue.file, line, what, cure, LintRule.PLURAL_FORMS)


def entry_problems(catalogue: Catalogue, entry: Entry) -> Iterator[Problem]:
    sources, translated = forms(entry.id), forms(entry.string)
    line = entry.lineno or 1
    wanted = catalogue.written.num_plurals if entry.pluralizable else 1
    if len(translated) != wanted or not all(translated):
        have = sum(map(bool, translated))
        what = f"{have} of {wanted} plural forms of {sources[0]!r}"
        yield Problem(catalogue.file, line, what, "write every form", LintRule.PLURAL_FORMS)
        return
    for form in translated:
        if fault := form_fault(sources, form):
            yield Problem(catalogue.file, line, *fault)


def form_fault(sources: Sequence[str], form: str) -> tuple[str, str, str] | None:
    """Return what is wrong with one form, how to cure it, and the rule."""
    if has_stray_percent(form):
        return f"a lone % in {form!r}", "write %% for it", LintRule.PLACEHOLDER
    if not same_values(sources, form):
        cure = f"use {', '.join(sorted(placeholders(sources[-1]))) or 'none'}"
        return f"other placeholders than its source: {form!r}", cure, LintRule.PLACEHOLDER
    if markup(form) != markup(sources[-1]):
        cure = f"use {' '.join(markup(sources[-1])) or 'none'}"
        return f"other markup than its source: {form!r}", cure, LintRule.MARKUP
    return None


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def same_values(sources: Sequence[str], translated: str) -> bool:
    """No value invented, and none lost that every source form has ("one mile" may omit one)."""
    allowed = set.union(*map(placeholders, sources))
    required = set.intersection(*map(placeholders, sources))
    return required <= placeholders(translated) <= allowed


def markup(text: str) -> list[str]:
    return sorted(TAG.findall(text))
