"""The files of a programme's mails as the lint looks at them: each once, with its elements.

A fault is told where a person wrote it. What is seen in a rendered mail alone is looked for in
these files; where it can't be found, the mail's body is named.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from xml.etree.ElementTree import Element  # a tree, no parser of it # nosec B405

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail.part import KEPT_SOURCES
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail.sources import Source
from chalicelib.mail_lint.markup import line_of, tree_of

HEADLINES = ("subject", "preheader")


@dataclass(frozen=True)
class SourceFile:
    """A file in MJML or HTML, its theme's values put in, and its elements."""

    source: Source
    tree: Element

    def elements(self) -> Iterator[Element]:
        """Yield what becomes part of a mail, so not what <mj-attributes> says of elements."""
        yield from _below(self.tree)

    def is_within(self, element: Element, tags: str) -> bool:
        """Whether an element around this one has a tag that the pattern matches."""
        around = self._parents.get(element)
        return around is not None and (
            re.fullmatch(tags, around.tag) is not None or self.is_within(around, tags)
        )

    @cached_property
    def _parents(self) -> Mapping[Element, Element]:
        return {child: parent for parent in self.tree.iter() for child in parent}

    def problem(self, at: Element | int, what: str, cure: str, rule: LintRule) -> Problem:
        """`at` is an element of the file, or a line that counts from 1."""
        line = at if isinstance(at, int) else line_of(at)
        return Problem(self.source.file, self.source.line + line - 1, what, cure, rule)


def _below(element: Element) -> Iterator[Element]:
    yield element
    for child in element:
        if child.tag != "mj-attributes":
            yield from _below(child)


def html_files(mails: SourceMails) -> list[SourceFile]:
    return [_parsed(source) for source in _sources(mails, ("html",))]


@lru_cache(maxsize=KEPT_SOURCES)
def _parsed(source: Source) -> SourceFile:
    """Each rule goes through every file, and changes none."""
    return SourceFile(source, tree_of(source.text))


def plain_sources(mails: SourceMails) -> list[Source]:
    """Return what is no HTML: text bodies, subjects and preheaders."""
    return _sources(mails, ("text", *HEADLINES))


def all_sources(mails: SourceMails) -> list[Source]:
    return _sources(mails, ("html", "text", *HEADLINES))


def body_file(mails: SourceMails, mail: str, part: str) -> str:
    """Return the file that is the mail's own, where a fault of the whole part is told."""
    name = "body.mjml" if part == "html" else "body.txt"
    return str(mails.folder / "mails" / mail / name)


def place_of_headline(mails: SourceMails, mail: str, part: str) -> tuple[str, int]:
    source = mails.parts[mail][part].document.sources[0]
    return source.file, source.line


def _sources(mails: SourceMails, kinds: tuple[str, ...]) -> list[Source]:
    found: Mapping[tuple[str, int], Source] = {
        (source.file, source.line): source
        for parts in mails.parts.values()
        for kind in kinds
        for source in parts[kind].document.sources
    }
    return list(found.values())
