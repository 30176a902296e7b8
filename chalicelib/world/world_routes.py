"""What ``/_world/`` answers: the mailbox, the clock, members' stories. Local world only.

Each route is a function from the live world and a request to an answer; a form's post is
answered with a redirect back to its page, everything else with JSON.
"""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from chalicelib.domain.gifts import gifts_among
from chalicelib.operations.answers import reported
from chalicelib.operations.aws_faults import OperationError
from chalicelib.operations.own_images import images_by_url
from chalicelib.programme.notations import NotationError, parse_duration
from chalicelib.usecases.audit import report_journeys
from chalicelib.usecases.explain import explain, find_member
from chalicelib.world import pages
from chalicelib.world.brake_routes import use_brake
from chalicelib.world.form_fields import read_fields
from chalicelib.world.gateway import HttpResponse
from chalicelib.world.identity_routes import settle_identity
from chalicelib.world.letter_routes import (
    NoSuchQueueError,
    letters_told,
    settle_letters,
    webhook_told,
    world_letters,
)
from chalicelib.world.live_world import LiveWorld
from chalicelib.world.mailbox import ReceivedMail
from chalicelib.world.member_routes import MEMBER_ROUTES, Telling
from chalicelib.world.ses_events import ses_event
from chalicelib.world.timeline import MemberStory
from chalicelib.world.world_status import world_status

MAX_SHOWN = 500  # lines a page
JSON = "application/json"
_ALWAYS = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class WorldRequest:
    """A request below ``/_world/``; ``fields`` are those of a form, a JSON body or the query."""

    method: str
    path: str
    fields: dict[str, str]
    is_form: bool


Route = Callable[[LiveWorld, WorldRequest, str], HttpResponse]


def route_world(
    live: LiveWorld, method: str, url: str, headers: dict[str, str], body: bytes
) -> HttpResponse:
    """Answer the request; what no route serves is a 404, another method a 405."""
    parts = urlsplit(url)
    is_form = "form" in headers.get("content-type", "") and not body.lstrip().startswith(b"{")
    try:
        fields = read_fields(parts.query, body, is_form=is_form)
    except ValueError as error:
        return problem(400, "not-json", f"The body is neither a form nor a JSON object: {error}")
    request = WorldRequest(method, parts.path, fields, is_form)
    allowed = set()
    for route_method, pattern, route in _ROUTES:
        if found := re.fullmatch(pattern, request.path):
            if route_method == method:
                return route(live, request, unquote("".join(found.groups())))
            allowed.add(route_method)
    if allowed:
        return problem(405, "method", f"Use {' or '.join(sorted(allowed))} here.")
    return problem(404, "not-found", "Here are /_world/, /_world/mailbox and /_world/clock.")


def problem(status: int, name: str, detail: str) -> HttpResponse:
    body = {"type": f"urn:milepost:problem:{name}", "status": status, "detail": detail}
    headers = {"Content-Type": "application/problem+json"}
    return HttpResponse(status, headers, json.dumps(body).encode())


def _json(payload: object) -> HttpResponse:
    text = json.dumps(payload, ensure_ascii=False, indent=1, default=_plain)
    return HttpResponse(200, {"Content-Type": JSON}, f"{text}\n".encode())


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _html(page: str) -> HttpResponse:
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return HttpResponse(200, headers, page.encode())


def _done(request: WorldRequest, back: str, payload: object) -> HttpResponse:
    """Answer a form with its page, and a program with JSON."""
    if request.is_form:
        return HttpResponse(303, {"Location": back})
    return _json(payload)


def _home(live: LiveWorld, _: WorldRequest, __: str) -> HttpResponse:
    engine = live.world.engine
    data = pages.WorldData(
        programme=engine.programme,
        now=live.world.now(),
        base_url=engine.base_url,
        partner=live.partner,
        mails=live.world.substrate.mailer.mails[-MAX_SHOWN:],
        members=sorted(engine.members.every(), key=lambda m: m.joined_at)[-MAX_SHOWN:],
        letters=list(world_letters(live))[-MAX_SHOWN:],
        lifts=next(iter(report_journeys(engine).values())).lifts,
    )
    return _html(pages.world_page(data))


def _mailbox(live: LiveWorld, _: WorldRequest, __: str) -> HttpResponse:
    return _json([received.summary() for received in live.world.substrate.mailer.mails])


def _clock(live: LiveWorld, _: WorldRequest, __: str) -> HttpResponse:
    return _json({"now": live.world.now().isoformat()})


def _advance(live: LiveWorld, request: WorldRequest, _: str) -> HttpResponse:
    try:
        span: timedelta = parse_duration(request.fields.get("advance", ""))
    except NotationError as error:
        return problem(422, "no-duration", f'{error}. Send {{"advance": "4d"}}.')
    live.jump(span)
    return _done(request, "/_world/", {"now": live.world.now().isoformat()})


def _mail(live: LiveWorld, _: WorldRequest, number: str) -> HttpResponse:
    """Show a mail; to look at it is to open it, as its pixel would tell."""
    received = _received(live, number)
    if received is None:
        return problem(404, "no-such-mail", "There is no mail of this number.")
    _tell(live, "Open", received)
    engine = live.world.engine
    images = images_by_url(engine.programme, engine.mails, engine.base_url)
    data = pages.MailData(
        programme=engine.programme, now=live.world.now(), received=received, images=images
    )
    return _html(pages.mail_page(data))


