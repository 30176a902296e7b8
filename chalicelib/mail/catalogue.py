"""Translations as their authors write them, in gettext's catalogues.

English is the source language: a msgid is the English text itself. Other languages come from
`locales/<locale>/LC_MESSAGES/messages.po`. Catalogues are read when mails are built, and no later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from gettext import c2py
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from chalicelib.domain.problem import Problem
from chalicelib.mail.errors import TemplateSourceError
from chalicelib.mail.language import Formats, language_tag
from chalicelib.mail.locale_formats import LocaleFormatError, formats_of

ENGLISH_RULE = "(n != 1)"


class SourceTexts:
    """The texts of the source language: as they are written."""

    def text(self, message: str) -> str:
        return message

    def forms(self, singular: str, plural: str) -> tuple[str, Sequence[str]]:
        return ENGLISH_RULE, (singular, plural)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One language's translations, as written in `file`, and how it writes numbers and dates."""

    file: str
    written: Catalog
    formats: Formats

    def text(self, message: str) -> str:
        return next(iter(self._translations(message)), message)

    def forms(self, singular: str, plural: str) -> tuple[str, Sequence[str]]:
        """A text of which one form is missing is not translated at all."""
        forms = self._translations(singular)
        if len(forms) != self.written.num_plurals or not all(forms):
            return ENGLISH_RULE, (singular, plural)
        return self.written.plural_expr, forms

    def _translations(self, message: str) -> tuple[str, ...]:
        entry = self.written.get(message)
        if entry is None or entry.fuzzy or not entry.string:
            return ()
        return (entry.string,) if isinstance(entry.string, str) else tuple(entry.string)


def load_catalogues(folder: Path) -> dict[str, Catalogue]:
    """All languages below `folder`, by tag. The source language needs none."""
    return {
        language_tag(path.parts[-3]): load_catalogue(path, path.parts[-3])
        for path in sorted(folder.glob("*/LC_MESSAGES/messages.po"))
    }


def load_catalogue(path: Path, locale: str) -> Catalogue:
    try:
        with path.open("rb") as file:
            written = read_po(file, locale=locale, abort_invalid=True)
        c2py(written.plural_expr)
        return Catalogue(str(path), written, formats_of(language_tag(locale)))
    except (PoFileError, LocaleFormatError, ValueError) as error:
        line = error.lineno + 1 if isinstance(error, PoFileError) else 1
        problem = Problem(str(path), line, f"not a gettext catalogue: {error}", "mend its syntax")
        raise TemplateSourceError(problem) from error
