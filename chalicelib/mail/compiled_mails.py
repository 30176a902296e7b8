"""A programme's mails and pages as `compile_programme` left them: data, read when it is asked for.

A function that starts cold renders one or two of a programme's mails in one or two languages, so
each has a file of its own.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from chalicelib.mail.expressions import Tree
from chalicelib.mail.language import Formats

INDEX = "mails.json"
"""Where it is in a folder, the folder is a compiled one."""


def item_file(kind: str, name: str, language: str) -> str:
    return f"{kind}/{name}/{language}.json"


def mail_digest(name: str, language: str, parts: Mapping[str, list[Tree]], formats: Formats) -> str:
    """Return what tells this mail from every other: two that render differently have two."""
    told = [name, language, parts, asdict(formats)]
    return sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class CompiledMails:
    """The same as the `SourceMails` that were compiled.

    `digests` are those of each language's mails: a function that starts has no time to make them.
    """

    folder: Path
    mails: tuple[str, ...]
    pages: tuple[str, ...]
    languages: Mapping[str, Formats]
    digests: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls, folder: Path) -> Self:
        index = json.loads((folder / INDEX).read_bytes())
        languages = {tag: formats_in(data) for tag, data in index["languages"].items()}
        mails, pages = tuple(index["mails"]), tuple(index["pages"])
        return cls(folder, mails, pages, languages, index["digests"])

    def mail(self, name: str, language: str) -> Mapping[str, list[Tree]]:
        parts: Mapping[str, list[Tree]] = self._read("mails", name, language)
        return parts

    def page(self, name: str, language: str) -> list[Tree]:
        items: list[Tree] = self._read("pages", name, language)
        return items

    def digest(self, name: str, language: str) -> str:
        return self.digests[language][name]

    def image(self, name: str) -> bytes:
        return (self.folder / "images" / f"{name}.png").read_bytes()

    def _read(self, kind: str, name: str, language: str) -> Any:  # noqa: ANN401 - JSON
        return json.loads((self.folder / item_file(kind, name, language)).read_bytes())


@dataclass(frozen=True, slots=True)
class CompiledMail:
    """One mail in one language, as it was kept when it was sent: `Mails` that has no other."""

    name: str
    language: str
    parts: Mapping[str, list[Tree]]
    formats: Formats

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        formats = formats_in(content["formats"])
        return cls(content["name"], content["language"], content["parts"], formats)

    @property
    def mails(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def pages(self) -> tuple[str, ...]:
        return ()

    @property
    def languages(self) -> Mapping[str, Formats]:
        return {self.language: self.formats}

    def mail(self, _name: str, _language: str) -> Mapping[str, list[Tree]]:
        return self.parts

    def page(self, name: str, language: str) -> list[Tree]:
        raise LookupError(f"a kept mail has no page {name!r} in {language!r}")

    def image(self, name: str) -> bytes:
        raise LookupError(f"a kept mail has no picture {name!r}")

    def digest(self, name: str, language: str) -> str:
        return mail_digest(name, language, self.parts, self.formats)


def formats_in(data: Mapping[str, Any]) -> Formats:
    """Return what `asdict` was made of."""
    last, before = data["grouping"]
    return Formats(data["decimal"], data["group"], (last, before), tuple(data["months"]))
