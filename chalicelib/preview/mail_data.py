"""What the gallery's pages show of mails and of members' pages, ready for the templates."""

import hashlib
import re
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import quote, urlencode

from chalicelib.domain.problem import Problem
from chalicelib.mail.samples import Sample
from chalicelib.mail.template import MAX_BODY_BYTES
from chalicelib.operations.specimens import Specimen
from chalicelib.preview.selection import Selection
from chalicelib.preview.snapshot import Fault, Snapshot
from chalicelib.preview.variants import PHONE, WIDE

MODES = {"light": "Light", "dark": "Dark", "images-off": "Images off"}
WIDTHS = {"phone": PHONE, "wide": WIDE}
_URL = re.compile(r"https?://[^\s<>]+")
_NEARLY = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the reader wants to see; each is a name, never data of a member."""

    locale: str
    sample: str
    mode: str
    width: str

    def query(self, **other: str) -> str:
        chosen = {"locale": self.locale, "sample": self.sample, "mode": self.mode}
        return urlencode({**chosen, "width": self.width, **other})


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """The size of a mail's HTML against what Gmail shows of it."""

    html_bytes: int
    mime_bytes: int

    @property
    def percent(self) -> float:
        return round(100 * self.html_bytes / MAX_BODY_BYTES, 1)

    @property
    def verdict(self) -> str:
        """Return `fits`, or `nearly` over four fifths; a mail that is larger is not made."""
        return "nearly" if self.html_bytes > _NEARLY * MAX_BODY_BYTES else "fits"


@dataclass(frozen=True, slots=True)
class ToldProblem:
    """A problem with the lines of the file around it, numbered."""

    problem: Problem
    excerpt: list[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFault:
    """What stands in the place of a picture that can't be made."""

    what: str
    problems: list[ToldProblem]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMail:
    """One mail in one language for one sample; with ``fault`` there is nothing else to show."""

    name: str
    locale: str
    sample: Sample | None
    link: str
    frame: str
    steps: tuple[str, ...]
    subject: str = ""
    preheader: str = ""
    sender: str = ""
    text: list[tuple[str, bool]]
    headers: list[tuple[str, str]]
    size: Size | None = None
    fault: ShownFault | None = None


def shown_mail(snapshot: Snapshot, mail: str, choice: Choice) -> ShownMail:
    """Return the mail as chosen; of samples that it has not, its first one."""
    samples = {sample.name: sample for sample in snapshot.samples(mail)}
    sample = samples.get(choice.sample) or next(iter(samples.values()))
    made = snapshot.specimen(mail, choice.locale, sample.name)
    link = f"/mails/{quote(mail)}?{choice.query(sample=sample.name)}"
    steps = snapshot.steps.get(mail, ())
    if isinstance(made, Fault):
        return ShownMail(
            name=mail,
            locale=choice.locale,
            sample=sample,
            link=link,
            frame="",
            steps=steps,
            text=[],
            headers=[],
            fault=shown_fault(snapshot, made, mail),
        )
    digest = _digest(snapshot, made.rendered.html)
    query = choice.query(sample=sample.name, v=digest)
    return ShownMail(
        name=mail,
        locale=choice.locale,
        sample=sample,
        link=link,
        frame=f"/frame/mail/{quote(mail)}?{query}",
        steps=steps,
        subject=made.rendered.subject,
        preheader=made.rendered.preheader,
        sender=_sender(made),
        text=with_links(made.rendered.text),
        headers=list(made.headers),
        size=Size(html_bytes=len(made.rendered.html.encode()), mime_bytes=len(made.mime)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPage:
    """One of the member's pages in one language."""

    name: str
    locale: str
    link: str
    frame: str
    fault: ShownFault | None = None


def shown_page(snapshot: Snapshot, name: str, choice: Choice) -> ShownPage:
    made = snapshot.page(name, choice.locale)
    fault = shown_fault(snapshot, made, "") if isinstance(made, Fault) else None
    digest = "" if isinstance(made, Fault) else _digest(snapshot, made)
    return ShownPage(
        name=name,
        locale=choice.locale,
        link=f"/pages/{quote(name)}?{choice.query()}",
        frame=f"/frame/page/{quote(name)}?{choice.query(v=digest)}",
        fault=fault,
    )


def shown_fault(snapshot: Snapshot, fault: Fault, mail: str) -> ShownFault:
    """Tell the fault; where rendering knows no file and line, what lint finds in the mail."""
    problems = list(fault.problems)
    if not problems and mail:
        own, shared = snapshot.problems_of(mail)
        problems = own or shared
    return ShownFault(what=fault.what, problems=[told(snapshot, each) for each in problems])


def told(snapshot: Snapshot, problem: Problem) -> ToldProblem:
    return ToldProblem(problem, snapshot.excerpt(problem))


def with_links(text: str) -> list[tuple[str, bool]]:
    """Part a text into pieces, each with whether it is an address that a program links."""
    pieces, last = [], 0
    for found in _URL.finditer(text):
        pieces += [(text[last : found.start()], False), (found[0], True)]
        last = found.end()
    return [piece for piece in (*pieces, (text[last:], False)) if piece[0]]


def choice_of(snapshot: Snapshot, selection: Selection, asked: dict[str, str]) -> Choice:
    """Read a query; what it does not say, or says of something unknown, is the first there is."""
    locales = selection.locales_of(snapshot) or list(snapshot.locales)
    samples = [s for m in snapshot.mails for s in selection.samples_of(snapshot, m)] or [""]
    return Choice(
        locale=_one(asked.get("locale"), locales),
        sample=_one(asked.get("sample"), samples),
        mode=_one(asked.get("mode"), list(MODES)),
        width=_one(asked.get("width"), list(WIDTHS)),
    )


def _one(asked: str | None, known: list[str]) -> str:
    return asked if asked in known else known[0]


def _sender(made: Specimen) -> str:
    told = next((value for name, value in made.headers if name.lower() == "from"), "")
    name, address = parseaddr(told)
    return name or address


def _digest(snapshot: Snapshot, html: str) -> str:
    """Change when what the frame shows does, and not before: no other frame blinks."""
    told = hashlib.sha256(html.encode())
    for url, image in snapshot.images.items():
        if url in html:
            told.update(image)
    return told.hexdigest()[:12]
