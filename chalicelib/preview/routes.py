"""What the preview answers: pages for people, and the frames in them that hold mails.

A frame gets a policy of its own: no script, nothing from outside, and, with images off, no
picture either. Names in paths and queries are looked up, never made into paths.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from chalicelib.operations.own_images import with_own_images
from chalicelib.preview.mail_data import (
    MODES,
    WIDTHS,
    Choice,
    choice_of,
    shown_mail,
    shown_page,
    told,
)
from chalicelib.preview.page_frame import HERE, HOUSE_STYLE, fill
from chalicelib.preview.selection import Selection
from chalicelib.preview.snapshot import Fault, Snapshot
from chalicelib.preview.variants import in_scheme

HTML = "text/html; charset=utf-8"
LINT = "/lint/"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; frame-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src {images}; sandbox allow-same-origin; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""The page around it may measure a frame, so it has the page's origin; scripts it has none."""

_ASSETS = {
    "house.css": (HOUSE_STYLE, "text/css; charset=utf-8"),
    "preview.css": (HERE / "preview.css", "text/css; charset=utf-8"),
    "preview.js": (HERE / "preview.js", "text/javascript; charset=utf-8"),
}
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
_INERT = '<base target="_blank">'  # in a sandbox without pop-ups, a link then leads nowhere


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, whole."""

    status: int
    content_type: str
    body: bytes
    policy: str = PAGE_POLICY


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a page: the folder as it is now, and what the reader chose."""

    snapshot: Snapshot
    selection: Selection
    choice: Choice


def respond(snapshot: Snapshot, selection: Selection, url: str) -> Answer:
    """Answer a GET; what no route serves, and what is not in the folder, is a 404."""
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    asked = Asked(snapshot, selection, choice_of(snapshot, selection, query))
    for pattern, route in _ROUTES:
        if found := re.fullmatch(pattern, parts.path):
            answer = route(asked, unquote("".join(found.groups())))
            return answer or _nothing(asked)
    return _nothing(asked)


def frame(html: str, choice: Choice, images: Mapping[str, bytes]) -> Answer:
    """Return what a frame shows, in the scheme chosen, with the pictures or without."""
    shown = with_own_images(in_scheme(html, dark=choice.mode == "dark"), images)
    shown = _HEAD.sub(lambda head: head[0] + _INERT, shown, count=1)
    policy = FRAME_POLICY.format(images="'none'" if choice.mode == "images-off" else "data:")
    return Answer(200, HTML, shown.encode(), policy)


def _overview(asked: Asked, _: str) -> Answer:
    mails = asked.selection.mails_of(asked.snapshot)
    shown = [shown_mail(asked.snapshot, mail, asked.choice) for mail in mails]
    samples = {s.name: s for mail in mails for s in asked.snapshot.samples(mail)}
    wanted = [s for s in samples.values() if s.name in (asked.selection.samples or samples)]
    return _page(asked, "overview.html", mails=shown, samples=wanted)


def _mail(asked: Asked, name: str) -> Answer | None:
    snapshot, mails = asked.snapshot, asked.selection.mails_of(asked.snapshot)
    if name not in mails:
        return None
    place = mails.index(name)
    wanted = asked.selection.samples_of(snapshot, name)
    every = [
        (tag, [shown_mail(snapshot, name, _with(asked.choice, tag, sample)) for sample in wanted])
        for tag in asked.selection.locales_of(snapshot)
    ]
    return _page(
        asked,
        "mail.html",
        mail=shown_mail(snapshot, name, asked.choice),
        samples=[sample for sample in snapshot.samples(name) if sample.name in wanted],
        every=every,
        before=mails[place - 1] if place else None,
        after=mails[place + 1] if place + 1 < len(mails) else None,
    )


def _lint(asked: Asked, name: str) -> Answer | None:
    if name not in asked.snapshot.mails:
        return None
    own, shared = asked.snapshot.problems_of(name)
    return _page(
        asked,
        "lint.html",
        own=[told(asked.snapshot, problem) for problem in own],
        shared=[told(asked.snapshot, problem) for problem in shared],
        name=name,
    )


def _pages(asked: Asked, _: str) -> Answer:
    choice, locales = asked.choice, asked.selection.locales_of(asked.snapshot)
    shown = [
        (
            name,
            [
                shown_page(asked.snapshot, name, _with(choice, tag, choice.sample))
                for tag in locales
            ],
        )
        for name in asked.snapshot.pages
    ]
    return _page(asked, "pages.html", pages=shown)


def _member_page(asked: Asked, name: str) -> Answer | None:
    if name not in asked.snapshot.pages:
        return None
    return _page(asked, "member_page.html", page=shown_page(asked.snapshot, name, asked.choice))


def _mail_frame(asked: Asked, name: str) -> Answer | None:
    if name not in asked.snapshot.mails:
        return None
    made = asked.snapshot.specimen(name, asked.choice.locale, _sample(asked, name))
    if isinstance(made, Fault):
        return None
    return frame(made.rendered.html, asked.choice, asked.snapshot.images)


def _page_frame(asked: Asked, name: str) -> Answer | None:
    if name not in asked.snapshot.pages:
        return None
    made = asked.snapshot.page(name, asked.choice.locale)
    if isinstance(made, Fault):
        return None
    return frame(made, asked.choice, asked.snapshot.images)


def _asset(_: Asked, name: str) -> Answer | None:
    if name not in _ASSETS:
        return None
    path, content_type = _ASSETS[name]
    return Answer(200, content_type, path.read_bytes())


def _sample(asked: Asked, mail: str) -> str:
    names = [sample.name for sample in asked.snapshot.samples(mail)]
    return asked.choice.sample if asked.choice.sample in names else names[0]


def _with(choice: Choice, locale: str, sample: str) -> Choice:
    return Choice(locale=locale, sample=sample, mode=choice.mode, width=choice.width)


def _nothing(asked: Asked) -> Answer:
    answer = _page(asked, "nothing.html")
    return Answer(404, answer.content_type, answer.body)


def _page(asked: Asked, template: str, **values: object) -> Answer:
    programme = asked.snapshot.programme
    text = fill(
        template,
        choice=asked.choice,
        version=asked.snapshot.version,
        folder=asked.snapshot.folder.as_posix(),
        title=asked.snapshot.folder.name if isinstance(programme, Fault) else programme.name,
        locales=asked.selection.locales_of(asked.snapshot),
        modes=MODES,
        widths=WIDTHS,
        **values,
    )
    return Answer(200, HTML, text.encode())


Route = Callable[[Asked, str], Answer | None]
_ROUTES: tuple[tuple[str, Route], ...] = (
    (r"/", _overview),
    (r"/mails/([^/]{1,400})", _mail),
    (LINT + r"([^/]{1,400})", _lint),
    (r"/pages", _pages),
    (r"/pages/([^/]{1,400})", _member_page),
    (r"/frame/mail/([^/]{1,400})", _mail_frame),
    (r"/frame/page/([^/]{1,400})", _page_frame),
    (r"/static/([a-z.]{1,40})", _asset),
)
