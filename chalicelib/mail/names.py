"""Which values a template reads, found in its syntax tree without rendering it."""

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import nodes

COMPUTED = "(computed)"


@dataclass(frozen=True, slots=True)
class NameUse:
    """`goals.app_installed` on line 7 is `NameUse("goals", "app_installed", 7)`."""

    name: str
    key: str | None
    line: int


def names_read(tree: nodes.Node) -> Iterator[NameUse]:
    """Yield every name, and once more with its key where one is taken from it."""
    for name in tree.find_all(nodes.Name):
        if name.ctx == "load":
            yield NameUse(name.name, None, name.lineno)
    for attribute in tree.find_all(nodes.Getattr):
        if isinstance(attribute.node, nodes.Name):
            yield NameUse(attribute.node.name, attribute.attr, attribute.lineno)
    for item in tree.find_all(nodes.Getitem):
        if isinstance(item.node, nodes.Name):
            yield NameUse(item.node.name, key_of(item), item.lineno)


def key_of(item: nodes.Getitem) -> str:
    """`goals[tier]` has no key to look up; no declaration has that name either."""
    return str(item.arg.value) if isinstance(item.arg, nodes.Const) else COMPUTED


def names_always_read(tree: nodes.Template) -> Iterator[NameUse]:
    """Only what stands in no `if`, so that every member's copy has it."""
    for statement in tree.body:
        if isinstance(statement, nodes.Output):
            yield from names_read(statement)
