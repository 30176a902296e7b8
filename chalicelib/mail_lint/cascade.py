"""Which styles hold for an element of a rendered mail, in a light and in a dark scheme.

As much of CSS's cascade as colours take: inline styles, `<style>` elements, `!important`,
specificity and order. Of all media queries only that for a dark scheme is followed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from xml.etree.ElementTree import Element  # a tree, no parser of it # nosec B405

import cssselect2
import tinycss2
from tinycss2 import ast

WANTED = frozenset(
    {
        "color",
        "background",
        "background-color",
        "font-size",
        "font-weight",
        "display",
        "visibility",
        "opacity",
    }
)
MAX_KEPT = 1_024
_DARK = re.compile(r"(only)?(screen|all)?(and)?\(prefers-color-scheme:dark\)")

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rules of all style elements, by what they match; `background` is told as its colour."""

    matcher: cssselect2.Matcher

    @classmethod
    def of(cls, tree: Element, *, dark: bool) -> "Sheet":
        styles = (style for style in tree.iter("style") if style.get("media") is None)
        return _sheet(tuple("".join(style.itertext()) for style in styles), dark)

    @classmethod
    def none(cls) -> "Sheet":
        """What is left where a mail program drops style elements."""
        return _sheet((), dark=False)

    def values(self, element: cssselect2.ElementWrapper) -> Values:
        """Return what holds for the element alone, nothing inherited."""
        found = []
        for specificity, order, _, declared in self.matcher.match(element):
            for name, value, important in declared:
                found.append(((important, False, specificity, order), name, value))
        for name, value, important in _declared(element.etree_element.get("style", "")):
            found.append(((important, True, (0, 0, 0), 0), name, value))
        return {name: value for _, name, value in sorted(found, key=lambda each: each[0])}


@lru_cache(maxsize=MAX_KEPT)
def _sheet(styles: tuple[str, ...], dark: bool) -> Sheet:  # noqa: FBT001 - private, and cached
    """Mails of a programme have the same styles, but for what a condition leaves out."""
    matcher = cssselect2.Matcher()
    for css in styles:
        for rule in _rules(tinycss2.parse_stylesheet(css, True, True), dark):  # noqa: FBT003
            _add(matcher, rule)
    return Sheet(matcher)


def _rules(nodes: Sequence[ast.Node], dark: bool) -> Iterator[ast.QualifiedRule]:  # noqa: FBT001
    for node in nodes:
        if isinstance(node, ast.QualifiedRule):
            yield node
        elif isinstance(node, ast.AtRule) and node.lower_at_keyword == "media" and node.content:
            asked = "".join(tinycss2.serialize(node.prelude).split()).lower()
            if dark and _DARK.fullmatch(asked):
                yield from _rules(tinycss2.parse_rule_list(node.content, True, True), dark)  # noqa: FBT003


def _add(matcher: cssselect2.Matcher, rule: ast.QualifiedRule) -> None:
    declared = _declared(tinycss2.serialize(rule.content))
    if declared:
        try:
            for selector in cssselect2.compile_selector_list(rule.prelude):
                if selector.pseudo_element is None:
                    matcher.add_selector(selector, declared)
        except cssselect2.SelectorError:  # nobody can tell what it matches
            return


@lru_cache(maxsize=MAX_KEPT)
def _declared(css: str) -> tuple[tuple[str, str, bool], ...]:
    """Return name, value and importance of each; most styles in a mail stand there many times."""
    nodes = tinycss2.parse_blocks_contents(css, skip_comments=True, skip_whitespace=True)
    return tuple(
        (
            "background-color" if each.lower_name == "background" else each.lower_name,
            tinycss2.serialize(each.value).strip().lower(),
            each.important,
        )
        for each in nodes
        if isinstance(each, ast.Declaration) and each.lower_name in WANTED
    )
