"""Expressions of a map: Jinja over ``row`` and ``tables``, in the sandbox of the mails.

``tables.tiers[row['Loyalty Card']]``. Columns and tables are named by constants, so that a map
can be held against a file's header before a row is read; nothing is called.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from jinja2 import StrictUndefined, TemplateError, Undefined, nodes
from jinja2.environment import TemplateExpression
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chalicelib.mail.environment import ALLOWED_FILTERS, sandbox
from chalicelib.world.import_errors import RowError

MAX_CHARS = 500
_GROUPS = ("row", "tables")
_EXAMPLE = "Write it like row.City, row['Loyalty Card'] or tables.tiers[row['Loyalty Card']]"


class ExpressionError(ValueError):
    """An expression that no row could be read by."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what}. {cure}")
        self.what, self.cure = what, cure


class Table(dict[str, str]):
    """A lookup table that knows its name, to say it when an entry is missing."""

    def __init__(self, name: str, entries: Mapping[str, str]) -> None:
        super().__init__(entries)
        self._name = name  # the underscore keeps expressions out

    def __str__(self) -> str:
        return self._name


class _NoEntry(StrictUndefined):
    """Speaks of tables and entries where Jinja speaks of dict objects and attributes."""

    @property
    def _undefined_message(self) -> str:
        if isinstance(self._undefined_obj, Table):
            return f"the table {self._undefined_obj} has no entry for {self._undefined_name!r}"
        return super()._undefined_message


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression, and the columns and tables that it names."""

    text: str
    columns: frozenset[str]
    tables: frozenset[str]
    _compiled: TemplateExpression = field(repr=False, compare=False)

    def __call__(self, row: Mapping[str, str], tables: Mapping[str, Table], /) -> object:
        """Return the value for this row; ``RowError`` when there is none."""
        try:
            value = self._compiled(row=row, tables=tables)
            if isinstance(value, Undefined):
                str(value)  # raises, with the reason
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise RowError(str(error)) from error
        return value


def compile_expression(text: object) -> Expression:
    """Compile, or raise ``ExpressionError``. Whether the names exist is not asked here."""
    if not isinstance(text, str) or not 0 < len(text) <= MAX_CHARS:
        raise ExpressionError(f"no expression of 1 to {MAX_CHARS} characters", _EXAMPLE)
    names = list(_names(_parse(text)))
    columns, tables = (frozenset(key for of, key in names if of == group) for group in _GROUPS)
    compiled = _environment().compile_expression(text, undefined_to_none=False)
    return Expression(text, columns, tables, compiled)


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = sandbox(autoescape=False)
    environment.undefined = _NoEntry
    return environment


def _parse(text: str) -> nodes.Output:
    try:
        parser = Parser(_environment(), text, state="variable")
        expression = parser.parse_expression()
        _environment().compile_expression(text)
    except TemplateError as error:
        raise ExpressionError(f"`{text}` is no expression: {error.message}", _EXAMPLE) from error
    except RecursionError:
        raise ExpressionError("it is nested too deep", "Take brackets out") from None
    return nodes.Output([expression])  # so that a search through it meets the expression too


def _names(tree: nodes.Output) -> Iterator[tuple[str, str]]:
    """Yield ("row", column) and ("tables", table) for all that the expression names."""
    if next(tree.find_all(nodes.Call), None):
        filters = ", ".join(sorted(ALLOWED_FILTERS))
        raise ExpressionError("an expression calls nothing", f"There are filters: | {filters}")
    named = [found for node in tree.find_all(nodes.Expr) if (found := _named(node))]
    yield from named
    for name in tree.find_all(nodes.Name):
        if name.name not in _GROUPS:
            raise ExpressionError(f"`{name.name}` is nothing that a map knows", _EXAMPLE)
    if len(named) != sum(1 for _ in tree.find_all(nodes.Name)):
        raise ExpressionError("`row` and `tables` need a name each, as a constant", _EXAMPLE)


def _named(node: nodes.Expr) -> tuple[str, str] | None:
    match node:
        case nodes.Getattr(node=nodes.Name(name=group), attr=key):
            return group, key
        case nodes.Getitem(node=nodes.Name(name=group), arg=nodes.Const(value=str(key))):
            return group, key
        case _:
            return None
