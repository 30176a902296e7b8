"""From a rendered mail and its envelope to the bytes SES sends.

Nothing in the result is above ASCII: SES rewrites links and corrupts 8-bit bodies. The headers
are built here one by one, because the standard library's newer policy folds a long URL into an
encoded word, which no mail provider can press. Same input, same bytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.charset import BASE64, QP, Charset
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime
from hashlib import sha256
from urllib.parse import urlsplit

from chalicelib.mail.address import ascii_address, ascii_domain
from chalicelib.mail.errors import HeaderError
from chalicelib.mail.templates import CONTROL, RenderedMail

MAX_URL_CHARS = 900  # SES takes 995 characters of header value, and `<>` go round it
MAX_NAME_CHARS = 100
MAX_FEEDBACK_PARTS = 4
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
PRINTABLE = re.compile(r"[!-~]+")
# Quoted-printable takes 3 bytes for each byte above ASCII, base64 takes 4 for any 3 bytes.
BASE64_PAYS_ABOVE = 1 / 6
# Names and subjects are folded by the time the message is written; a URL must not be folded.
WIRE = compat32.clone(linesep="\r\n", max_line_length=998)
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything about one mail that its template does not say.

    `message_key` is unique for each mail, such as the attempt's id; with `message_domain` it
    makes the Message-ID. `feedback_id` is 1 to 4 tokens, general last, as Gmail groups
    complaints by them (journey and step, and at the end the sender). `date` is aware.
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
    boundary = f"=_{sha256(envelope.message_key.encode()).hexdigest()[:24]}"
    message = MIMEMultipart("alternative", boundary=boundary)
    for name, value in headers(rendered.subject, envelope):
        message[name] = value
    message.attach(part(rendered.text, "plain"))
    message.attach(part(rendered.html, "html"))
    return message.as_bytes(policy=WIRE)


def headers(subject: str, envelope: Envelope) -> Iterator[tuple[str, str]]:
    """Yield ASCII headers, folded where they may be."""
    if CONTROL.search(subject):
        raise HeaderError(f"Subject: control character in {subject!r}; take it out")
    key = token("Message-ID", envelope.message_key)
    yield "From", mailbox(envelope.sender_name, envelope.sender_address)
    yield "To", mailbox(envelope.recipient_name, envelope.recipient_address)
    if envelope.reply_to is not None:
        yield "Reply-To", ascii_address(envelope.reply_to)
    yield "Subject", encoded(subject, "Subject")
    yield "Date", format_datetime(aware(envelope.date))
    yield "Message-ID", f"<{key}@{ascii_domain(envelope.message_domain)}>"
    yield "List-Unsubscribe", f"<{safe_url(envelope.unsubscribe_url)}>"
    yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
    yield "Archived-At", f"<{safe_url(envelope.web_copy_url)}>"
    yield "Feedback-ID", feedback_id(envelope.feedback_id)
    yield "Auto-Submitted", "auto-generated"


def part(text: str, subtype: str) -> MIMEText:
    """Encode a body in whichever of the two 7-bit encodings is shorter for it."""
    size = len(text.encode())
    above_ascii = size - len(text.encode("ascii", "ignore"))
    charset = Charset("utf-8")
    if above_ascii > size * BASE64_PAYS_ABOVE:
        charset.body_encoding = BASE64
        text = text.replace("\n", "\r\n")  # inside base64 nobody else sets the line ends
    else:
        charset.body_encoding = QP
    # The stubs know charsets by name only; a Charset object is the documented way to set the
    # transfer encoding.
    return MIMEText(text, subtype, charset)  # type: ignore[arg-type]


def mailbox(name: str, address: str) -> str:
    """`name` is data about a person: it is made one line and cut, never a reason not to send."""
    address = ascii_address(address)
    one_line = " ".join(CONTROL.sub(" ", name).split())[:MAX_NAME_CHARS].strip()
    if not one_line:
        return address
    if is_plain(one_line):
        quoted = one_line.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address}>'
    return f"{encoded(one_line, 'From')} <{address}>"


def encoded(text: str, header: str) -> str:
    """RFC 2047 words for what is not ASCII; a lone surrogate, which is no character, is '?'."""
    if is_plain(text):
        return text
    return Header(
        text.encode("utf-8", "replace").decode(), "utf-8", header_name=header, maxlinelen=75
    ).encode()


def is_plain(text: str) -> bool:
    """ASCII that no reader takes for an encoded word."""
    return text.isascii() and "=?" not in text


def token(header: str, value: str) -> str:
    if not TOKEN.fullmatch(value):
        raise HeaderError(f"{header}: {value!r} is not 1 to 64 letters, digits, '-' or '_'")
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


def aware(date: datetime) -> datetime:
    if date.utcoffset() is None:
        raise HeaderError("Date: the time has no zone; give an aware datetime")
    return date
