"""What a page lists for members to choose among: topics, spacings, languages.

It stands in programme.yaml, whose reader is another layer's: here only what pages show is read, and
what is wrong there is left for that reader to tell.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml
from babel import Locale

from chalicelib.domain.preferences import spacing_of
from chalicelib.mail.sources import pairs_of

Entry: TypeAlias = Mapping[str, str | int]
"""What `topic.name` and so on are, of one topic."""
Lists: TypeAlias = Mapping[str, Sequence[Entry]]

OF_AN_ENTRY: Mapping[str, tuple[str, ...]] = {
    "topic": ("name", "title"),
    "spacing": ("name", "days"),
    "locale": ("name", "title"),
}
"""What a list's entry is called in its loop, and has, beside `chosen`. The list is its plural."""
CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class Choices:
    """`topics` are titles in English by name, `spacings` numbers of days."""

    topics: Mapping[str, str] = field(default_factory=dict)
    spacings: tuple[int, ...] = ()
    locales: tuple[str, ...] = ()

    def lists(self, translated: Callable[[str], str]) -> Lists:
        """Return the lists that pages may go through, in one language."""
        topics = self.topics.items()
        return {
            "topics": [{"name": name, "title": translated(title)} for name, title in topics],
            "spacings": [{"name": str(days), "days": days} for days in self.spacings],
            "locales": [{"name": tag, "title": _own_name(tag)} for tag in self.locales],
        }


NO_CHOICES = Choices()
ANY_CHOICES = Choices(topics={"topic": ""}, spacings=(7,), locales=("en",))
"""One of each, so that a loop's body is looked at whatever a programme declares."""


def read_choices(file: Path) -> Choices:
    """Return what the file declares; nothing where it can't be read, or there is none."""
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, ValueError, yaml.YAMLError):
        return NO_CHOICES
    below = dict(pairs_of(root))
    topics = {name: str(node.value) for name, node in pairs_of(below.get("topics"))}
    spacings = [spacing_of(text) for text in _texts(below.get("spacing"))]
    locales = tuple(_texts(below.get("locales")))
    return Choices(topics, tuple(each.days for each in spacings if each), locales)


def _texts(node: yaml.Node | None) -> list[str]:
    entries = node.value if isinstance(node, yaml.SequenceNode) else []
    return [str(entry.value) for entry in entries]


def _own_name(tag: str) -> str:
    """A language is offered by the name that those who speak it give it."""
    name = str(Locale.parse(tag, sep="-").get_display_name() or tag)
    return name[:1].upper() + name[1:]
