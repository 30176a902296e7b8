"""From Jinja's syntax tree to the data that is rendered, in one language.

Only what is listed here becomes data; everything else that Jinja can say is refused with its
line. What is said is translated now, so that rendering looks no text up.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol

from jinja2 import TemplateSyntaxError, nodes

from chalicelib.mail.expressions import Tree
from chalicelib.mail.filters import FILTERS, MAX_PRECISION, ROUNDINGS

TRANSLATED = ("_", "gettext", "ngettext")
ESCAPES = ("e", "escape")
_PLACE = re.compile(r"%\((\w+)\)s|%%|%")
_OF_LANGUAGES = ("number", "date")
# Each filter's arguments in their order, and what they are when they are not given.
_ARGUMENTS: Mapping[str, Mapping[str, Tree]] = {
    **{name: {} for name in (*FILTERS, *_OF_LANGUAGES)},
    "default": {"default_value": "", "boolean": False},
    "int": {"default": 0},
    "round": {"precision": 0, "method": "common"},
}
_LOGIC_AND_SUMS = (
    nodes.And,
    nodes.Or,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Mod,
)


class Texts(Protocol):
    """A language's texts."""

    def text(self, message: str) -> str:
        """Return the translation, or the English text where there is none."""
        ...

    def forms(self, singular: str, plural: str) -> tuple[str, Sequence[str]]:
        """Return the rule, in C, that numbers the forms, and the forms."""
        ...


def refuse(node: nodes.Node, what: str) -> NoReturn:
    raise TemplateSyntaxError(what, node.lineno)


@dataclass(frozen=True, slots=True)
class ItemsBuilder:
    """Makes the items of one template; `escape` is for HTML and for nothing else."""

    texts: Texts
    escape: bool

    def items(self, body: Iterable[nodes.Node]) -> list[Tree]:
        return merged(item for statement in body for item in self._statement(statement))

    def _statement(self, statement: nodes.Node) -> Iterator[Tree]:
        match statement:
            case nodes.Output(nodes=outputs):
                for output in outputs:
                    yield from self._output(output)
            case nodes.If():
                yield self._if(statement, statement.elif_)
            case _:
                kind = type(statement).__name__.lower()
                refuse(statement, f"a mail has no {kind} statement, only if and trans")

    def _if(self, branch: nodes.If, further: Sequence[nodes.If]) -> Tree:
        """`further` are the branches after this one; `else` stands with the first of them."""
        body = self.items(branch.body)
        return ["if", expression_tree(branch.test), body, self._else(branch, further)]

    def _else(self, branch: nodes.If, further: Sequence[nodes.If]) -> list[Tree]:
        if not further:
            return self.items(branch.else_)
        after = nodes.If(further[0].test, further[0].body, [], branch.else_)
        return [self._if(after, further[1:])]

    def _output(self, node: nodes.Node) -> Iterator[Tree]:
        match node:
            case nodes.TemplateData(data=data):
                yield data
            case nodes.CondExpr(test=test, expr1=one, expr2=other):
                others = merged(self._output(other)) if other else []
                yield ["if", expression_tree(test), merged(self._output(one)), others]
            case nodes.Call(node=nodes.Name(name=name)) if name in TRANSLATED:
                yield from self._translated(node, name)
            case nodes.Filter(name=name, node=nodes.Expr() as inner, args=[], kwargs=[]) if (
                name in ESCAPES
            ):
                yield ["escaped", expression_tree(inner)]
            case _:
                yield ["escaped" if self.escape else "plain", expression_tree(node)]

    def _translated(self, call: nodes.Call, function: str) -> Iterator[Tree]:
        values = _keywords(call)
        match function, call.args:
            case "ngettext", [nodes.Const(value=one), nodes.Const(value=many), count]:
                rule, forms = self.texts.forms(one, many)
                values.setdefault("num", count)
                placed = [merged(self._placed(call, form, values)) for form in forms]
                yield ["plural", rule, expression_tree(count), placed]
            case "_" | "gettext", [nodes.Const(value=str(message))]:
                yield from self._placed(call, self.texts.text(message), values)
            case _:
                refuse(call, f"{function} needs its text as a constant")

    def _placed(
        self, call: nodes.Call, text: str, values: Mapping[str, nodes.Expr]
    ) -> Iterator[Tree]:
        """Yield a text with its values where `%(name)s` stands; `%%` is a percent sign."""
        end = 0
        for place in _PLACE.finditer(text):
            yield text[end : place.start()]
            end = place.end()
            if place[0] == "%":
                refuse(call, f"a lone % in a text: {text!r}")
            elif place[1] is None:
                yield "%"
            elif place[1] not in values:
                refuse(call, f"{text!r} has no value for {place[1]!r}")
            else:
                yield from self._output(values[place[1]])
        yield text[end:]


