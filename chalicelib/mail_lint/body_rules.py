"""What a member reads in a mail, and whether the text part says the same."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element  # a tree, no parser of it # nosec B405

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail.language import language_tag
from chalicelib.mail_lint.markup import lines_of
from chalicelib.mail_lint.rendition import Places, Rendition
from chalicelib.mail_lint.tables import words

MIN_WORD_CHARS = 4
LEAST_SHARE_SAID = 2 / 3
MIN_CHARS_BESIDE_IMAGES = 400
CHARS_PER_PIXEL = 0.002
"""Both as SpamAssassin has them: HTML_IMAGE_ONLY_04 and HTML_IMAGE_RATIO_02."""
MIN_IMAGE_PIXELS = 10_000
"""A logo, an icon or a line carries no text."""
_WORD = re.compile(rf"\w{{{MIN_WORD_CHARS},}}")
_PUNCTUATION = " \t.,:;!?…→»›>-–—"  # noqa: RUF001
_SPACED_BEFORE_PUNCTUATION = frozenset({"fr"})
_HOLLOW = (
    re.compile(r"[,;:]\s*[!.,;?](?![.\w])"),
    re.compile(r"(?m)^[^\S\n]*[,;](?=\s|$)"),
    re.compile(r"\(\s*\)|«\s*»|“\s*”|„\s*“"),
    re.compile(r"\b(None|null|undefined|NaN)\b(?= *(?:[,.!?;:)»”]|$))", re.MULTILINE),
    re.compile(r"\{\{|\}\}|\{%|%\}|%\(\w+\)s"),
)
_SPACE_BEFORE = re.compile(r"(?<=\w) +[,!.;?](?=\s|$)", re.MULTILINE)
_OPENED = ("https:", "http:", "mailto:", "tel:", "sms:")
_NUMBER = re.compile(r"\s*([0-9]+)")


def body_problems(rendition: Rendition, places: Places) -> Iterator[Problem]:
    yield from _links(rendition, places)
    yield from _images_alone(rendition, places)


def text_problems(rendition: Rendition, places: Places) -> Iterator[Problem]:
    """Hold the text part against the HTML; there has to be one."""
    yield from _said_in_text(rendition, places)
    yield from _linked_in_text(rendition, places)


def hollow_problems(rendition: Rendition, places: Places) -> Iterator[Problem]:
    """`rendition` is of a member of whom nothing is known; each part is held to be whole."""
    rendered = rendition.rendered
    for part, text in (("subject", rendered.subject), ("preheader", rendered.preheader)):
        if gap := _gap(text, rendition.locale):
            what, cure = f"has a gap, {gap!r},", "Say it otherwise when the value is not known"
            yield places.of_headline(rendition, part, what, cure, LintRule.HOLLOW_TEXT)
    for part, text in (("html", lines_of(rendition.tree)), ("text", rendered.text)):
        if gap := _gap(text, rendition.locale):
            what = f"the {part} has a gap where a value is not known: {gap!r}"
            cure = "Put the sentence into {% if … %}, and say it otherwise in {% else %}"
            yield places.of_part(rendition, part, what, cure, LintRule.HOLLOW_TEXT)


def _gap(text: str, locale: str) -> str | None:
    patterns = list(_HOLLOW)
    if language_tag(locale).partition("-")[0] not in _SPACED_BEFORE_PUNCTUATION:
        patterns.append(_SPACE_BEFORE)
    for pattern in patterns:
        if found := pattern.search(text):
            around = text[max(0, found.start() - 20) : found.end() + 10]
            return " ".join(around.split())
    return None


def _links(rendition: Rendition, places: Places) -> Iterator[Problem]:
    vague = words().vague_links.get(language_tag(rendition.locale).partition("-")[0], frozenset())
    for href, said in rendition.links:
        if not said:
            what = "a link has no text, and no image with an alt text"
            cure = "Write in it where it leads"
            yield places.of_text(rendition, href, what, cure, LintRule.SILENT_LINK)
        elif said.strip(_PUNCTUATION).casefold() in vague:
            what, cure = f"a link says only {said!r}", "Say in the link itself where it leads"
            yield places.of_text(rendition, said, what, cure, LintRule.VAGUE_LINK_TEXT)


def _linked_in_text(rendition: Rendition, places: Places) -> Iterator[Problem]:
    text = rendition.rendered.text
    unsaid = (
        said or href
        for href, said in rendition.links
        if href.startswith(_OPENED) and _address(href) not in text
    )
    for said in dict.fromkeys(unsaid):
        what, cure = f"the link {said!r} is in the HTML and not in the text", "Write it there too"
        yield places.of_part(rendition, "text", what, cure, LintRule.LINK_NOT_IN_TEXT)


def _address(href: str) -> str:
    return href.partition(":")[2].partition("?")[0] if not href.startswith("http") else href


def _said_in_text(rendition: Rendition, places: Places) -> Iterator[Problem]:
    wanted = set(_WORD.findall(rendition.words.casefold()))
    said = wanted & set(_WORD.findall(rendition.rendered.text.casefold()))
    if len(said) < LEAST_SHARE_SAID * len(wanted):
        what = f"the text part has {len(said)} of the {len(wanted)} words of the HTML"
        cure = "Say there what the HTML says; some read nothing else"
        yield places.of_part(rendition, "text", what, cure, LintRule.TEXT_INCOMPLETE)


def _images_alone(rendition: Rendition, places: Places) -> Iterator[Problem]:
    pixels = sum(area for area in map(_pixels, rendition.tree.iter("img")) if area)
    alts = (image.get("alt", "").strip() for image in rendition.tree.iter("img"))
    said = len(rendition.words) - sum(len(alt) + 1 for alt in alts if alt)
    wanted = max(MIN_CHARS_BESIDE_IMAGES, round(pixels * CHARS_PER_PIXEL))
    if pixels and said < wanted:
        what = f"{said} characters of text beside {pixels:,} pixels of images"
        cure = f"Write at least {wanted} characters; many see no images"
        yield places.of_part(rendition, "html", what, cure, LintRule.IMAGE_ONLY)


def _pixels(image: Element) -> int:
    """A height that is left to the image is taken for half of its width."""
    width, height = (_NUMBER.match(image.get(side, "")) for side in ("width", "height"))
    across = int(width[1]) if width else 0
    area = across * (int(height[1]) if height else across // 2)
    return area if area >= MIN_IMAGE_PIXELS else 0
