"""Translations and the formats that go with a language.

English is the source language: a msgid is the English text itself. Other languages come from
`locales/<locale>/LC_MESSAGES/messages.po`. Languages are named by their BCP 47 tag ("pt-BR"),
which is also what HTML's `lang` wants.
"""

import gettext
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal

from chalicelib.domain.problem import Problem
from chalicelib.mail.errors import TemplateSourceError

SOURCE_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One language's translations: as written in `file` (for lint) and as looked up."""

    file: str
    written: Catalog
    lookup: gettext.NullTranslations


def language_tag(locale: str) -> str:
    return locale.replace("_", "-")


def negotiate(locale: str, languages: Mapping[str, object]) -> str:
    """Pick the exact language, or the one it is a variant of, or the source language."""
    wanted = language_tag(locale)
    for tag in (wanted, wanted.partition("-")[0]):
        if tag in languages:
            return tag
    return SOURCE_LANGUAGE


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
    except (PoFileError, ValueError) as error:
        line = error.lineno + 1 if isinstance(error, PoFileError) else 1
        problem = Problem(str(path), line, f"not a gettext catalogue: {error}", "mend its syntax")
        raise TemplateSourceError(problem) from error
    compiled = io.BytesIO()
    write_mo(compiled, written)
    compiled.seek(0)
    return Catalogue(str(path), written, gettext.GNUTranslations(compiled))


def number(value: float, language: str) -> str:
    """24215 is "24,215" in English and "24 215", with a no-break space, in Russian."""
    return str(format_decimal(value, locale=Locale.parse(language, sep="-")))


def long_date(value: date, language: str) -> str:
    """5 March 2026 as each language writes it out; a datetime must be in the member's zone."""
    return str(format_date(value, format="long", locale=Locale.parse(language, sep="-")))
