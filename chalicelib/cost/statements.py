"""PartiQL, as far as the engine writes it: INSERT of an item, UPDATE of one under a condition."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from chalicelib.cost.expressions import ExpressionError

Wire = Mapping[str, Any]

_INSERT = re.compile(r'INSERT INTO "[^"]+" VALUE \{(?P<names>.*)\}')
_UPDATE = re.compile(r'UPDATE "[^"]+" (?P<changes>.*) WHERE (?P<conditions>.*)')
_CHANGE = re.compile(r'SET "(?P<set>\w+)" = \?|REMOVE "(?P<remove>\w+)"')
_EQUAL = re.compile(r'"(\w+)" = \?')
_NAME = re.compile(r"'(\w+)': \?")


@dataclass(frozen=True, slots=True)
class Insert:
    """Put the item unless there is one."""

    item: Wire


@dataclass(frozen=True, slots=True)
class Change:
    """Change the item under ``key`` if its other attributes are those of ``expected``."""

    key: Wire
    expected: Wire
    assigned: Wire
    removed: Sequence[str]

    def applies_to(self, item: Wire | None) -> bool:
        return item is not None and all(item.get(n) == v for n, v in self.expected.items())

    def of(self, item: Wire) -> Wire:
        kept = {name: value for name, value in item.items() if name not in self.removed}
        return {**kept, **self.assigned}


@dataclass(frozen=True, slots=True)
class _Shape:
    """The names in a statement's text, in the order of its parameters."""

    inserted: tuple[str, ...] = ()
    assigned: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()


def read(statement: Wire) -> Insert | Change:
    """Return what the statement asks for, its parameters filled in."""
    shape = _shape(statement["Statement"])
    values = iter(statement.get("Parameters", ()))
    if shape.inserted:
        return Insert(dict(zip(shape.inserted, values, strict=True)))
    assigned = {name: next(values) for name in shape.assigned}
    expected = dict(zip(shape.expected, values, strict=True))
    key = {name: expected.pop(name) for name in ("PK", "SK")}
    return Change(key, expected, assigned, shape.removed)


@cache
def _shape(text: str) -> _Shape:
    if found := _INSERT.fullmatch(text):
        return _Shape(inserted=tuple(_NAME.findall(found["names"])))
    found = _UPDATE.fullmatch(text)
    if not found or _CHANGE.sub("", found["changes"]).strip():
        raise ExpressionError(f"The twin of DynamoDB can't read '{text}'; teach it there")
    changes = list(_CHANGE.finditer(found["changes"]))
    conditions = found["conditions"].split(" AND ")
    named = [_EQUAL.fullmatch(condition) for condition in conditions]
    if not all(named):
        raise ExpressionError(f"The twin of DynamoDB can't read '{text}'; teach it there")
    return _Shape(
        assigned=tuple(change["set"] for change in changes if change["set"]),
        removed=tuple(change["remove"] for change in changes if change["remove"]),
        expected=tuple(each[1] for each in named if each),
    )
