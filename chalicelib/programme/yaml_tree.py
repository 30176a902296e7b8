"""YAML as a marketer means it: text is text, and every value knows its line.

A strict subset: a plain scalar is a whole number or text, so ``on`` is a word and ``21:00`` is
no number of minutes. No aliases, no tags, no key twice; size and depth are bounded, so that no
file can make the reader work for long.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from chalicelib.domain.problem import Problem
from chalicelib.programme.errors import ProgrammeError

MAX_BYTES = 65_536
MAX_DEPTH = 12
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,15}")

Location = tuple[str | int, ...]
"""The keys, and the places in lists from 0, that lead to a value."""


@dataclass(frozen=True, slots=True)
class YamlTree:
    """Plain data, and for each value the line of the key or list item that it stands at."""

    file: str
    data: object
    lines: Mapping[Location, int]

    def problem(self, at: Location, what: str, cure: str) -> Problem:
        """Return a problem at a value, or at the nearest one around it that the file has."""
        while at not in self.lines:
            at = at[:-1]
        return Problem(self.file, self.lines[at], what, cure)


def read_tree(path: Path) -> YamlTree:
    """Read the file, or raise ``ProgrammeError`` with the one problem that stopped the reader."""
    file = str(path)
    text = _read_text(path)
    reader = _Reader(text)
    try:
        data = reader.document()
    except _RefusalError as error:
        problem = Problem(file, error.line, error.what, error.cure)
        raise ProgrammeError([problem]) from None
    except yaml.YAMLError as error:
        raise ProgrammeError([_syntax_problem(file, text, error)]) from error
    return YamlTree(file, data, reader.lines)


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            cure = f"Keep it within {MAX_BYTES} bytes"
            raise ProgrammeError([Problem(str(path), 1, "the file is too large", cure)])
        return raw.decode("utf-8")
    except OSError as error:
        cure = "Give the folder of a programme, like templates/airline-bonus"
        problem = Problem(str(path), 1, f"the file can't be read: {error.strerror}", cure)
        raise ProgrammeError([problem]) from error
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problem = Problem(str(path), line, "the file is not UTF-8", "Save it as UTF-8")
        raise ProgrammeError([problem]) from error


def _syntax_problem(file: str, text: str, error: yaml.YAMLError) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        said = " ".join(filter(None, (error.context, error.problem)))
        line = mark.line + 1 if mark else 1
        return Problem(file, line, f"this is no YAML: {said}", "Check indents, colons and quotes")
    position = getattr(error, "position", 0)
    line = text.count("\n", 0, position) + 1
    return Problem(file, line, "a character that YAML forbids", "Delete it and type it anew")


class _RefusalError(Exception):
    """Well-formed YAML of a kind that no programme needs."""

    def __init__(self, line: int, what: str, cure: str) -> None:
        super().__init__(what)
        self.line, self.what, self.cure = line, what, cure


class _Reader:
    """Builds data from the parser's events, which come in the order of the text."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.SafeLoader)
        self.lines: dict[Location, int] = {(): 1}

    def document(self) -> object:
        """Return the only document's data; None when there is none."""
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        data = self._value((), next(self._events))
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _refusal(after, "a second document begins", "Delete it, with the line ---")
        return data

    def _value(self, at: Location, event: yaml.Event) -> object:
        self.lines.setdefault(at, _line(event))
        if len(at) > MAX_DEPTH:
            raise _refusal(event, "values are nested too deep", "Take levels out")
        if isinstance(event, yaml.AliasEvent):
            raise _refusal(event, "an alias (*) is not read here", "Write the value out")
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            raise _refusal(event, "an anchor (&) is not read here", "Delete it")
        if getattr(event, "tag", None):
            raise _refusal(event, "a tag (!) is not read here", "Delete it, or quote the text")
        return self._content(at, event)

    def _content(self, at: Location, event: yaml.Event) -> object:
        match event:
            case yaml.MappingStartEvent():
                return dict(self._pairs(at))
            case yaml.SequenceStartEvent():
                return list(self._items(at))
            case yaml.ScalarEvent(value=text, implicit=(True, _)) if _WHOLE_NUMBER.fullmatch(text):
                return int(text)
            case yaml.ScalarEvent(value=text):
                return str(text)
            case _:
                raise _refusal(event, "a value is missing", "Check indents and brackets")

    def _pairs(self, at: Location) -> Iterator[tuple[str, object]]:
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise _refusal(event, "a key has to be one word", "Check indents and braces")
            key = event.value
            if (*at, key) in self.lines:
                first = self.lines[(*at, key)]
                cure = f"Keep one; the other is on line {first}"
                raise _refusal(event, f"`{key}` stands here twice", cure)
            self.lines[(*at, key)] = _line(event)
            yield key, self._value((*at, key), next(self._events))

    def _items(self, at: Location) -> Iterator[object]:
        place = 0
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._value((*at, place), event)
            place += 1


def _refusal(event: yaml.Event, what: str, cure: str) -> _RefusalError:
    return _RefusalError(_line(event), what, cure)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
