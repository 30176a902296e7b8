"""Where the links of a mail lead, as a person wrote them.

Every web address is one of the programme's `links`: there it is tracked, checked and changed in
one place. A link gets one fault at most, the worst.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element  # a tree, no parser of it # nosec B405

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail.catalogue import Catalogue, forms
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail.sources import Source
from chalicelib.mail_lint.source_files import html_files, plain_sources

SCHEMES = frozenset({"https", "mailto", "tel", "sms"})
_LEADS = frozenset({"a", "area", "mj-button", "mj-navbar-link", "mj-social-element"})
_FOLLOWED_BY_NOBODY = frozenset({"base", "link", "mj-font"})
_NOWHERE = frozenset({"", "#", "javascript:;", "javascript:void(0)", "javascript:void(0);"})
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
_VALUE = re.compile(r"\{\{-?\s*(\w+)(\.\w+|\[[^\]]*\])?.*?\}\}", re.DOTALL)
_WEB_ADDRESS = re.compile(r"\bhttps?://[^\s\"'<>)]+", re.IGNORECASE)
_DECLARE = "Name it under `links` in programme.yaml, and write {{ links.… }} here"


def link_problems(mails: SourceMails) -> Iterator[Problem]:
    for file in html_files(mails):
        for element in file.elements():
            if fault := _fault(element, file.source.text):
                yield file.problem(element, *fault)
    for source in plain_sources(mails):
        yield from _addresses_in_text(source)
    for catalogue in mails.catalogues.values():
        yield from _addresses_in_translations(catalogue)


def _fault(element: Element, text: str) -> tuple[str, str, LintRule] | None:
    if element.tag in _FOLLOWED_BY_NOBODY:
        return None
    href = element.get("href")
    is_anchor = element.tag == "a" and not {"name", "id"}.isdisjoint(element.keys())
    if href is None and (element.tag not in _LEADS or is_anchor):
        return None
    href = (href or "").strip()
    if href.lower() in _NOWHERE:
        what = f"<{element.tag}> leads nowhere"
        return what, "Give it an href, or take the link away", LintRule.EMPTY_LINK
    if scheme := _SCHEME.match(href):
        return _fault_of_address(href, scheme[1].lower())
    return _fault_of_value(href, text)


def _fault_of_address(href: str, scheme: str) -> tuple[str, str, LintRule] | None:
    if scheme == "http":
        return f"{href} is not https", f"{_DECLARE}, with https", LintRule.INSECURE_LINK
    if scheme not in SCHEMES:
        what = f"{href}: mail programs do not open `{scheme}:`"
        return what, f"Use one of {', '.join(sorted(SCHEMES))}", LintRule.UNKNOWN_SCHEME
    if scheme == "https":
        return f"{href} is not one of `links`", _DECLARE, LintRule.UNTRACKED_LINK
    return None


def _fault_of_value(href: str, text: str) -> tuple[str, str, LintRule] | None:
    """A value is one of `links`, or what a `trans` calls one of them."""
    value = _VALUE.match(href)
    if value is None:
        what = f"{href} is no whole address"
        return what, "Write one that begins with https:", LintRule.UNKNOWN_SCHEME
    is_link = value[1] == "links" or re.search(rf"\b{value[1]}\s*=\s*links\b", text)
    if is_link:
        return None
    return f"{value[0]} is not one of `links`", _DECLARE, LintRule.UNTRACKED_LINK


def _addresses_in_text(source: Source) -> Iterator[Problem]:
    for number, line in enumerate(source.text.splitlines(), source.line):
        for address in _WEB_ADDRESS.findall(line):
            yield _literal(source.file, number, address)


def _addresses_in_translations(catalogue: Catalogue) -> Iterator[Problem]:
    for entry in catalogue.written:
        said = "\n".join(forms(entry.string))
        for address in _WEB_ADDRESS.findall(said) if entry.id else ():
            yield _literal(catalogue.file, entry.lineno or 1, address)


def _literal(file: str, line: int, address: str) -> Problem:
    if address.lower().startswith("http:"):
        return Problem(
            file, line, f"{address} is not https", f"{_DECLARE}, with https", LintRule.INSECURE_LINK
        )
    what = f"{address} is not one of `links`"
    return Problem(file, line, what, _DECLARE, LintRule.UNTRACKED_LINK)
