"""What was written and should not be read: leftovers, markup in texts, tables without a role.

These are looked for in the files, not in rendered mails: a member's own name may look like
markup, and is none of the author's doing.
"""

import re
from collections.abc import Iterator

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail.catalogue import forms
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail_lint.source_files import all_sources, body_file, html_files, plain_sources
from chalicelib.mail_lint.tables import words

PAGES = (
    "copy_gone",
    "invalid_link",
    "preferences",
    "preferences_saved",
    "unsubscribe",
    "unsubscribed",
)
"""What the engine shows to whoever follows a link of its own."""
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_MARKUP = re.compile(r"</?[a-z][a-z0-9]*(\s[^<>]*)?/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(#[0-9]{2,6}|#x[0-9a-f]{2,6}|[a-z]{2,8}[0-9]?);", re.IGNORECASE)
_DATA = frozenset({"th", "caption"})


def writing_problems(mails: SourceMails) -> Iterator[Problem]:
    yield from _leftovers(mails)
    yield from _markup_in_texts(mails)
    yield from _tables(mails)


def _leftovers(mails: SourceMails) -> Iterator[Problem]:
    texts = [(each.file, each.line, each.text) for each in all_sources(mails)]
    for catalogue in mails.catalogues.values():
        for entry in catalogue.written:
            if entry.id:
                said = " ".join(forms(entry.string)).replace("\n", " ")
                texts.append((catalogue.file, entry.lineno or 1, said))
    for file, begin, text in texts:
        for number, line in enumerate(_COMMENT.sub(_line_breaks, text).splitlines(), begin):
            if found := words().leftovers.search(line):
                what, cure = f"left over from writing: {found[0]!r}", "Write what is meant"
                yield Problem(file, number, what, cure, LintRule.LEFTOVER)


def _markup_in_texts(mails: SourceMails) -> Iterator[Problem]:
    for source in plain_sources(mails):
        for number, line in enumerate(source.text.splitlines(), source.line):
            for pattern, kind in ((_MARKUP, "a tag"), (_ENTITY, "an entity")):
                if found := pattern.search(line):
                    what = f"{kind} in what is plain text: {found[0]}"
                    cure = "Write the character itself; a text has no markup"
                    yield Problem(source.file, number, what, cure, LintRule.MARKUP_IN_TEXT)


def _tables(mails: SourceMails) -> Iterator[Problem]:
    """A table with headings is one of data; MJML marks the tables that it makes itself."""
    for file in html_files(mails):
        for element in file.elements():
            of_data = any(cell.tag in _DATA for cell in element.iter())
            if element.tag == "table" and not element.get("role") and not of_data:
                what, cure = "<table> has no role", 'Write role="presentation", or <mj-table>'
                yield file.problem(element, what, cure, LintRule.TABLE_ROLE)


def missing_pages(mails: SourceMails) -> Iterator[Problem]:
    for page in PAGES:
        if page not in mails.page_parts:
            file = str(mails.folder / "pages" / f"{page}.html")
            what, cure = f"there is no page {page!r}", "Write it; links in mails open it"
            yield Problem(file, 1, what, cure, LintRule.MISSING_PAGE)


def text_bodies(mails: SourceMails) -> Iterator[Problem]:
    """Yield mails whose own text is empty, whatever the frame around it says."""
    for mail, parts in mails.parts.items():
        file = body_file(mails, mail, "text")
        body = next((each for each in parts["text"].document.sources if each.file == file), None)
        if body is not None and not body.text.strip():
            what, cure = f"mail {mail!r} has no text of its own", "Say in it what the HTML says"
            yield Problem(file, 1, what, cure, LintRule.NO_TEXT)


def _line_breaks(comment: re.Match[str]) -> str:
    return "\n" * comment[0].count("\n")
