"""Templates held against what big mail programs lack, and fonts that not every machine has.

What a person wrote is looked at, not what MJML made of it: that is MJML's own trade, and each of
its tricks has its fallback beside it.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element  # a tree, no parser of it # nosec B405

from tinycss2 import ast

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail_lint.image_rules import IMAGES
from chalicelib.mail_lint.source_files import SourceFile, html_files
from chalicelib.mail_lint.styles import Declaration, at_rules, declarations
from chalicelib.mail_lint.tables import Feature, client_support

GENERIC_FONTS = frozenset(
    "serif sans-serif monospace cursive fantasy system-ui inherit initial unset".split()  # noqa: SIM905
)


def support_problems(mails: SourceMails) -> Iterator[Problem]:
    for file in html_files(mails):
        for element in file.elements():
            yield from _element(file, element)
        for name, line in at_rules(file):
            yield from _found(file, line, "at_rule", name)
        hovered = {_base(each.selector) for each in declarations(file) if ":hover" in each.selector}
        for declaration in declarations(file):
            yield from _declaration(file, declaration)
            yield from _hidden_but_for_hover(file, declaration, hovered)


def font_problems(mails: SourceMails) -> Iterator[Problem]:
    for file in html_files(mails):
        for element in file.tree.iter():
            if family := element.get("font-family"):
                yield from _fonts(file, element, family)
        for each in declarations(file):
            if each.name == "font-family":
                yield from _fonts(file, each.line, each.text)


def _element(file: SourceFile, element: Element) -> Iterator[Problem]:
    for feature in client_support().of_kind("element"):
        within = feature.find.get("within")
        if feature.matches("element", element.tag) and (
            within is None or file.is_within(element, within)
        ):
            yield _problem(file, element, feature)
    for name in element.attrib:
        yield from _found(file, element, "attribute", name)
    if element.tag in IMAGES:
        yield from _found(file, element, "image", element.get("src", "").strip().lower())


def _declaration(file: SourceFile, declaration: Declaration) -> Iterator[Problem]:
    for feature in client_support().of_kind("property"):
        if (
            feature.matches("property", declaration.name)
            and feature.matches("values", declaration.text)
            and feature.find.get("unless") not in declaration.together
        ):
            yield _problem(file, declaration.line, feature)
    for node in declaration.nodes():
        if isinstance(node, ast.FunctionBlock):
            yield from _found(file, declaration.line, "function", node.lower_name)
        if isinstance(node, ast.DimensionToken):
            yield from _found(file, declaration.line, "unit", node.lower_unit)


def _hidden_but_for_hover(
    file: SourceFile, declaration: Declaration, hovered: set[str]
) -> Iterator[Problem]:
    """A colour that changes under the pointer is an ornament; a text that appears there is not."""
    hides = (declaration.name, declaration.text) in {
        ("display", "none"),
        ("visibility", "hidden"),
        ("opacity", "0"),
    }
    if hides and declaration.selector in hovered:
        yield from _found(file, declaration.line, "pseudo_class", "hover")


def _base(selector: str) -> str:
    return selector.replace(":hover", "")


def _found(file: SourceFile, at: Element | int, kind: str, value: str) -> Iterator[Problem]:
    for feature in client_support().of_kind(kind):
        if feature.matches(kind, value):
            yield _problem(file, at, feature)


def _problem(file: SourceFile, at: Element | int, feature: Feature) -> Problem:
    return file.problem(at, feature.what, feature.instead, LintRule.CLIENT_SUPPORT)


def _fonts(file: SourceFile, at: Element | int, family: str) -> Iterator[Problem]:
    last = family.rpartition(",")[2].replace("!important", "").strip(" '\"").lower()
    if last not in GENERIC_FONTS and not last.startswith("{{"):
        what = f"the fonts `{family}` end in none that every machine has"
        cure = "End the list in serif, sans-serif or monospace"
        yield file.problem(at, what, cure, LintRule.FONT_FALLBACK)