def merged(items: Iterable[Tree]) -> list[Tree]:
    """Texts that follow each other become one."""
    result: list[Tree] = []
    for item in items:
        if result and isinstance(item, str) and isinstance(result[-1], str):
            result[-1] += item
        elif item:
            result.append(item)
    return result


def expression_tree(node: nodes.Node) -> Tree:
    """Return an expression as data; what is no such expression is refused."""
    match node:
        case nodes.Const(value=str() | int() | float() | None as value):
            return value
        case nodes.Name(name=name):
            return ["name", name]
        case nodes.Getattr(node=nodes.Name(name=group), attr=key):
            return ["key", group, key]
        case nodes.Getitem(node=nodes.Name(name=group), arg=nodes.Const(value=str(key))):
            return ["key", group, key]
        case nodes.Filter():
            return _filter(node)
        case _:
            return _operation(node)


def _operation(node: nodes.Node) -> Tree:
    name = type(node).__name__.lower()
    match node:
        case nodes.BinExpr(left=left, right=right) if isinstance(node, _LOGIC_AND_SUMS):
            return [name, expression_tree(left), expression_tree(right)]
        case nodes.Not() | nodes.Neg() | nodes.Pos():
            return [name, expression_tree(node.node)]
        case nodes.Compare(expr=first, ops=operands):
            rest = [[operand.op, expression_tree(operand.expr)] for operand in operands]
            return ["compare", expression_tree(first), *rest]
        case nodes.CondExpr(test=test, expr1=one, expr2=nodes.Expr() as other):
            return ["choose", *map(expression_tree, (test, one, other))]
        case nodes.List(items=items) | nodes.Tuple(items=items):
            return ["list", *map(expression_tree, items)]
        case _:
            refuse(node, f"a mail can't have a {name} here")


def _filter(node: nodes.Filter) -> Tree:
    name = node.name
    if name in ESCAPES:
        refuse(node, f"the filter {name!r} comes last, in a value of its own")
    if name not in _ARGUMENTS or node.node is None:
        refuse(node, f"No filter named {name!r}.")
    subject = expression_tree(node.node)
    arguments = [expression_tree(each) for each in _bound(node, _ARGUMENTS[name])]
    if name == "default":
        if not isinstance(node.node, nodes.Name | nodes.Getattr | nodes.Getitem):
            refuse(node, "`default` goes with a name")
        return ["default", subject, *arguments]
    if name == "round" and not _is_rounding(*arguments):
        refuse(node, f"`round` takes 0 to {MAX_PRECISION}, then one of {', '.join(ROUNDINGS)}")
    return ["filter", name, subject, *arguments]


def _is_rounding(precision: Tree, method: Tree) -> bool:
    return type(precision) is int and 0 <= precision <= MAX_PRECISION and method in ROUNDINGS


def _bound(node: nodes.Filter, parameters: Mapping[str, Tree]) -> Iterator[nodes.Expr]:
    """Yield all arguments in their order, those that are not given as they are then."""
    given = {**dict(zip(parameters, node.args, strict=False)), **_keywords(node)}
    if len(node.args) > len(parameters) or not given.keys() <= parameters.keys():
        takes = ", ".join(parameters) or "nothing"
        refuse(node, f"the filter {node.name!r} takes {takes}")
    for name, unless_given in parameters.items():
        yield given.get(name, nodes.Const(unless_given))


def _keywords(node: nodes.Filter | nodes.Call) -> dict[str, nodes.Expr]:
    if node.dyn_args or node.dyn_kwargs:
        refuse(node, "arguments stand for themselves, without a *")
    keywords = (keyword for keyword in node.kwargs if isinstance(keyword, nodes.Keyword))
    return {keyword.key: keyword.value for keyword in keywords}
