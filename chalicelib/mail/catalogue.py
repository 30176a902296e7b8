"""Translations as their authors write them, in gettext's catalogues.

English is the source language: a msgid is the English text itself. Other languages come from
`locales/<locale>/LC_MESSAGES/messages.po`. Catalogues are read when mails are built, and no later.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from gettext import c2py
from io import StringIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from chalicelib.domain.problem import Problem
from chalicelib.mail.errors import TemplateSourceError
from chalicelib.mail.language import Formats, language_tag
from chalicelib.mail.locale_formats import LocaleFormatError, formats_of
from chalicelib.mail.sources import read_text

ENGLISH_RULE = "(n != 1)"
PLURAL_FORMS = re.compile(r'^"Plural-Forms:', re.MULTILINE)
MSGID = re.compile(r"^msgid\b", re.MULTILINE)


class SourceTexts:
    """The texts of the source language: as they are written."""

    def text(self, message: str) -> str:
        return message

    def forms(self, singular: str, plural: str) -> tuple[str, Sequence[str]]:
        return ENGLISH_RULE, (singular, plural)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One language's translations, as written in `file`, and how it writes numbers and dates.

    `plural_line` is where the file declares its plural forms; `repeated` are the lines of texts
    that stand further up already, which gettext leaves unread.
    """

    file: str
    written: Catalog
    formats: Formats
    language: str
    plural_line: int
    repeated: tuple[int, ...]

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
        return () if entry is None or entry.fuzzy or not entry.string else forms(entry.string)


def load_catalogues(folder: Path) -> dict[str, Catalogue]:
    """All languages below `folder`, by tag. The source language needs none."""
    return {
        language_tag(path.parts[-3]): load_catalogue(path, path.parts[-3])
        for path in sorted(folder.glob("*/LC_MESSAGES/messages.po"))
    }


def load_catalogue(path: Path, locale: str) -> Catalogue:
    """Read one language's file; TemplateSourceError with the line at which it can't be read."""
    text, tag = read_text(path), language_tag(locale)
    try:
        written = read_po(StringIO(text), locale=tag.replace("-", "_"), abort_invalid=True)
        c2py(written.plural_expr)
        lines = [line_at(text, found.start()) for found in MSGID.finditer(text)]
        known = {entry.lineno for entry in written}
        declared = PLURAL_FORMS.search(text)
        return Catalogue(
            file=str(path),
            written=written,
            formats=formats_of(tag),
            language=tag,
            plural_line=line_at(text, declared.start()) if declared else 1,
            repeated=tuple(line for line in lines[1:] if line not in known),
        )
    except (PoFileError, LocaleFormatError, ValueError) as error:
        line = error.lineno + 1 if isinstance(error, PoFileError) else 1
        problem = Problem(str(path), line, f"not a gettext catalogue: {error}", "mend its syntax")
        raise TemplateSourceError(problem) from error


def forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return a text as its forms: one, unless it is counted; that of nothing is empty."""
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


def line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
