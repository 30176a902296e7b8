"""Every text of a programme that is to be translated, and where it stands.

Texts come from mails, pages and shared files, and from what members get to read of
programme.yaml: the titles of topics. The text itself is its key, so one text has one translation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from chalicelib.mail.dialect import extract_texts
from chalicelib.mail.errors import TemplateSourceError
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail.sources import pairs_of, read_text, yaml_problem

PROGRAMME = "programme.yaml"
TOPICS = "topics"

Place = tuple[str, int]
"""File and line."""


@dataclass(frozen=True, slots=True)
class Message:
    """A text to translate: its one or two English forms, and all places, sorted."""

    forms: tuple[str, ...]
    places: tuple[Place, ...]

    @property
    def file(self) -> str:
        return self.places[0][0]

    @property
    def line(self) -> int:
        return self.places[0][1]


def messages(mails: SourceMails) -> list[Message]:
    """Return all texts by their first place.

    A text that is counted somewhere is not listed apart where it is not: its translation has the
    form for one.
    """
    found: dict[tuple[str, ...], set[Place]] = {}
    for forms, place in (*_texts(mails), *_titles(mails.folder / PROGRAMME)):
        found.setdefault(forms, set()).add(place)
    counted = {forms[0]: forms for forms in found if len(forms) > 1}
    for forms in [forms for forms in found if len(forms) == 1 and forms[0] in counted]:
        found[counted[forms[0]]] |= found.pop(forms)
    ordered = sorted((sorted(places), forms) for forms, places in found.items())
    return [Message(forms, tuple(places)) for places, forms in ordered]


def _texts(mails: SourceMails) -> Iterator[tuple[tuple[str, ...], Place]]:
    """A file is read once, however many mails include it."""
    parts = [part for mail in mails.parts.values() for part in mail.values()]
    every = (*parts, *mails.page_parts.values())
    for source in dict.fromkeys(source for part in every for source in part.document.sources):
        for line, _, texts in extract_texts(source.text):
            forms = (texts,) if isinstance(texts, str) else tuple(filter(None, texts))
            yield forms, (source.file, source.line + line - 1)


def _titles(path: Path) -> Iterator[tuple[tuple[str, ...], Place]]:
    """Read no more than the titles: what else the file says is for the programme's own lint."""
    try:
        root = yaml.compose(read_text(path), Loader=yaml.SafeLoader) if path.exists() else None
    except yaml.YAMLError as error:
        raise TemplateSourceError(yaml_problem(path, error)) from error
    for key, topics in pairs_of(root):
        for _, title in pairs_of(topics) if key == TOPICS else ():
            if isinstance(title, yaml.ScalarNode):
                yield (title.value,), (str(path), title.start_mark.line + 1)
