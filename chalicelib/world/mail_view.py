"""A mail of the mailbox, taken apart for people: envelope, headers, both bodies, its links."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email import policy
from email.parser import BytesHeaderParser
from html.parser import HTMLParser
from types import MappingProxyType
from zoneinfo import ZoneInfo

from chalicelib.domain.journey import Programme
from chalicelib.operations.own_images import with_own_images
from chalicelib.world.mailbox import ReceivedMail
from chalicelib.world.page_templates import time_text

MAX_LINKS = 100
NO_IMAGES: Mapping[str, bytes] = MappingProxyType({})
_HEADERS = BytesHeaderParser(policy=policy.default)
"""Leaves the body alone: a list of mails needs their subjects only."""

_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
_INERT = '<base target="_blank">'
"""In a sandbox without pop-ups, links that would open a new tab do nothing at all."""

_PADDING = " \n\t\u00a0\u00ad\u034f\u200b\u200c\u200d\ufeff"
"""What mail programs put behind a preheader to keep the body out of the preview."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    """A mail as one line of the mailbox."""

    number: int
    at: str
    recipient: str
    subject: str
    mail: str
    step: str
    member_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """A mail in full; ``links`` are (text, URL), each URL once, in the order of the mail."""

    line: MailLine
    language: str
    preheader: str
    sender: str
    headers: list[tuple[str, str]]
    html: str
    text: str
    links: list[tuple[str, str]]


def mail_line(programme: Programme, received: ReceivedMail) -> MailLine:
    tags = received.mail.tags
    return MailLine(
        number=received.number,
        at=time_text(received.at, ZoneInfo(programme.time_zone)),
        recipient=received.mail.recipient,
        subject=str(_HEADERS.parsebytes(received.mail.mime)["Subject"]),
        mail=mail_name(programme, received),
        step=tags.get("step", ""),
        member_id=tags.get("member", ""),
    )


def mail_name(programme: Programme, received: ReceivedMail) -> str:
    """Return the mail's name; the step's, when the journey no longer has that step."""
    tags = received.mail.tags
    journey = programme.journeys.get(tags.get("journey", ""))
    step = journey.step(tags.get("step", "")) if journey else None
    return step.mail if step else tags.get("step", "")


def mail_view(
    programme: Programme, received: ReceivedMail, images: Mapping[str, bytes] = NO_IMAGES
) -> MailView:
    """``images``, by address, are put into the HTML: the world's pages may load nothing."""
    html = received.part("html")
    reading, message = read_html(html), received.message()
    return MailView(
        line=mail_line(programme, received),
        language=reading.language,
        preheader=reading.preheader,
        sender=str(message["From"]),
        headers=[(name, str(value)) for name, value in message.items()],
        html=with_own_images(_HEAD.sub(lambda head: head[0] + _INERT, html, count=1), images),
        text=received.part("plain"),
        links=[(text, url) for url, text in reading.links.items()][:MAX_LINKS],
    )


def read_html(html: str) -> "HtmlReading":
    reading = HtmlReading()
    reading.feed(html)
    reading.close()
    return reading


class HtmlReading(HTMLParser):
    """Finds a mail's language, its preheader (the first hidden text) and its web links."""

    def __init__(self) -> None:
        super().__init__()
        self.language = ""
        self.links: dict[str, str] = {}
        self._hidden: list[str] = []
        self._in_hidden = False
        self._link = ""

    @property
    def preheader(self) -> str:
        return " ".join("".join(self._hidden).strip(_PADDING).split())

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = given.get("lang", "")
        elif tag == "a" and given.get("href", "").startswith(("https://", "http://")):
            self._link = given["href"]
            self.links.setdefault(self._link, "")
        elif tag == "img" and self._link:
            self.handle_data(given.get("alt", ""))
        elif "display:none" in given.get("style", "").replace(" ", ""):
            self._in_hidden = not self._hidden

    def handle_endtag(self, tag: str) -> None:
        self._in_hidden = False
        if tag == "a":
            self._link = ""

    def handle_data(self, data: str) -> None:
        if self._in_hidden:
            self._hidden.append(data)
        elif self._link:
            self.links[self._link] = " ".join(f"{self.links[self._link]} {data}".split())
