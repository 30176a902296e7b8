"""A programme's mails and pages as they are written: read, checked, put into data.

Needs Jinja, MJML, YAML and CLDR, which are on no server: there the same data is read from the
files that `compiled_files` makes of it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Self

from chalicelib.mail.catalogue import Catalogue, SourceTexts, load_catalogues
from chalicelib.mail.choices import Choices, read_choices
from chalicelib.mail.compiled_mails import INDEX, item_file, mail_digest
from chalicelib.mail.errors import TooLargeError
from chalicelib.mail.expressions import Tree
from chalicelib.mail.language import SOURCE_LANGUAGE, Formats, language_tag
from chalicelib.mail.locale_formats import formats_of
from chalicelib.mail.mjml_source import compile_mjml
from chalicelib.mail.part import Part
from chalicelib.mail.sources import Theme, assemble, read_mail_texts, read_theme

MAX_MAILS = 100


@dataclass(frozen=True, slots=True)
class SourceMails:
    """Everything below `templates/<programme>/` that a member gets to read.

    A mail is a mapping of its parts: `subject`, `preheader`, `html`, `text`. `locales` are the
    languages that programme.yaml names, as far as it can be read.
    """

    folder: Path
    parts: Mapping[str, Mapping[str, Part]]
    page_parts: Mapping[str, Part]
    catalogues: Mapping[str, Catalogue]
    locales: tuple[str, ...] = ()
    _mails: dict[tuple[str, str], Mapping[str, list[Tree]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def load(cls, folder: Path, only: Collection[str] | None = None) -> Self:
        """Read everything, or of the mails and pages `only` those named, and compile the MJML.

        TemplateSourceError for the first fault in a file, OSError if a folder is missing.
        """
        theme = read_theme(folder / "theme.yaml")
        catalogues = load_catalogues(folder / "locales")
        names = sorted(path.name for path in (folder / "mails").iterdir() if path.is_dir())
        if len(names) > MAX_MAILS:
            raise TooLargeError(f"{folder}: {len(names)} mails, over {MAX_MAILS}; split it")
        wanted = names if only is None else [name for name in names if name in only]
        mails = {name: _load_mail(folder, name, theme) for name in wanted}
        choices = read_choices(folder / "programme.yaml")
        pages = _load_pages(folder, theme, choices, only)
        return cls(folder, mails, pages, catalogues, choices.locales)

    def offering(self, locales: Collection[str]) -> Self:
        """Return the same in these languages alone: a language half translated is for nobody."""
        offered = set(map(language_tag, locales))
        kept = {tag: catalogue for tag, catalogue in self.catalogues.items() if tag in offered}
        return replace(self, catalogues=kept)

    def as_deployed(self) -> Self:
        """Return the same in the languages that the programme offers, as a package has it."""
        return self.offering(self.locales) if self.locales else self

    @property
    def mails(self) -> tuple[str, ...]:
        return tuple(self.parts)

    @property
    def pages(self) -> tuple[str, ...]:
        return tuple(self.page_parts)

    @property
    def languages(self) -> Mapping[str, Formats]:
        return {
            SOURCE_LANGUAGE: formats_of(SOURCE_LANGUAGE),
            **{tag: catalogue.formats for tag, catalogue in self.catalogues.items()},
        }

    def mail(self, name: str, language: str) -> Mapping[str, list[Tree]]:
        """Return the mail's parts as data, put together once."""
        known = self._mails.get((name, language))
        if known is None:
            texts = self._texts(language)
            known = {part: written.items(texts) for part, written in self.parts[name].items()}
            self._mails[name, language] = known
        return known

    def page(self, name: str, language: str) -> list[Tree]:
        return self.page_parts[name].items(self._texts(language))

    def digest(self, name: str, language: str) -> str:
        formats = self.languages[language]
        return mail_digest(name, language, self.mail(name, language), formats)

    def image(self, name: str) -> bytes:
        return (self.folder / "images" / f"{name}.png").read_bytes()

    def _texts(self, language: str) -> Catalogue | SourceTexts:
        return self.catalogues.get(language) or SourceTexts()


def compiled_files(mails: SourceMails) -> Iterator[tuple[str, object]]:
    """Yield every file by name, with the JSON in it, from which `CompiledMails` reads the same."""
    languages = {tag: asdict(formats) for tag, formats in mails.languages.items()}
    digests = {tag: {name: mails.digest(name, tag) for name in mails.mails} for tag in languages}
    index = {"mails": mails.mails, "pages": mails.pages, "digests": digests}
    yield INDEX, {"languages": languages, **index}
    for language in languages:
        for name in mails.mails:
            yield item_file("mails", name, language), mails.mail(name, language)
        for name in mails.pages:
            yield item_file("pages", name, language), mails.page(name, language)


def _load_mail(folder: Path, name: str, theme: Theme) -> dict[str, Part]:
    own, shared = folder / "mails" / name, folder / "shared"
    files = _shared_files(folder) | {file: own / file for file in ("body.mjml", "body.txt")}
    documents = read_mail_texts(own / "mail.yaml") | {
        "text": assemble(shared / "frame.txt", files, theme)
    }
    parts = {
        part: Part(f"mail {name!r}, {part}", document.text, document, escape=False)
        for part, document in documents.items()
    }
    html = assemble(shared / "frame.mjml", files, theme)
    parts["html"] = Part(f"mail {name!r}, html", compile_mjml(html), html, escape=True)
    return parts


def _load_pages(
    folder: Path, theme: Theme, choices: Choices, only: Collection[str] | None
) -> dict[str, Part]:
    files = _shared_files(folder)
    documents = {
        path.stem: assemble(path, files, theme)
        for path in sorted((folder / "pages").glob("*.html"))
        if only is None or path.stem in only
    }
    return {
        name: Part(f"page {name!r}", document.text, document, escape=True, choices=choices)
        for name, document in documents.items()
    }


def _shared_files(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in (folder / "shared").iterdir()}