def _react(kind: str) -> Route:
    def react(live: LiveWorld, request: WorldRequest, number: str) -> HttpResponse:
        received = _received(live, number)
        if received is None:
            return problem(404, "no-such-mail", "There is no mail of this number.")
        link = {"link": request.fields["link"]} if "link" in request.fields else {}
        _tell(live, kind, received, link)
        return _done(request, f"/_world/mail/{number}", {"told": kind})

    return react


def _tell(
    live: LiveWorld, kind: str, received: ReceivedMail, payload: dict[str, str] | None = None
) -> None:
    event = ses_event(kind, received, live.world.now(), payload)
    live.world.substrate.publish_feedback(event)
    live.world.run_now()


def _received(live: LiveWorld, number: str) -> ReceivedMail | None:
    mails = live.world.substrate.mailer.mails
    return mails[int(number) - 1] if 1 <= int(number) <= len(mails) else None


def _member(live: LiveWorld, _: WorldRequest, name: str) -> HttpResponse:
    engine = live.world.engine
    member_id = find_member(engine, name) or ""
    member, stories = engine.members.load(member_id), explain(engine, member_id)
    if member is None or stories is None:
        return _nobody()
    grants = gifts_among(engine.memberships.postings(member_id))
    story = MemberStory(member=member, stories=stories, grants=grants)
    mails = [m for m in live.world.substrate.mailer.mails if m.mail.tags["member"] == member_id]
    data = pages.MemberData(
        programme=engine.programme, now=live.world.now(), story=story, mails=mails
    )
    return _html(pages.member_page(data))


def _told(tell: Telling) -> Route:
    def told(live: LiveWorld, request: WorldRequest, _: str) -> HttpResponse:
        try:
            answer = tell(live.world.engine, request.fields)
        except OperationError as error:
            return problem(422, "not-told", str(error))
        return _nobody() if answer is None else _json(answer)

    return told


def _nobody() -> HttpResponse:
    return problem(404, "no-such-member", "No member has this id, card, e-mail or phone.")


def _report(live: LiveWorld, _: WorldRequest, __: str) -> HttpResponse:
    return _json(reported(live.world.engine))


def _status(live: LiveWorld, _: WorldRequest, __: str) -> HttpResponse:
    return _json(asdict(world_status(live.world)))


def _log(live: LiveWorld, request: WorldRequest, _: str) -> HttpResponse:
    try:
        begin = datetime.fromisoformat(request.fields.get("since", _ALWAYS))
        lines = live.log.since(begin)
    except (TypeError, ValueError):  # no time, or one without a zone
        return problem(400, "not-a-time", "Give since as ISO 8601 with a zone, ending in Z.")
    return _json({"lines": [line.as_json() for line in lines]})


def _letters(live: LiveWorld, request: WorldRequest, _: str) -> HttpResponse:
    try:
        return _json(letters_told(live, request.fields))
    except NoSuchQueueError as error:
        return problem(404, "no-such-queue", str(error))


def _trace(live: LiveWorld, request: WorldRequest, _: str) -> HttpResponse:
    told = webhook_told(live, request.fields)
    if told is None:
        return problem(404, "no-such-webhook", "No webhook of this id of this partner was taken.")
    return _json(told)


def _settle(act: str) -> Route:
    def settle(live: LiveWorld, request: WorldRequest, _: str) -> HttpResponse:
        try:
            return _json(settle_letters(live, act, request.fields))
        except NoSuchQueueError as error:
            return problem(404, "no-such-queue", str(error))

    return settle


def _brake(act: str) -> Route:
    def brake(live: LiveWorld, request: WorldRequest, _: str) -> HttpResponse:
        try:
            return _json(use_brake(live, act, request.fields))
        except OperationError as error:
            return problem(422, "no-such-pause", str(error))

    return brake


def _identity(act: str) -> Route:
    def identity(live: LiveWorld, request: WorldRequest, _: str) -> HttpResponse:
        try:
            return _json(settle_identity(live, act, request.fields))
        except OperationError as error:
            return problem(422, "no-merge", str(error))

    return identity


_ROUTES: tuple[tuple[str, str, Route], ...] = (
    ("GET", r"/_world/?", _home),
    ("GET", r"/_world/mailbox", _mailbox),
    ("GET", r"/_world/clock", _clock),
    ("POST", r"/_world/clock", _advance),
    ("GET", r"/_world/mail/(\d{1,9})", _mail),
    ("POST", r"/_world/mail/(\d{1,9})/bounce", _react("Bounce")),
    ("POST", r"/_world/mail/(\d{1,9})/complaint", _react("Complaint")),
    ("POST", r"/_world/mail/(\d{1,9})/click", _react("Click")),
    ("GET", r"/_world/members/([^/]{1,256})", _member),
    *((method, pattern, _told(tell)) for method, pattern, tell in MEMBER_ROUTES),
    ("POST", r"/_world/merge", _identity("merge")),
    ("POST", r"/_world/unmerge", _identity("unmerge")),
    ("GET", r"/_world/duplicates", _identity("duplicates")),
    ("GET", r"/_world/report", _report),
    ("GET", r"/_world/status", _status),
    ("POST", r"/_world/pause", _brake("pause")),
    ("POST", r"/_world/resume", _brake("resume")),
    ("GET", r"/_world/log", _log),
    ("GET", r"/_world/trace", _trace),
    ("GET", r"/_world/dead-letters", _letters),
    ("POST", r"/_world/dead-letters/replay", _settle("replay")),
    ("POST", r"/_world/dead-letters/drop", _settle("drop")),
)
