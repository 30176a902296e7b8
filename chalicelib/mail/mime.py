"""From a rendered mail and its envelope to the bytes SES sends.

Nothing in the result is above ASCII: SES rewrites links and corrupts 8-bit bodies. A mail is put
together here from its few kinds of lines, since the standard library's generator takes ten times
as long as everything else about a mail. Same input, same bytes.
"""

import re
from binascii import b2a_base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from chalicelib.mail.address import ascii_address, ascii_domain
from chalicelib.mail.encoded_words import MAX_LINE_CHARS, encoded_words
from chalicelib.mail.errors import HeaderError
from chalicelib.mail.quoting import lines_of, quoted_text
from chalicelib.mail.templates import CONTROL, RenderedMail

MAX_URL_CHARS = 900  # SES takes 995 characters of header value, and `<>` go round it
MAX_PLAIN_CHARS = 900  # a line has at most 998, with the header's name
MAX_NAME_CHARS = 100
MAX_FEEDBACK_PARTS = 4
BASE64_LINE_CHARS = 76
MAX_TOKEN_CHARS = 100
TOKEN = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_TOKEN_CHARS}}}")
SENDER_ID = "milepost"
"""The last field of a Feedback-ID: 5 to 15 characters, the same in every mail."""
PRINTABLE = re.compile(r"[!-~]+")
# Quoted-printable takes 3 bytes for each byte above ASCII, base64 takes 4 for any 3 bytes.
BASE64_PAYS_ABOVE = 1 / 6
ABOVE_ASCII = bytes(range(0x80, 0x100))
FOLD = "\r\n"  # before a space
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
# RFC 5322 has these in English, whatever the process's locale is.
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything about one mail that its template does not say.

    `message_key` is unique for each mail, such as the attempt's id; with `message_domain` it
    makes the Message-ID. `feedback_id` is 1 to 4 tokens, general last, as Gmail
    groups complaints by them (step, journey, programme, sender). `date` is aware.
    """

    sender_name: str
    sender_address: str
    recipient_name: str
    recipient_address: str
    unsubscribe_url: str
    web_copy_url: str
    message_key: str
    message_domain: str
    feedback_id: tuple[str, ...]
    date: datetime
    reply_to: str | None = None


def build_mime(rendered: RenderedMail, envelope: Envelope) -> bytes:
    """Build multipart/alternative, text first; HeaderError or AddressError for what is not safe."""
    # No encoded body can have this in it: after "=" there is a digit, a letter or a line's end.
    boundary = f"=_{sha256(envelope.message_key.encode()).hexdigest()[:24]}"
    head = [
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
        "MIME-Version: 1.0",
        *(f"{name}: {value}" for name, value in headers(rendered.subject, envelope)),
        "",
        "",
    ]
    parts = part("plain", rendered.text), part("html", rendered.html, rendered.html_pieces)
    opening = f"--{boundary}\r\n".encode()
    closing = f"--{boundary}--\r\n".encode()
    return b"".join(
        ["\r\n".join(head).encode("ascii"), opening, parts[0], opening, parts[1], closing]
    )


def headers(subject: str, envelope: Envelope) -> Iterator[tuple[str, str]]:
    """Yield ASCII headers, folded where they may be."""
    if CONTROL.search(subject):
        raise HeaderError(f"Subject: control character in {subject!r}; take it out")
    key = token("Message-ID", envelope.message_key)
    yield "From", mailbox(envelope.sender_name, envelope.sender_address)
    yield "To", mailbox(envelope.recipient_name, envelope.recipient_address)
    if envelope.reply_to is not None:
        yield "Reply-To", ascii_address(envelope.reply_to)
    yield "Subject", subject if is_plain(subject) else encoded_words(subject, len("Subject: "))
    yield "Date", written_date(envelope.date)
    yield "Message-ID", f"<{key}@{ascii_domain(envelope.message_domain)}>"
    yield "List-Unsubscribe", f"<{safe_url(envelope.unsubscribe_url)}>"
    yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
    yield "Archived-At", f"<{safe_url(envelope.web_copy_url)}>"
    yield "Feedback-ID", feedback_id(envelope.feedback_id)
    yield "Auto-Submitted", "auto-generated"


def part(subtype: str, text: str, pieces: Sequence[str] = ()) -> bytes:
    """Encode a body in whichever of the two 7-bit encodings is shorter for it."""
    encoding, body = encoded(text, pieces)
    head = (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return b"".join([head.encode(), body, b"\r\n"])


def encoded(text: str, pieces: Sequence[str]) -> tuple[str, bytes]:
    """`pieces` are nearly free to quote; a text of which there are none is looked at before."""
    quoted = quoted_text(pieces)
    if quoted and 3 * len(quoted) <= 4 * len(text):
        return "quoted-printable", quoted
    data = lines_of(text).replace("\n", "\r\n").encode("utf-8", "replace")
    above_ascii = len(data) - len(data.translate(None, ABOVE_ASCII))
    if above_ascii > len(data) * BASE64_PAYS_ABOVE:
        return "base64", base64_lines(data)
    return "quoted-printable", quoted or quoted_text([text])


def base64_lines(data: bytes) -> bytes:
    line = b2a_base64(data, newline=False)
    starts = range(0, len(line), BASE64_LINE_CHARS)
    return b"\r\n".join([line[start : start + BASE64_LINE_CHARS] for start in starts])


def mailbox(name: str, address: str) -> str:
    """`name` is data about a person: it is made one line and cut, never a reason not to send."""
    address = ascii_address(address)
    one_line = " ".join(CONTROL.sub(" ", name).split())[:MAX_NAME_CHARS].strip()
    if not one_line:
        return address
    if is_plain(one_line):
        quoted = one_line.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address}>'
    words = encoded_words(one_line, len("From: "))
    last_line = f"{words} <{address}>".rpartition("\r\n")[2]
    fits = len("From: ") + len(last_line) <= MAX_LINE_CHARS
    return f"{words}{'' if fits else FOLD} <{address}>"


def is_plain(text: str) -> bool:
    """ASCII of one line that no reader takes for an encoded word."""
    return text.isascii() and "=?" not in text and len(text) <= MAX_PLAIN_CHARS


def written_date(date: datetime) -> str:
    if date.utcoffset() is None:
        raise HeaderError("Date: the time has no zone; give an aware datetime")
    day, month = DAYS[date.weekday()], MONTHS[date.month - 1]
    return f"{day}, {date.day:02} {month} {date.year:04} {date:%H:%M:%S %z}"


def token(header: str, value: str) -> str:
    if not TOKEN.fullmatch(value):
        raise HeaderError(f"{header}: {value!r} is not 1 to {MAX_TOKEN_CHARS} of a-z 0-9 - _")
    return value


def feedback_id(parts: tuple[str, ...]) -> str:
    if not 1 <= len(parts) <= MAX_FEEDBACK_PARTS:
        raise HeaderError(f"Feedback-ID: {len(parts)} parts; give 1 to {MAX_FEEDBACK_PARTS}")
    return ":".join(token("Feedback-ID", each) for each in parts)


def safe_url(url: str) -> str:
    """HTTPS, or plain HTTP to this very machine; no character that could end the header."""
    if len(url) > MAX_URL_CHARS or not PRINTABLE.fullmatch(url) or set(url) & set('<>"\\'):
        raise HeaderError(f"{url[:80]!r} is not a URL of at most {MAX_URL_CHARS} ASCII characters")
    try:
        parsed = urlsplit(url)
        host = parsed.hostname
    except ValueError as error:
        raise HeaderError(f"{url!r} is not a URL: {error}") from error
    if not host or not (
        parsed.scheme == "https" or (parsed.scheme == "http" and host in LOCAL_HOSTS)
    ):
        raise HeaderError(f"{url!r} must be an https URL; one-click unsubscribing requires it")
    return url
