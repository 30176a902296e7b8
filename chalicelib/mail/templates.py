"""A programme's mails and pages, rendered for each member.

Member data is only ever a value, never a template: a member named `{{7*7}}` keeps that name.
This module adds `language` to the values, and to a mail's HTML the finished `subject` and
`preheader`. It imports nothing that only building mails takes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from chalicelib.mail.compiled_mails import INDEX, CompiledMails
from chalicelib.mail.errors import HeaderError, RenderError
from chalicelib.mail.expressions import Tree
from chalicelib.mail.language import Formats, negotiate
from chalicelib.mail.template import Template, template_of

MAX_HEADLINE_BYTES = 512  # a subject or a preheader
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """One member's mail, before it has addresses.

    `html_pieces` put together are `html`; that some of them are known spares encoding them anew.
    `language` is the one it is written in.
    """

    subject: str
    preheader: str
    html: str
    text: str
    html_pieces: tuple[str, ...] = field(default=(), repr=False, compare=False)
    language: str = field(default="", compare=False)


class Mails(Protocol):
    """Where templates come from, each as data in one language; a mail has four parts."""

    @property
    def mails(self) -> tuple[str, ...]: ...
    @property
    def pages(self) -> tuple[str, ...]: ...
    @property
    def languages(self) -> Mapping[str, Formats]: ...
    def mail(self, name: str, language: str) -> Mapping[str, list[Tree]]: ...
    def page(self, name: str, language: str) -> list[Tree]: ...
    def digest(self, name: str, language: str) -> str: ...
    def image(self, name: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class MailTemplates:
    """Everything of a programme that a member gets to read.

    A template is made ready when it is first rendered, then kept.
    """

    source: Mails
    languages: Mapping[str, Formats]
    _mails: dict[tuple[str, str], dict[str, Template]] = field(default_factory=dict, repr=False)
    _pages: dict[tuple[str, str], Template] = field(default_factory=dict, repr=False)
    _digests: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _groups: dict[tuple[str, str, str], bool] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a programme's folder, compiled or as it is written: both in the same languages.

        TemplateSourceError for the first fault in a file, OSError if a folder is missing.
        """
        if (folder / INDEX).exists():
            return cls.of(CompiledMails.load(folder))
        from chalicelib.mail.source_mails import SourceMails  # noqa: PLC0415 - not on a server

        return cls.of(SourceMails.load(folder).as_deployed())

    @classmethod
    def of(cls, source: Mails) -> Self:
        return cls(source, source.languages)

    @property
    def names(self) -> tuple[str, ...]:
        return self.source.mails

    def digest(self, mail: str, language: str) -> str:
        """Return what tells the mail from every other that renders differently."""
        if mail not in self.source.mails:
            raise RenderError(f"no mail {mail!r}; have {', '.join(self.source.mails)}")
        known = self._digests.get((mail, language))
        if known is None:
            known = self._digests[mail, language] = self.source.digest(mail, language)
        return known

    def names_group(self, mail: str, language: str, group: str) -> bool:
        """Tell whether the mail names anything of a group, as in `standing.at_risk`.

        Looked for in the templates as they are kept; worked out once, then kept too.
        """
        known = self._groups.get((mail, language, group))
        if known is None:
            parts = self.source.mail(mail, language)
            known = any(_names(tree, group) for part in parts.values() for tree in part)
            self._groups[mail, language, group] = known
        return known

    def render(self, mail: str, locale: str, values: Mapping[str, object]) -> RenderedMail:
        """Render every part in the language nearest to `locale`; MailError names mail and part.

        `values`: the member's `channel`, `locale`, `first_name`, `last_name`, `name_on_card`,
        `card`, `home_airport`, `tier` ("" when unknown); `gift` (miles, 0 for none); and the
        mappings `goals` (name to bool), `balances` (unit to int), `standing` (name to int, bool,
        day or text), `links` (name to absolute URL, always with `unsubscribe` and `web_copy`),
        `images` (the same) and `programme` (name to text).
        """
        language = negotiate(locale, self.languages)
        parts = self._mails.get((mail, language)) or self._prepare(mail, language)
        values = {**values, "language": language}
        subject = headline(parts["subject"], values)
        preheader = headline(parts["preheader"], values)
        html = parts["html"].fill({**values, "subject": subject, "preheader": preheader})
        text = tidy("".join(parts["text"].fill(values)))
        return RenderedMail(subject, preheader, "".join(html), text, tuple(html), language)

    def render_page(self, name: str, locale: str, values: Mapping[str, object]) -> str:
        """`values`: `programme`, `links`, `choices`; a page is shown to whoever has its address."""
        if name not in self.source.pages:
            raise RenderError(f"no page {name!r}; have {', '.join(self.source.pages)}")
        language = negotiate(locale, self.languages)
        if (name, language) not in self._pages:
            items, filters = self.source.page(name, language), self.languages[language].filters()
            self._pages[name, language] = template_of(f"page {name!r}", items, filters)
        return "".join(self._pages[name, language].fill({**values, "language": language}))

    def image(self, name: str) -> bytes:
        """Return the picture of a name that the programme has; OSError for any other."""
        return self.source.image(name)

    def _prepare(self, mail: str, language: str) -> dict[str, Template]:
        if mail not in self.source.mails:
            raise RenderError(f"no mail {mail!r}; have {', '.join(self.source.mails)}")
        filters = self.languages[language].filters()
        parts = {
            part: template_of(f"mail {mail!r}, {part}", items, filters)
            for part, items in self.source.mail(mail, language).items()
        }
        self._mails[mail, language] = parts
        return parts


def _names(tree: Tree, group: str) -> bool:
    """Walk through lists of lists; a text that is the group's name by chance does no harm."""
    return tree == group or (isinstance(tree, list) and any(_names(each, group) for each in tree))


def headline(part: Template, values: Mapping[str, object]) -> str:
    """One line of text for a header; it is refused, not mended, if it is more."""
    text = "".join(part.fill(values, MAX_HEADLINE_BYTES)).strip()
    if CONTROL.search(text):
        raise HeaderError(f"{part.name}: control character in {text!r}; take it out of the value")
    return text


def tidy(text: str) -> str:
    """Blank lines that an `if` leaves behind become one."""
    return BLANK_LINES.sub("\n\n", text).strip() + "\n"
