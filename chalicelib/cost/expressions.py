"""DynamoDB's condition and update expressions, as far as the engine writes them.

Each text is compiled once; an item, names and values are filled in at each call. A word that
is not known here is an error: a twin that guessed would bill for something else.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

Wire = Mapping[str, Any]
Test = Callable[[Wire, Wire], bool]
"""Asked with the item and the request that has names and values."""
Operand = Callable[[Wire, Wire], Any]
"""Gives a value in wire form, or None."""

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),+-]|[:#]?\w[\w.#]*)")
_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class ExpressionError(ValueError):
    """An expression that is not understood."""


def holds(expression: str, item: Wire | None, request: Wire) -> bool:
    """Say whether the condition holds of the item; None stands for no item."""
    return _condition(expression)(item or {}, request)


def updated(expression: str, item: Wire, request: Wire) -> dict[str, Any]:
    """Return the item as the update leaves it; the one given is not changed."""
    new = dict(item)
    for path, value in _assignments(expression):
        _set(new, _resolved(path, request), value(item, request) if value else None)
    return new


class _Tokens:
    """The words of an expression, taken from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = _TOKEN.findall(text)
        self._at = 0
        if _TOKEN.sub("", text).strip():
            raise self.unknown()

    def peek(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def next(self) -> str:
        word = self.peek()
        self._at += 1
        return word

    def took(self, word: str) -> bool:
        found = self.peek().upper() == word
        self._at += found
        return found

    def need(self, word: str) -> None:
        if not self.took(word):
            raise self.unknown()

    def unknown(self) -> ExpressionError:
        return ExpressionError(
            f"The twin of DynamoDB can't read '{self._text}' at '{self.peek()}'; teach it there"
        )


@cache
def _condition(text: str) -> Test:
    tokens = _Tokens(text)
    test = _any_of(tokens)
    if tokens.peek():
        raise tokens.unknown()
    return test


def _any_of(tokens: _Tokens) -> Test:
    tests = [_all_of(tokens)]
    while tokens.took("OR"):
        tests.append(_all_of(tokens))
    return lambda item, request: any(test(item, request) for test in tests)


def _all_of(tokens: _Tokens) -> Test:
    tests = [_one(tokens)]
    while tokens.took("AND"):
        tests.append(_one(tokens))
    return lambda item, request: all(test(item, request) for test in tests)


def _one(tokens: _Tokens) -> Test:
    if tokens.took("NOT"):
        inner = _one(tokens)
        return lambda item, request: not inner(item, request)
    if tokens.took("("):
        inner = _any_of(tokens)
        tokens.need(")")
        return inner
    for name, wanted in (("ATTRIBUTE_EXISTS", True), ("ATTRIBUTE_NOT_EXISTS", False)):
        if tokens.took(name):
            path = _in_brackets(tokens)
            return lambda item, request: (path(item, request) is not None) is wanted
    left, sign = _operand(tokens), tokens.next()
    if sign not in _SIGNS:
        raise tokens.unknown()
    return _comparison(left, _SIGNS[sign], _operand(tokens))


def _comparison(left: Operand, compare: Callable[[Any, Any], bool], right: Operand) -> Test:
    """Compare two values of one type; what is absent, or of another type, compares as false."""

    def test(item: Wire, request: Wire) -> bool:
        one, other = left(item, request), right(item, request)
        if one is None or other is None or one.keys() != other.keys():
            return False
        return compare(_plain(one), _plain(other))

    return test


@cache
def _assignments(text: str) -> list[tuple[str, Operand | None]]:
    return list(_parsed_assignments(_Tokens(text)))


def _parsed_assignments(tokens: _Tokens) -> Iterator[tuple[str, Operand | None]]:
    clauses = {"SET": _set_to, "REMOVE": _removed, "ADD": _added}
    while tokens.peek():
        if (clause := clauses.get(tokens.next().upper())) is None:
            raise tokens.unknown()
        yield clause(tokens)
        while tokens.took(","):
            yield clause(tokens)


def _set_to(tokens: _Tokens) -> tuple[str, Operand]:
    path = tokens.next()
    tokens.need("=")
    return path, _sum(tokens)


def _removed(tokens: _Tokens) -> tuple[str, None]:
    return tokens.next(), None


def _added(tokens: _Tokens) -> tuple[str, Operand]:
    """Count up a number; one that is not there is 0."""
    path, more = tokens.next(), _operand(tokens)

    def total(item: Wire, request: Wire) -> Wire:
        before = _get(item, _resolved(path, request)) or {"N": "0"}
        return {"N": str(_plain(before) + _plain(more(item, request)))}

    return path, total


def _sum(tokens: _Tokens) -> Operand:
    left = _operand(tokens)
    if not tokens.took("+"):
        return left
    right = _operand(tokens)
    return lambda item, request: {
        "N": str(_plain(left(item, request)) + _plain(right(item, request)))
    }


def _operand(tokens: _Tokens) -> Operand:
    if tokens.took("IF_NOT_EXISTS"):
        tokens.need("(")
        path = _operand(tokens)
        tokens.need(",")
        other = _operand(tokens)
        tokens.need(")")
        return lambda item, request: path(item, request) or other(item, request)
    word = tokens.next()
    if word.startswith(":"):
        return lambda _, request: request["ExpressionAttributeValues"][word]
    if not re.match(r"#?\w", word):
        raise tokens.unknown()
    return lambda item, request: _get(item, _resolved(word, request))


def _in_brackets(tokens: _Tokens) -> Operand:
    tokens.need("(")
    operand = _operand(tokens)
    tokens.need(")")
    return operand


def _resolved(path: str, request: Wire) -> list[str]:
    names = request.get("ExpressionAttributeNames", {})
    return [names[part] if part.startswith("#") else part for part in path.split(".")]


def _plain(wire: Wire) -> Any:  # noqa: ANN401 - whatever an attribute holds
    [(letter, value)] = wire.items()
    return int(value) if letter == "N" else value


def _get(item: Wire, path: list[str]) -> Any:  # noqa: ANN401 - whatever an attribute holds
    value: Any = {"M": item}
    for name in path:
        value = value.get("M", {}).get(name) if value else None
    return value


def _set(item: dict[str, Any], path: list[str], value: Wire | None) -> None:
    """Set, or for None remove; the maps on the way are copied."""
    for name in path[:-1]:
        inner = dict(item[name]["M"])
        item[name] = {"M": inner}
        item = inner
    item.pop(path[-1], None)
    if value is not None:
        item[path[-1]] = value
