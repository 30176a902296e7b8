"""A programme's mails and pages as `compile_programme` left them: data, read when it is asked for.

A function that starts cold renders one or two of a programme's mails in one or two languages, so
each has a file of its own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from chalicelib.mail.expressions import Tree
from chalicelib.mail.language import Formats

INDEX = "mails.json"
"""Where it is in a folder, the folder is a compiled one."""


def item_file(kind: str, name: str, language: str) -> str:
    return f"{kind}/{name}/{language}.json"


@dataclass(frozen=True, slots=True)
class CompiledMails:
    """The same as the `SourceMails` that were compiled."""

    folder: Path
    mails: tuple[str, ...]
    pages: tuple[str, ...]
    languages: Mapping[str, Formats]

    @classmethod
    def load(cls, folder: Path) -> Self:
        index = json.loads((folder / INDEX).read_bytes())
        languages = {tag: _formats(data) for tag, data in index["languages"].items()}
        return cls(folder, tuple(index["mails"]), tuple(index["pages"]), languages)

    def mail(self, name: str, language: str) -> Mapping[str, list[Tree]]:
        parts: Mapping[str, list[Tree]] = self._read("mails", name, language)
        return parts

    def page(self, name: str, language: str) -> list[Tree]:
        items: list[Tree] = self._read("pages", name, language)
        return items

    def _read(self, kind: str, name: str, language: str) -> Any:  # noqa: ANN401 - JSON
        return json.loads((self.folder / item_file(kind, name, language)).read_bytes())


def _formats(data: Mapping[str, Any]) -> Formats:
    last, before = data["grouping"]
    return Formats(data["decimal"], data["group"], (last, before), tuple(data["months"]))
