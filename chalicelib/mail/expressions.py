"""Expressions of mails and conditions as data, and how they are answered.

A tree is JSON: a text, number or truth value stands for itself, a list is an operation with its
name first, as in `["not", ["key", "goals", "app_installed"]]`. The operations below are all there
are. None looks behind a value or calls what a value offers, so no tree can do more than they do,
whoever wrote it.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from chalicelib.mail.filters import FILTERS

Tree: TypeAlias = Any
"""JSON; what it may hold is what `evaluator` reads."""
Values: TypeAlias = Mapping[str, Any]
Evaluate: TypeAlias = Callable[[Values], Any]
Filters: TypeAlias = Mapping[str, Callable[..., Any]]


class ExpressionError(ValueError):
    """An expression has no answer for these values."""


class UndefinedError(ExpressionError):
    """A name in it has no value; it is never taken for an empty one."""


def evaluator(tree: Tree, filters: Filters = FILTERS) -> Evaluate:
    """Make the function that answers `tree`; `filters` are those that it may name."""
    if not isinstance(tree, list):
        return lambda _: tree
    operation, *operands = tree
    return _OPERATIONS[operation](operands, filters)


def _name(operands: Sequence[Tree], _: Filters) -> Evaluate:
    (name,) = operands

    def read(values: Values) -> Any:  # noqa: ANN401 - a value of any kind
        try:
            return values[name]
        except KeyError:
            raise UndefinedError(f"{name!r} is undefined") from None

    return read


def _key(operands: Sequence[Tree], _: Filters) -> Evaluate:
    """`links.items` is the link named items: only a key is looked for, never an attribute."""
    group, key = operands

    def read(values: Values) -> Any:  # noqa: ANN401 - a value of any kind
        try:
            return values[group][key]
        except KeyError:
            raise UndefinedError(f"'{group}.{key}' is undefined") from None

    return read


def _default(operands: Sequence[Tree], filters: Filters) -> Evaluate:
    """`also_empty`: whatever counts as false is replaced as well."""
    value, fallback, also_empty = (evaluator(each, filters) for each in operands)

    def read(values: Values) -> Any:  # noqa: ANN401 - a value of any kind
        try:
            found = value(values)
        except UndefinedError:
            return fallback(values)
        return found if found or not also_empty(values) else fallback(values)

    return read


def _not(operands: Sequence[Tree], filters: Filters) -> Evaluate:
    operand = evaluator(operands[0], filters)
    return lambda values: not operand(values)


def _and(operands: Sequence[Tree], filters: Filters) -> Evaluate:
    left, right = (evaluator(each, filters) for each in operands)
    return lambda values: left(values) and right(values)


def _or(operands: Sequence[Tree], filters: Filters) -> Evaluate:
    left, right = (evaluator(each, filters) for each in operands)
    return lambda values: left(values) or right(values)


def _choose(operands: Sequence[Tree], filters: Filters) -> Evaluate:
    condition, one, other = (evaluator(each, filters) for each in operands)
    return lambda values: one(values) if condition(values) else other(values)


def _list(operands: Sequence[Tree], filters: Filters) -> Evaluate:
    items = [evaluator(each, filters) for each in operands]
    return lambda values: [item(values) for item in items]


def _compare(operands: Sequence[Tree], filters: Filters) -> Evaluate:
    """`0 < miles < 10`: each operand is asked once, and none after the first no."""
    first = evaluator(operands[0], filters)
    rest = [(_COMPARISONS[sign], evaluator(each, filters)) for sign, each in operands[1:]]

    def holds(values: Values) -> bool:
        left = first(values)
        for compare, operand in rest:
            right = operand(values)
            if not compare(left, right):
                return False
            left = right
        return True

    return holds


def _filter(operands: Sequence[Tree], filters: Filters) -> Evaluate:
    name, subject, *further = operands
    apply, value = filters[name], evaluator(subject, filters)
    arguments = [evaluator(each, filters) for each in further]
    return lambda values: apply(value(values), *(argument(values) for argument in arguments))


def _unary(apply: Callable[[Any], Any]) -> Callable[[Sequence[Tree], Filters], Evaluate]:
    def build(operands: Sequence[Tree], filters: Filters) -> Evaluate:
        operand = evaluator(operands[0], filters)
        return lambda values: apply(operand(values))

    return build


def _binary(apply: Callable[[Any, Any], Any]) -> Callable[[Sequence[Tree], Filters], Evaluate]:
    def build(operands: Sequence[Tree], filters: Filters) -> Evaluate:
        left, right = (evaluator(each, filters) for each in operands)
        return lambda values: apply(left(values), right(values))

    return build


def _of_numbers(apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """`'a' * 10**9` and `'%999999999d' % 1` would make much out of little."""

    def calculate(left: object, right: object) -> Any:  # noqa: ANN401 - a number of any kind
        if not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise ExpressionError("'*' and '%' are for numbers only; write the text out")
        return apply(left, right)

    return calculate


_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
    "in": lambda item, items: item in items,
    "notin": lambda item, items: item not in items,
}
_OPERATIONS: Mapping[str, Callable[[Sequence[Tree], Filters], Evaluate]] = {
    "name": _name,
    "key": _key,
    "default": _default,
    "not": _not,
    "and": _and,
    "or": _or,
    "choose": _choose,
    "list": _list,
    "compare": _compare,
    "filter": _filter,
    "add": _binary(operator.add),
    "sub": _binary(operator.sub),
    "mul": _binary(_of_numbers(operator.mul)),
    "div": _binary(operator.truediv),
    "floordiv": _binary(operator.floordiv),
    "mod": _binary(_of_numbers(operator.mod)),
    "neg": _unary(operator.neg),
    "pos": _unary(operator.pos),
}
