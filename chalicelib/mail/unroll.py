"""A page's loops, written out before it becomes data, so that no data ever loops.

`{% for topic in topics %}` is the body once for each topic; nothing else can be gone through, and
no loop stands in another.
"""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy

from jinja2 import TemplateSyntaxError, nodes
from jinja2.visitor import NodeTransformer

from chalicelib.mail.choices import CHOSEN, OF_AN_ENTRY, Entry, Lists


def unrolled(body: Iterable[nodes.Node], lists: Lists) -> list[nodes.Node]:
    """Return the statements with their loops written out; TemplateSyntaxError for a wrong one."""
    written: list[nodes.Node] = []
    for statement in body:
        written.extend(_written_out(statement, lists))
    return written


def _written_out(statement: nodes.Node, lists: Lists) -> Iterator[nodes.Node]:
    if not isinstance(statement, nodes.For):
        yield _within(statement, lists)
        return
    name = _name_of_entries(statement)
    for entry in lists.get(f"{name}s", ()):
        for each in _copied(statement.body):
            yield _Entry(name, entry).visit(each)


def _within(statement: nodes.Node, lists: Lists) -> nodes.Node:
    """An `if` may have loops in its branches; an entry's name means nothing outside of its loop."""
    outside = statement.test if isinstance(statement, nodes.If) else statement
    for name in outside.find_all(nodes.Name):
        if name.name in OF_AN_ENTRY:
            raise TemplateSyntaxError(f"{name.name!r} stands in no loop", name.lineno)
    if isinstance(statement, nodes.If):
        statement.body = unrolled(statement.body, lists)
        statement.else_ = unrolled(statement.else_, lists)
        statement.elif_ = [_within(branch, lists) for branch in statement.elif_]  # type: ignore[misc]
    return statement


def _name_of_entries(loop: nodes.For) -> str:
    target, source = loop.target, loop.iter
    bare = not (loop.else_ or loop.test or loop.recursive or any(loop.find_all(nodes.For)))
    match target, source:
        case nodes.Name(name=str(name)), nodes.Name(name=of) if (
            bare and name in OF_AN_ENTRY and of == f"{name}s"
        ):
            return name
    loops = " or ".join(f"{{% for {name} in {name}s %}}" for name in OF_AN_ENTRY)
    raise TemplateSyntaxError(f"a page loops as {loops}, and in no other loop", loop.lineno)


def _copied(body: Sequence[nodes.Node]) -> list[nodes.Node]:
    """Copy the nodes, but not Jinja's environment, which each of them holds."""
    kept = {id(node.environment): node.environment for node in body}
    return deepcopy(list(body), kept)


class _Entry(NodeTransformer):
    """Puts one entry's values where its name stands."""

    def __init__(self, name: str, entry: Entry) -> None:
        self._name, self._entry = name, entry
        self._has = ", ".join((*entry, CHOSEN))

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 - Jinja's own name
        if node.name == self._name:
            raise TemplateSyntaxError(f"a {self._name} is no text; it has {self._has}", node.lineno)
        return node

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802 - Jinja's own name
        """`topic.title` is a text; `topic.chosen` is asked of the values, by the topic's name."""
        if not (isinstance(node.node, nodes.Name) and node.node.name == self._name):
            return self.generic_visit(node)
        if node.attr == CHOSEN:
            choices = nodes.Name("choices", "load", lineno=node.lineno)
            key = f"{self._name}.{self._entry['name']}"
            return nodes.Getattr(choices, key, "load", lineno=node.lineno)
        if node.attr not in self._entry:
            raise TemplateSyntaxError(f"a {self._name} has {self._has}", node.lineno)
        return nodes.Const(self._entry[node.attr], lineno=node.lineno)
