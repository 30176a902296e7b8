"""The styles that a person wrote in a template: declarations and at-rules, with their lines.

What stands behind `@media` or `@supports` is for mail programs that understand it, so nothing
there can break a mail; it is passed over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element  # a tree, no parser of it # nosec B405

import tinycss2
from tinycss2 import ast

from chalicelib.mail_lint.markup import line_of
from chalicelib.mail_lint.source_files import SourceFile

STYLE_ELEMENTS = frozenset({"mj-style", "style"})


@dataclass(frozen=True, slots=True)
class Declaration:
    """`color: red` on a line, and the names of all that are declared together with it."""

    name: str
    value: tuple[ast.Node, ...]
    line: int
    selector: str
    together: frozenset[str]

    @property
    def text(self) -> str:
        return str(tinycss2.serialize(self.value)).strip().lower()

    def nodes(self) -> Iterator[ast.Node]:
        yield from _nodes(self.value)


def declarations(file: SourceFile) -> Iterator[Declaration]:
    """Yield those of `style` attributes, and of style elements outside any condition."""
    for element in file.elements():
        if style := element.get("style"):
            yield from block(style, line_of(element))
        if element.tag in STYLE_ELEMENTS:
            yield from _of_sheet(element)


def at_rules(file: SourceFile) -> Iterator[tuple[str, int]]:
    """Yield each at-rule's name and line."""
    for element in file.elements():
        if element.tag in STYLE_ELEMENTS:
            for rule in _rules(element):
                if isinstance(rule, ast.AtRule):
                    yield rule.lower_at_keyword, line_of(element) + rule.source_line - 1


def block(css: str, line: int, selector: str = "") -> Iterator[Declaration]:
    """Yield the declarations of a block; `line` is the one it begins on."""
    found = tinycss2.parse_blocks_contents(css, skip_comments=True, skip_whitespace=True)
    valid = [each for each in found if isinstance(each, ast.Declaration)]
    together = frozenset(each.lower_name for each in valid)
    for each in valid:
        at = line + each.source_line - 1
        yield Declaration(each.lower_name, tuple(each.value), at, selector, together)


def _of_sheet(element: Element) -> Iterator[Declaration]:
    for rule in _rules(element):
        if isinstance(rule, ast.QualifiedRule):
            prelude = tinycss2.serialize(rule.prelude)
            line = line_of(element) + rule.source_line - 1 + prelude.count("\n")
            yield from block(tinycss2.serialize(rule.content), line, prelude.strip())


def _rules(element: Element) -> list[ast.Node]:
    css = "".join(element.itertext())
    return list(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))


def _nodes(nodes: tuple[ast.Node, ...]) -> Iterator[ast.Node]:
    for node in nodes:
        yield node
        for inner in ("arguments", "content"):
            yield from _nodes(tuple(getattr(node, inner, ())))
