"""The data of the lint: what mail programs lack, which words it looks for, why a rule is one.

The tables are files beside this one, read once. A rule, a feature or a word is changed there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chalicelib.domain.lint_rules import LintRule

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Feature:
    """What some mail programs do without. `find` is one kind of sign and its pattern."""

    name: str
    find: Mapping[str, str]
    lacks: tuple[str, ...]
    instead: str
    source: str
    tested: date | None

    @property
    def kind(self) -> str:
        return next(iter(self.find))

    def matches(self, kind: str, value: str) -> bool:
        pattern = self.find.get(kind)
        return pattern is not None and re.fullmatch(pattern, value) is not None

    @property
    def what(self) -> str:
        return f"{self.name} is missing in {', '.join(self.lacks)}"


@dataclass(frozen=True, slots=True)
class ClientSupport:
    """Every feature, by the mail programs that are looked at, as of the day it was read."""

    clients: tuple[str, ...]
    read: date
    features: tuple[Feature, ...]

    def of_kind(self, kind: str) -> tuple[Feature, ...]:
        return tuple(each for each in self.features if each.kind == kind)


@dataclass(frozen=True, slots=True)
class Words:
    """The words that are looked for, small letters all."""

    vague_links: Mapping[str, frozenset[str]]
    spam_words: Mapping[str, tuple[str, ...]]
    reply_marks: "re.Pattern[str]"
    leftovers: "re.Pattern[str]"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule is one, how to mend what breaks it, and where the rule is from, if anywhere."""

    why: str
    mend: str
    source: str


@cache
def client_support() -> ClientSupport:
    table = _read("client_support.yaml")
    features = (
        {"tested": None, **each, "lacks": tuple(each["lacks"])} for each in table["features"]
    )
    clients = tuple(table["clients"])
    return ClientSupport(clients, table["read"], tuple(Feature(**each) for each in features))


@cache
def words() -> Words:
    table = _read("words.yaml")
    marks = "|".join(map(re.escape, table["reply_marks"]))
    return Words(
        {tag: frozenset(said) for tag, said in table["vague_links"].items()},
        {tag: tuple(said["words"]) for tag, said in table["spam_words"].items()},
        re.compile(rf"\s*(?:{marks})\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE),  # noqa: RUF001
        re.compile("|".join(table["leftovers"])),
    )


@cache
def explanations() -> Mapping[LintRule, Explanation]:
    """Return every rule's, in the order of the rules; KeyError for one without."""
    table = _read("explanations.yaml")
    told = {name: Explanation(**{"source": "", **each}) for name, each in table.items()}
    return {rule: told[rule.value] for rule in LintRule}


def _read(name: str) -> Any:  # noqa: ANN401 - whatever YAML has
    return yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
