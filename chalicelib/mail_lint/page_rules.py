"""What screen readers and mail programs need of a page: language, title, headings, styles."""

from collections.abc import Iterator

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail_lint.markup import is_hidden, words_of
from chalicelib.mail_lint.rendition import Places, Rendition

MAX_STYLE_BYTES = 16_384
"""Of all <style> elements together; Gmail drops those with which it is passed."""
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_NO_LANGUAGE = ("", "und")


def page_problems(rendition: Rendition, places: Places) -> Iterator[Problem]:
    tree = rendition.tree
    if rendition.page.get("lang", "").lower() in _NO_LANGUAGE:
        what, cure = "the HTML has no language", 'Write <mjml lang="{{ language }}">'
        yield places.of_part(rendition, "html", what, cure, LintRule.NO_LANGUAGE)
    title = tree.find(".//title")
    # A title that is empty as the subject is empty is the subject's fault.
    if title is None or (rendition.rendered.subject and not (title.text or "").strip()):
        what, cure = "the HTML has no title", "Write <mj-title>{{ subject }}</mj-title>"
        yield places.of_part(rendition, "html", what, cure, LintRule.NO_TITLE)
    size = sum(len("".join(style.itertext()).encode()) for style in tree.iter("style"))
    if size > MAX_STYLE_BYTES:
        what = f"the styles have {size:,} bytes, over {MAX_STYLE_BYTES:,}"
        cure = "Shorten them; Gmail drops what is longer"
        yield places.of_part(rendition, "html", what, cure, LintRule.STYLE_TOO_LARGE)
    yield from _headings(rendition, places)


def _headings(rendition: Rendition, places: Places) -> Iterator[Problem]:
    before = 0
    for element in rendition.tree.iter():
        if element.tag in HEADINGS and not is_hidden(element):
            level = HEADINGS.index(element.tag) + 1
            if level > before + 1:
                after = f"<h{before}>" if before else "no other heading"
                what = f"<h{level}> comes after {after}"
                cure = f"Make it <h{before + 1}>; its size is a matter of style"
                said = words_of(element)
                yield places.of_text(rendition, said, what, cure, LintRule.HEADING_ORDER)
            before = level
