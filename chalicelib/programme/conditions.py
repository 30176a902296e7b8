"""Conditions: Jinja expressions over a member's facts, read by the sandbox of the mails.

``channel == 'offline' and not goals.account_registered``. The mail layer's reading of Jinja is the
one thing this layer takes from there: whoever can read a mail can read a condition. Of Jinja's
expressions only those are let in whose truth a lint can decide: names, constants, comparisons of
one with the other, and, or, not.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from jinja2 import TemplateError, nodes
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chalicelib.domain.standing import Kind, kind_of
from chalicelib.mail.environment import sandbox
from chalicelib.mail.tree_builder import expression_tree
from chalicelib.programme.compiled_condition import CompiledCondition, ConditionError

MAX_CHARS = 500
Constant = str | int | bool
_GROUPS = ("goals", "balances", "standing")
_ORDERS = ("lt", "lteq", "gt", "gteq")
_MEMBERSHIPS = ("in", "notin")
_COMPARISONS = "Write it like tier == 'gold' or tier in ['gold', 'platinum']"
_EXAMPLE = "channel == 'offline' and not goals.account_registered"


def compile_condition(text: str) -> CompiledCondition:
    """Compile, or raise ``ConditionError``. Whether the names are declared is not asked here."""
    expression = _parse(text)
    for _ in _uses(expression):
        pass  # whatever is no name or constant is refused on the way
    return CompiledCondition.of(text, expression_tree(expression))


def names_in(text: str) -> Mapping[str, frozenset[Constant]]:
    """Return the facts that a condition names: "channel", "goals.app_installed", ….

    Each with the constants that it is compared with.
    """
    names: dict[str, set[Constant]] = {}
    for name, constants in _uses(_parse(text)):
        names.setdefault(name, set()).update(constants)
    return {name: frozenset(constants) for name, constants in names.items()}


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    return sandbox(autoescape=False)


def _parse(text: str) -> nodes.Expr:
    if len(text) > MAX_CHARS:
        raise ConditionError("the condition is too long", f"Stay within {MAX_CHARS} characters")
    try:
        parser = Parser(_environment(), text, state="variable")
        expression = parser.parse_expression()
    except TemplateError as error:
        raise ConditionError(
            f"`{text}` is no condition: {str(error.message).rstrip('.')}",
            f"Write it like {_EXAMPLE}",
        ) from error
    except RecursionError:
        raise ConditionError("the condition is nested too deep", "Take brackets out") from None
    if not parser.stream.eos:
        rest = parser.stream.current.value
        raise ConditionError(
            f"`{text}` goes on after its end, at {rest!r}", f"Write it like {_EXAMPLE}"
        )
    return expression


def _uses(node: nodes.Expr) -> Iterator[tuple[str, list[Constant]]]:
    """Walk through and, or, not; yield each name with what it is compared with there."""
    match node:
        case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
            yield from _uses(left)
            yield from _uses(right)
        case nodes.Not(node=inner):
            yield from _uses(inner)
        case nodes.Const(value=bool()):
            return
        case nodes.Compare(expr=first, ops=operands):
            for left, operand in zip([first, *(o.expr for o in operands)], operands, strict=False):
                yield _compared(left, operand.op, operand.expr)
        case _:
            yield _name(node), []


def _compared(left: nodes.Expr, operator: str, right: nodes.Expr) -> tuple[str, list[Constant]]:
    """Return the name and the constants of one comparison of the one with the other."""
    if _constants(left) is not None and operator not in _MEMBERSHIPS:
        left, right = right, left
    constants = _constants(right)
    if constants is None or _constants(left) is not None:
        raise ConditionError("a comparison needs a name and a constant", _COMPARISONS)
    if (operator in _MEMBERSHIPS) is not isinstance(right, nodes.List | nodes.Tuple):
        raise ConditionError("`in` goes with a list, the signs with one constant", _COMPARISONS)
    name = _name(left)
    _check_kind(name, operator, constants)
    return name, constants


def _constants(node: nodes.Expr) -> list[Constant] | None:
    """Return the value of a constant, the values of a list of constants, or None."""
    match node:
        case nodes.Const(value=value):
            return [value]
        case nodes.Neg(node=nodes.Const(value=int(value))):
            return [-value]
        case nodes.List(items=items) | nodes.Tuple(items=items):
            values = [item.value for item in items if isinstance(item, nodes.Const)]
            return values if len(values) == len(items) else None
        case _:
            return None


def _check_kind(name: str, operator: str, constants: list[Constant]) -> None:
    """Refuse comparisons that have the same answer for everybody, or one by the alphabet."""
    kind, example = _kind(name)
    if any(type(constant) is not kind for constant in constants):
        raise ConditionError(
            f"`{name}` is compared with {', '.join(map(repr, constants))}",
            f"Write it like {name} {example}",
        )
    if operator in _ORDERS and kind is not int:
        raise ConditionError(
            f"`{name}` is no number, and has no more and less",
            f"Write the values out, like {name} in [...]",
        )


def _kind(name: str) -> tuple[type[Constant], str]:
    if name.startswith("goals."):
        return bool, "or not " + name
    if name.startswith("balances."):
        return int, ">= 500"
    if name.startswith("standing."):
        return _kind_of_standing(name)
    return str, "== '…'"


def _kind_of_standing(name: str) -> tuple[type[Constant], str]:
    match kind_of(name.removeprefix("standing.")):
        case Kind.AMOUNT:
            return int, ">= 500"
        case Kind.SWITCH:
            return bool, "or not " + name
        case Kind.DAY:
            raise ConditionError(
                f"`{name}` is a day, and no day can be written here",
                f"Ask whether there is one: {name} or not {name}",
            )
        case _:
            return str, "== '…'"


def _name(node: nodes.Expr) -> str:
    match node:
        case nodes.Name(name=name) if name not in _GROUPS:
            return str(name)
        case nodes.Name(name=name):
            raise ConditionError(f"`{name}` alone says nothing", f"Name one of them: {name}.…")
        case nodes.Getattr(node=nodes.Name(name=group), attr=name):
            return f"{group}.{name}"
        case nodes.Getitem(node=nodes.Name(name=group), arg=nodes.Const(value=str(name))):
            return f"{group}.{name}"
        case _:
            raise ConditionError(
                f"a condition can't have a {type(node).__name__.lower()} here",
                f"Only names, constants, comparisons, and, or, not: {_EXAMPLE}",
            )
