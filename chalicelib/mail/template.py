"""One template of a mail or a page as data, and how it is filled for a member.

Its items are texts, and lists with what is to be done first: `["escaped", tree]` for a value in
HTML, `["plain", tree]`, `["if", tree, items, items]`, `["plural", rule, tree, [items, …]]`. It is
in one language: what is said was translated before. There is nothing in it that could loop, so
time and memory are bounded by its own size and that of the values.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from gettext import c2py
from typing import TypeAlias

from chalicelib.mail.errors import RenderError, TooLargeError
from chalicelib.mail.expressions import Filters, Tree, Values, evaluator
from chalicelib.mail.quoting import Literal, lines_of

MAX_BODY_BYTES = 102_400  # Gmail clips what is longer
# What a template's own expressions can raise once the values are in.
RENDER_FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

Items: TypeAlias = Sequence[Tree]
Put: TypeAlias = Callable[[str], None]
Write: TypeAlias = Callable[[Values, Put], None]


@dataclass(frozen=True, slots=True)
class Template:
    """`name` is for messages."""

    name: str
    _write: Write

    def fill(self, values: Values, limit_bytes: int = MAX_BODY_BYTES) -> list[str]:
        """Return the text in pieces, those that are the same for everybody as `Literal`."""
        pieces: list[str] = []
        try:
            self._write(values, pieces.append)
        except RENDER_FAULTS as error:
            cure = "give the value or mend the template"
            raise RenderError(f"{self.name}: {error}; {cure}") from error
        size = sum(map(_size_bytes, pieces))
        if size > limit_bytes:
            raise TooLargeError(f"{self.name}: {size} bytes, over {limit_bytes}; shorten it")
        return pieces


def template_of(name: str, items: Items, filters: Filters) -> Template:
    return Template(name, _writer(items, filters))


def _writer(items: Items, filters: Filters) -> Write:
    writers = [_item(each, filters) for each in items]

    def write(values: Values, put: Put) -> None:
        for writer in writers:
            writer(values, put)

    return write


def _item(item: Tree, filters: Filters) -> Write:
    if isinstance(item, str):
        return _literal(item)
    kind, *operands = item
    return _ITEMS[kind](operands, filters)


def _literal(text: str) -> Write:
    literal = Literal(text)
    return lambda _, put: put(literal)


def _plain(operands: Items, filters: Filters) -> Write:
    value = evaluator(operands[0], filters)
    return lambda values, put: put(_text(value(values)))


def _escaped(operands: Items, filters: Filters) -> Write:
    value = evaluator(operands[0], filters)
    return lambda values, put: put(_escape(_text(value(values))))


def _if(operands: Items, filters: Filters) -> Write:
    tree, items, other_items = operands
    condition = evaluator(tree, filters)
    one, other = _writer(items, filters), _writer(other_items, filters)

    def write(values: Values, put: Put) -> None:
        (one if condition(values) else other)(values, put)

    return write


def _plural(operands: Items, filters: Filters) -> Write:
    """`rule` is the C expression of a gettext catalogue: which form goes with which number."""
    rule, tree, forms = operands
    form_of, count = _form_of(rule), evaluator(tree, filters)
    writers = [_writer(items, filters) for items in forms]
    return lambda values, put: writers[form_of(count(values))](values, put)


@cache
def _form_of(rule: str) -> Callable[[int], int]:
    """A language has one rule for all of its plurals, which is costly to read."""
    return c2py(rule)


def _text(value: object) -> str:
    """What no mail can carry is mended: a lone surrogate becomes '?', a lone CR ends a line."""
    text = str(value)
    if text.isascii():
        return lines_of(text)
    return lines_of(text).encode("utf-8", "replace").decode()


def _escape(text: str) -> str:
    for character, written in _ENTITIES:
        if character in text:
            text = text.replace(character, written)
    return text


def _size_bytes(piece: str) -> int:
    return piece.size_bytes if isinstance(piece, Literal) else len(piece.encode())


# The ampersand goes first: the others bring their own.
_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&#39;"), ('"', "&#34;"))
_ITEMS = {"plain": _plain, "escaped": _escaped, "if": _if, "plural": _plural}
