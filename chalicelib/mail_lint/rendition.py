"""A mail as one sample member would get it in one language, and where its texts were written."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element  # a tree, no parser of it # nosec B405

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail.extraction import Message, Place, messages
from chalicelib.mail.language import language_tag, negotiate
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail.templates import RenderedMail
from chalicelib.mail_lint.markup import tree_of, words_of
from chalicelib.mail_lint.source_files import body_file, place_of_headline

_TAG = re.compile(r"<[^>]*>")
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
    def skeleton(self) -> tuple[str, ...]:
        """Return the tags, in order: what looks alike for two members is looked at once."""
        return tuple(_TAG.findall(_TOKENS.sub("", self.rendered.html)))

    @property
    def whom(self) -> str:
        return f"for the sample {self.sample!r} in {self.locale}"


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
        files = {source.file for source in sources}
        for pattern, stands in self._by_language[language]:
            if pattern.fullmatch(text):
                return next((place for place in stands if place[0] in files), stands[0])
        for source in sources:
            if len(text) >= MIN_TEXT_CHARS and text in source.text:
                return source.file, source.line + source.text[: source.text.index(text)].count("\n")
        return body_file(self.mails, rendition.mail, "html"), 1

    @cached_property
    def _by_language(self) -> Mapping[str, list[tuple[re.Pattern[str], Sequence[Place]]]]:
        texts = messages(self.mails)
        return {language: list(self._texts(language, texts)) for language in self.mails.languages}

    def _texts(
        self, language: str, texts: Sequence[Message]
    ) -> Iterator[tuple[re.Pattern[str], Sequence[Place]]]:
        """Yield what each text says in a language; a translation is blamed where it stands."""
        catalogue = self.mails.catalogues.get(language_tag(language))
        for message in texts:
            entry = catalogue and catalogue.written.get(message.forms[0])
            if catalogue and entry and entry.string and not entry.fuzzy:
                said = [entry.string] if isinstance(entry.string, str) else list(entry.string)
                stands: Sequence[Place] = [(catalogue.file, entry.lineno or 1)]
            else:
                said, stands = list(message.forms), message.places
            for form in said:
                yield _pattern(form), stands


def _pattern(text: str) -> re.Pattern[str]:
    pieces = _VALUE.split(_TAG.sub("", text).replace("%%", "%"))
    return re.compile(".*".join(re.escape(" ".join(piece.split())) for piece in pieces), re.DOTALL)
