"""Quoted-printable, piece by piece: what a template says itself is encoded once a process.

Each piece becomes whole lines: one that does not end a line ends in a soft break, which readers
take out again. So encoded pieces can be put side by side, and the result is one encoded text.
"""

from binascii import b2a_qp
from collections.abc import Iterable
from functools import cached_property

SOFT_BREAK = b"=\r\n"
MAX_LINE_CHARS = 76


class Literal(str):
    """A text of a template, the same for every member."""

    __slots__ = ("__dict__",)

    @cached_property
    def quoted(self) -> bytes:
        return quote(self)

    @cached_property
    def size_bytes(self) -> int:
        return len(self.encode())


def quote(text: str) -> bytes:
    """Encode to lines of at most 76 characters, each with CR and LF at its end.

    The encoder takes its line ends from the text, and where there is none writes LF; so it gets
    LF alone, and all of its line ends become CRLF. A lone surrogate becomes '?'.
    """
    lines = b2a_qp(lines_of(text).encode("utf-8", "replace"), istext=True).replace(b"\n", b"\r\n")
    if not lines or lines.endswith(b"\n"):
        return lines
    if len(lines) - lines.rfind(b"\n") - 1 == MAX_LINE_CHARS:
        # The encoder leaves no room for a soft break in a last line that is full.
        last = len(lines) - (3 if lines[-3:-2] == b"=" else 1)
        lines = b"".join([lines[:last], SOFT_BREAK, lines[last:]])
    return lines + SOFT_BREAK


def quoted_text(pieces: Iterable[str]) -> bytes:
    """Encode a text given in pieces. A soft break at its end would break nothing: it goes."""
    lines = b"".join(
        [piece.quoted if isinstance(piece, Literal) else quote(piece) for piece in pieces]
    )
    return lines.removesuffix(SOFT_BREAK)


def lines_of(text: str) -> str:
    """Every line ends in LF, whichever way it did."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
