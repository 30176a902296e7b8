"""Text against what is behind it, as WCAG 2.2 measures contrast: light, dark, without <style>.

Known limits: a picture behind a text counts as the colour given beside it; what a mail program
does to colours of its own accord is not known; sizes other than px are estimated.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import cssselect2
from tinycss2.color3 import RGBA, parse_color

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail_lint.cascade import MAX_KEPT, Sheet, Values
from chalicelib.mail_lint.markup import UNREAD
from chalicelib.mail_lint.rendition import Places, Rendition

LEAST_CONTRAST = 4.5
LEAST_CONTRAST_LARGE = 3.0
LARGE_PX = 24.0
LARGE_BOLD_PX = 18.66
LINK_COLOUR = "#0000ee"  # what browsers and mail programs give a link that has none
LINEAR_BELOW = 0.04045
MAX_EXAMPLE_CHARS = 40
_BLACK, _WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
_BOLD = frozenset({"bold", "bolder", "600", "700", "800", "900"})
_BOLD_TAGS = frozenset({"b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"})
_TAG_SCALE = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "small": 0.83}
_SIZE = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(px|pt|em|rem|%)")
_PX = {"px": 1.0, "pt": 4 / 3, "rem": 16.0}
_TOKEN = re.compile(r"[\w-]+\([^()]*(?:\([^()]*\)[^()]*)*\)|[^\s]+")

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """How a text in an element is drawn; `ground` is the nearest colour behind it."""

    ink: Colour
    ground: Colour
    px: float
    bold: bool

    @property
    def least(self) -> float:
        large = self.px >= LARGE_PX or (self.bold and self.px >= LARGE_BOLD_PX)
        return LEAST_CONTRAST_LARGE if large else LEAST_CONTRAST


PLAIN = Look(_BLACK, _WHITE, 16.0, bold=False)


def contrast_problems(
    rendition: Rendition, places: Places, told: set[tuple[str, ...]]
) -> Iterator[Problem]:
    """Tell two colours once a mail, by the first text and scheme; `told` are those of before."""
    page = _Part.of(cssselect2.ElementWrapper.from_html_root(rendition.page))
    for scheme, sheet in _sheets(rendition):
        for text, look in page.texts(sheet, PLAIN) if page else ():
            ratio = contrast(look.ink, look.ground)
            pair = (rendition.mail, _hex(look.ink), _hex(look.ground))
            if ratio < look.least and pair not in told:
                told.add(pair)
                what = (
                    f"{text[:MAX_EXAMPLE_CHARS]!r} is {_hex(look.ink)} on {_hex(look.ground)}, "
                    f"{ratio:.1f}:1 and not {look.least}:1, {scheme},"
                )
                cure = "Take a darker or a lighter colour"
                yield places.of_text(rendition, text, what, cure, LintRule.CONTRAST)


def _sheets(rendition: Rendition) -> Iterator[tuple[str, Sheet]]:
    yield "in a light scheme", Sheet.of(rendition.page, dark=False)
    yield "in a dark scheme", Sheet.of(rendition.page, dark=True)
    yield "where <style> is dropped", Sheet.none()


def contrast(one: Colour, other: Colour) -> float:
    """1 for the same colour, 21 for black on white."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@dataclass(frozen=True, slots=True)
class _Part:
    """An element that a person may read: looked at in every scheme, and walked to only once.

    ``inside`` are its texts and elements, in their order.
    """

    element: cssselect2.ElementWrapper
    inside: tuple["str | _Part", ...]

    @classmethod
    def of(cls, element: cssselect2.ElementWrapper) -> "_Part | None":
        tree = element.etree_element
        if tree.tag in UNREAD:
            return None
        inside: list[str | _Part | None] = [_read(tree.text)]
        for child in element.iter_children():
            inside += cls.of(child), _read(child.etree_element.tail)
        return cls(element, tuple(filter(None, inside)))

    def texts(self, sheet: Sheet, around: Look) -> list[tuple[str, Look]]:
        """Return each text that a person reads, with its look."""
        values = sheet.values(self.element)
        if _is_hidden(values):
            return []
        tree = self.element.etree_element
        look = _look(tree.tag, tree.get("bgcolor", ""), values, around)
        found: list[tuple[str, Look]] = []
        for each in self.inside:
            found += [(each, look)] if isinstance(each, str) else each.texts(sheet, look)
        return found


def _read(text: str | None) -> str:
    """Return the text on one line; an ornament of a sign or two is none."""
    read = any(character.isalnum() for character in text or "")
    return " ".join((text or "").split()) if read else ""


def _is_hidden(values: Values) -> bool:
    return (
        values.get("display") == "none"
        or values.get("visibility") == "hidden"
        or values.get("opacity") == "0"
    )


def _look(tag: str, bgcolor: str, values: Values, around: Look) -> Look:
    ink, ground = around.ink, around.ground
    for colour in _colours(values.get("background-color", bgcolor)):
        ground = _over(colour, ground)
    for colour in _colours(values.get("color", LINK_COLOUR if tag == "a" else "")):
        ink = _over(colour, ground)
    return Look(
        ink,
        ground,
        px=_px(values.get("font-size", ""), around.px * _TAG_SCALE.get(tag, 1.0), around.px),
        bold=_bold(tag, values.get("font-weight", ""), inherited=around.bold),
    )


def _bold(tag: str, weight: str, *, inherited: bool) -> bool:
    if not weight or weight == "inherit":
        return inherited or (not weight and tag in _BOLD_TAGS)
    return weight in _BOLD


def _px(size: str, unless_given: float, inherited: float) -> float:
    if size == "inherit":
        return inherited
    found = _SIZE.fullmatch(size)
    if found is None:
        return unless_given
    number, unit = float(found[1]), found[2]
    return number * _PX[unit] if unit in _PX else inherited * number / (100 if unit == "%" else 1)


@lru_cache(maxsize=MAX_KEPT)
def _colours(value: str) -> tuple[RGBA, ...]:
    """Return the colour among the words of a value, if there is one; few stand in many places."""
    colours = map(parse_color, _TOKEN.findall(value))
    return tuple(colour for colour in colours if isinstance(colour, RGBA))


def _over(colour: RGBA, ground: Colour) -> Colour:
    """What is seen of a colour that lets the ground through."""
    red, green, blue, alpha = colour
    mixed = [c * alpha + g * (1 - alpha) for c, g in zip((red, green, blue), ground, strict=True)]
    return mixed[0], mixed[1], mixed[2]


def _luminance(colour: Colour) -> float:
    red, green, blue = map(_linear, colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    """From sRGB, as WCAG 2.2 defines relative luminance."""
    return channel / 12.92 if channel <= LINEAR_BELOW else float(((channel + 0.055) / 1.055) ** 2.4)


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in colour)
