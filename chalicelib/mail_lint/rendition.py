"""A mail as one sample member would get it in one language, and where its texts were written."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element  # a tree, no parser of it # nosec B405

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail.catalogue import forms
from chalicelib.mail.extraction import Message, Place, messages
from chalicelib.mail.language import language_tag, negotiate
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail.templates import RenderedMail
from chalicelib.mail_lint.markup import tree_of, words_of
from chalicelib.mail_lint.source_files import HEADLINES, body_file, place_of_headline

_TAG = re.compile(r"<[^>]*>")
_PIECE = re.compile(r"(<style\b.*?</style>|<[^>]*>)", re.DOTALL | re.IGNORECASE)
_TOKENS = re.compile(r'href="[^"]*"')
_VALUE = re.compile(r"%\(\w+\)s")
MIN_TEXT_CHARS = 3


@dataclass(frozen=True)
class Rendition:
    """`sample` is the sample's name."""

    mail: str
    locale: str
    sample: str
    rendered: RenderedMail

    @cached_property
    def tree(self) -> Element:
        return tree_of(self.rendered.html)

    @property
    def page(self) -> Element:
        found = self.tree.find("html")
        return self.tree if found is None else found

    @cached_property
    def words(self) -> str:
        return words_of(self.tree)

    @cached_property
    def links(self) -> Sequence[tuple[str, str]]:
        """Where each link leads, and what it says; one that leads nowhere is told elsewhere."""
        hrefs = [(link.get("href", "").strip(), link) for link in self.tree.iter("a")]
        return [(href, words_of(link)) for href, link in hrefs if href and href[0] != "#"]

    @cached_property
    def skeleton(self) -> tuple[str, ...]:
        """Return tags and styles, in order, and where there is text between them.

        What looks alike for two members is looked at once.
        """
        pieces = _PIECE.split(_TOKENS.sub("", self.rendered.html))
        return tuple(
            piece if number % 2 else _kind_of(piece) for number, piece in enumerate(pieces)
        )

    @property
    def whom(self) -> str:
        return f"for the sample {self.sample!r} in {self.locale}"


def _kind_of(text: str) -> str:
    """A text may be nothing, a mere sign, or something to read."""
    if not text.strip():
        return ""
    return "text" if any(character.isalnum() for character in text) else "sign"


@dataclass(frozen=True, slots=True)
class _Said:
    """A text in one language: where templates say it, and where it was translated."""

    pattern: re.Pattern[str]
    places: Sequence[Place]
    translated: Place | None


@dataclass(frozen=True)
class Places:
    """Finds the file and the line of what is read in a rendition."""

    mails: SourceMails

    def of_headline(
        self, rendition: Rendition, part: str, what: str, cure: str, rule: LintRule
    ) -> Problem:
        file, line = place_of_headline(self.mails, rendition.mail, part)
        return Problem(file, line, f"the {part} {what} {rendition.whom}", cure, rule)

    def of_part(
        self, rendition: Rendition, part: str, what: str, cure: str, rule: LintRule
    ) -> Problem:
        file = body_file(self.mails, rendition.mail, part)
        return Problem(file, 1, f"{what} {rendition.whom}", cure, rule)

    def of_text(
        self, rendition: Rendition, text: str, what: str, cure: str, rule: LintRule
    ) -> Problem:
        file, line = self._find(rendition, " ".join(text.split()))
        return Problem(file, line, f"{what} {rendition.whom}", cure, rule)

    def _find(self, rendition: Rendition, text: str) -> tuple[str, int]:
        """Look among the texts of the mail's language, then in its files as they stand."""
        language = negotiate(rendition.locale, self.mails.languages)
        sources = self.mails.parts[rendition.mail]["html"].document.sources
        headlines = {place_of_headline(self.mails, rendition.mail, part) for part in HEADLINES}
        files = {source.file for source in sources} | {file for file, _ in headlines}
        for said in self._by_language[language]:
            here = [place for place in said.places if place[0] in files]
            if here and said.pattern.fullmatch(text):
                return said.translated or here[0]
        for source in sources:
            if len(text) >= MIN_TEXT_CHARS and text in source.text:
                return source.file, source.line + source.text[: source.text.index(text)].count("\n")
        return body_file(self.mails, rendition.mail, "html"), 1

    @cached_property
    def _by_language(self) -> Mapping[str, list[_Said]]:
        texts = messages(self.mails)
        return {language: list(self._texts(language, texts)) for language in self.mails.languages}

    def _texts(self, language: str, texts: Sequence[Message]) -> Iterator[_Said]:
        """Yield what each text says in a language; a translation is blamed where it stands."""
        catalogue = self.mails.catalogues.get(language_tag(language))
        for message in texts:
            entry = catalogue and catalogue.written.get(message.forms[0])
            translated = None
            if catalogue and entry and entry.string and not entry.fuzzy:
                translated = catalogue.file, entry.lineno or 1
            for form in forms(entry.string) if entry and translated else message.forms:
                if pattern := _pattern(form):
                    yield _Said(pattern, message.places, translated)


def _pattern(text: str) -> re.Pattern[str] | None:
    """Return what the text looks like, whatever its values; None if anything looks like it."""
    written = _VALUE.split(_TAG.sub("", text).replace("%%", "%"))
    pieces = [" ".join(piece.split()) for piece in written]
    if len(pieces) > 1 and sum(map(len, pieces)) < MIN_TEXT_CHARS:
        return None
    return re.compile(".*".join(map(re.escape, pieces)), re.DOTALL)
