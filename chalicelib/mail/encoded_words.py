"""RFC 2047: a header's text in ASCII, folded, so that no line is longer than 76 characters."""

from binascii import b2a_base64

MAX_LINE_CHARS = 76
OPENING, CLOSING = "=?utf-8?b?", "?="
_CONTINUED = 1  # a folded line begins with a space
_MARKS = 0b1100_0000
_CONTINUATION = 0b1000_0000


def encoded_words(text: str, chars_before: int) -> str:
    """Return `text` in as many words as it takes; `chars_before` stand on the line already.

    Each word is decoded for itself, so none ends within a character. A lone surrogate, which is
    no character, becomes '?'.
    """
    data = text.encode("utf-8", "replace")
    words, start, before = [], 0, chars_before
    while start < len(data):
        end = _end_of_word(data, start, before)
        encoded = b2a_base64(data[start:end], newline=False).decode()
        words.append(f"{OPENING}{encoded}{CLOSING}")
        start, before = end, _CONTINUED
    return "\r\n ".join(words)


def _end_of_word(data: bytes, start: int, chars_before: int) -> int:
    room = MAX_LINE_CHARS - chars_before - len(OPENING) - len(CLOSING)
    end = start + room // 4 * 3
    while end < len(data) and data[end] & _MARKS == _CONTINUATION:
        end -= 1
    return end
