"""A programme's mails and pages: loaded once, rendered for each member.

Member data is only ever a value, never a template: a member named `{{7*7}}` keeps that name.
This module adds `language` to the values, and to a mail's HTML the finished `subject` and
`preheader`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from jinja2.sandbox import ImmutableSandboxedEnvironment

from chalicelib.mail.catalogue import Catalogue, load_catalogues, negotiate
from chalicelib.mail.dialect import mail_environment
from chalicelib.mail.errors import HeaderError, RenderError, TooLargeError
from chalicelib.mail.mjml_source import compile_mjml
from chalicelib.mail.part import Part
from chalicelib.mail.sources import Theme, assemble, read_mail_texts, read_theme

MAX_MAILS = 100
MAX_HEADLINE_BYTES = 512  # a subject or a preheader
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """One member's mail, before it has addresses."""

    subject: str
    preheader: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Environments:
    """Two, since only HTML is escaped."""

    html: ImmutableSandboxedEnvironment
    plain: ImmutableSandboxedEnvironment


@dataclass(frozen=True, slots=True)
class MailTemplates:
    """Everything below `templates/<programme>/` that a member gets to read.

    A mail is a mapping of its parts: `subject`, `preheader`, `html`, `text`.
    """

    folder: Path
    mails: Mapping[str, Mapping[str, Part]]
    pages: Mapping[str, Part]
    catalogues: Mapping[str, Catalogue]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read everything and compile the MJML.

        TemplateSourceError for the first fault in a file, OSError if a folder is missing.
        """
        theme = read_theme(folder / "theme.yaml")
        catalogues = load_catalogues(folder / "locales")
        environments = Environments(
            html=mail_environment(catalogues, autoescape=True),
            plain=mail_environment(catalogues, autoescape=False),
        )
        names = sorted(path.name for path in (folder / "mails").iterdir() if path.is_dir())
        if len(names) > MAX_MAILS:
            raise TooLargeError(f"{folder}: {len(names)} mails, over {MAX_MAILS}; split it")
        mails = {name: load_mail(folder, name, theme, environments) for name in names}
        return cls(folder, mails, load_pages(folder, theme, environments), catalogues)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.mails)

    def render(self, mail: str, locale: str, values: Mapping[str, object]) -> RenderedMail:
        """Render every part in the language nearest to `locale`; MailError names mail and part.

        `values`: the member's `channel`, `locale`, `first_name`, `last_name`, `name_on_card`,
        `card`, `home_airport`, `tier` ("" when unknown); `gift` (miles, 0 for none); and the
        mappings `goals` (name to bool), `balances` (unit to int), `links` (name to absolute
        URL, always with `unsubscribe` and `web_copy`) and `programme` (name to text).
        """
        if mail not in self.mails:
            raise RenderError(f"no mail {mail!r}; have {', '.join(self.mails)}")
        parts = self.mails[mail]
        values = self.in_language(locale, values)
        subject = headline(parts["subject"], values)
        preheader = headline(parts["preheader"], values)
        html = parts["html"].fill({**values, "subject": subject, "preheader": preheader})
        return RenderedMail(subject, preheader, html, tidy(parts["text"].fill(values)))

    def render_page(self, name: str, locale: str, values: Mapping[str, object]) -> str:
        """`values` are `programme` and `links`: a page is shown to whoever has the address."""
        if name not in self.pages:
            raise RenderError(f"no page {name!r}; have {', '.join(self.pages)}")
        return self.pages[name].fill(self.in_language(locale, values))

    def in_language(self, locale: str, values: Mapping[str, object]) -> dict[str, object]:
        return {**values, "language": negotiate(locale, self.catalogues)}


def load_mail(folder: Path, name: str, theme: Theme, environments: Environments) -> dict[str, Part]:
    own, shared = folder / "mails" / name, folder / "shared"
    files = shared_files(folder) | {file: own / file for file in ("body.mjml", "body.txt")}
    documents = read_mail_texts(own / "mail.yaml") | {
        "text": assemble(shared / "frame.txt", files, theme)
    }
    parts = {
        part: Part(f"mail {name!r}, {part}", environments.plain, document.text, document)
        for part, document in documents.items()
    }
    html = assemble(shared / "frame.mjml", files, theme)
    parts["html"] = Part(f"mail {name!r}, html", environments.html, compile_mjml(html), html)
    return parts


def load_pages(folder: Path, theme: Theme, environments: Environments) -> dict[str, Part]:
    files = shared_files(folder)
    documents = {
        path.stem: assemble(path, files, theme)
        for path in sorted((folder / "pages").glob("*.html"))
    }
    return {
        name: Part(f"page {name!r}", environments.html, document.text, document)
        for name, document in documents.items()
    }


def shared_files(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in (folder / "shared").iterdir()}


def headline(part: Part, values: Mapping[str, object]) -> str:
    """One line of text for a header; it is refused, not mended, if it is more."""
    text = part.fill(values, MAX_HEADLINE_BYTES).strip()
    if CONTROL.search(text):
        raise HeaderError(f"{part.name}: control character in {text!r}; take it out of the value")
    return text


def tidy(text: str) -> str:
    """Blank lines that an `if` leaves behind become one."""
    return BLANK_LINES.sub("\n\n", text).strip() + "\n"
