"""How a mail is shown on a page that can't tell the browser which scheme is on, or block pictures.

Inside a frame the reader's own scheme would hold, so a style for one scheme is made to hold, or
not to hold, whatever the reader's machine prefers. Pictures of the browser's own need none of it.
"""

import re
from dataclasses import dataclass

WIDE, PHONE = 700, 375

_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_ALWAYS, _NEVER = "(min-width:0px)", "(max-width:0px)"
_META = re.compile(
    r"""(<meta\b[^>]*\bname=["']color-scheme["'][^>]*\bcontent=["'])[^"']*""", re.IGNORECASE
)
_DECLARED = re.compile(r"(?<![-\w])(color-scheme\s*:)[^;}\"]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a mail; ``width`` in CSS pixels."""

    name: str
    about: str
    width: int
    dark: bool = False
    images: bool = True


VIEWS = (
    View("wide", f"Wide, {WIDE} px", WIDE),
    View("phone", f"Phone, {PHONE} px", PHONE),
    View("dark", f"Phone, dark, {PHONE} px", PHONE, dark=True),
    View("images-off", f"Wide, images off, {WIDE} px", WIDE, images=False),
)
"""What pictures are taken of; a reader on the move has the dark one, an office blocks images."""


def in_scheme(html: str, *, dark: bool) -> str:
    """Return the page as a browser that prefers dark, or light, would show it."""
    on = "dark" if dark else "light"
    html = _SCHEME.sub(lambda asked: _ALWAYS if asked[1].lower() == on else _NEVER, html)
    html = _META.sub(rf"\g<1>{on}", html)
    return _DECLARED.sub(rf"\g<1>{on}", html)
