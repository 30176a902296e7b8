"""Worlds for tests: one shop's events, one member's mails, and ways to disturb what goes on."""

import json
import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from chalicelib import bootstrap
from chalicelib.domain.gifts import gifts_among
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.mail.templates import MailTemplates
from chalicelib.programme.loader import load_programme
from chalicelib.world import gateway
from chalicelib.world.partner import Partner, sign
from chalicelib.world.ses_events import ses_event
from chalicelib.world.substrates import WorldPlan, substrate
from chalicelib.world.world import World

FOLDER = Path(__file__).parents[2] / "templates" / "airline-bonus"
SECRET = "whsec_dGhlIHNlY3JldCBvZiBhIHRlc3QncyBwYXJ0bmVyIQ=="
START = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)
"""A Monday, ten in the morning where the programme is at home."""
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ANN = {"card": "7000000001", "email": "ann@example.com"}

load_templates = cache(MailTemplates.load)
shipped_programme = cache(load_programme)


def plan_of(start=START, holdout=0.0):
    """The shipped programme, which is read once for all worlds of a test run."""
    loaded = (shipped_programme(FOLDER), load_templates(FOLDER))
    return WorldPlan(folder=FOLDER, start=start, secret=SECRET, holdout=holdout, loaded=loaded)


class Play:
    """A running world, seen by the partner, by the members and by the mail service."""

    def __init__(self, world):
        self.world = world
        self.partner = Partner("demo", SECRET)

    @property
    def engine(self):
        return self.world.engine

    @property
    def received(self):
        return self.world.substrate.mailer.mails

    @property
    def mails(self):
        """The steps of all accepted mails, in their order."""
        return [received.mail.tags["step"] for received in self.received]

    def use(self, **ports):
        """Put other ports in the place of the engine's."""
        self.world.engine = replace(self.engine, **ports)
        bootstrap.use(self.world.engine)

    def tell(self, type_, member=ANN, at=None, **data):
        """Let the partner tell an event, and run what follows at once."""
        answer = self.partner.tell(type_, at or self.world.now(), {"member": member, **data})
        self.world.run_now()
        return answer

    def join(self, member=ANN, at=None, channel="offline", **data):
        answer = self.tell("member.joined", member, at, channel=channel, **data)
        assert answer.status == 202, answer.body
        return self.id_of(member)

    def advance(self, **span):
        self.world.advance(timedelta(**span))

    def id_of(self, member=ANN):
        return self.engine.members.member_of(alias_of(AliasType.CARD, member["card"]))

    def profile(self, member=ANN):
        return self.engine.members.load(self.id_of(member))

    def enrolment(self, journey="welcome", member=ANN):
        return self.engine.enrolments.load(self.id_of(member), journey)

    def step(self, name, journey="welcome", member=ANN):
        return self.enrolment(journey, member).steps[name]

    def hear(self, kind, received, at=None, **payload):
        """Let the mail service report on a mail, and run what follows at once."""
        event = ses_event(kind, received, at or self.world.now(), payload)
        self.world.substrate.publish_feedback(event)
        self.world.run_now()

    def grants(self):
        return gifts_among(self.engine.memberships.every_posting())

    def dead_letters(self):
        return self.world.substrate.events.dead_letters()

    def outcomes(self):
        """What became of each event, by its id; None: nothing yet."""
        return {record.event_id: record.outcome for record in self.engine.events.every()}

    def link(self, page, received):
        """Return the path of a page from the mail itself."""
        if page == "preferences":
            text = received.part("plain")
            return re.search(rf"{self.engine.base_url}(/m/preferences/\S+)", text)[1]
        header = {"unsubscribe": "List-Unsubscribe", "mail": "Archived-At"}[page]
        url = str(received.message()[header]).strip("<>")
        return url.removeprefix(self.engine.base_url)

    def visit(self, path, method="GET", body=b"", headers=None):
        return self.world.request(method, path, headers or {}, body)


@contextmanager
def play(kind="memory", *, holdout=0.0, change=None):
    """Run a world; ``change`` makes another programme of the shipped one."""
    with substrate(kind, plan_of(holdout=holdout)) as ground:
        if change:
            ground.engine = replace(ground.engine, programme=change(ground.engine.programme))
        yield Play(World(ground))


def post(  # noqa: PLR0913 - the parts of a request
    body, webhook_id="w1", *, secret=SECRET, at=None, partner="demo", headers=None, to="events"
):
    """Post a body as it is, signed; ``headers`` come on top, None takes one away."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = sign(secret, webhook_id, raw, at or datetime.now(UTC)) | (headers or {})
    sent = {name: value for name, value in signed.items() if value is not None}
    return gateway.request("POST", f"/v1/partners/{partner}/{to}", sent, raw)


def ask(act, body, **how):
    """Ask for one of the acts that are answered at once; ``how`` is as in ``post``."""
    return post(body, to=f"ledger/{act}", **how)


def problem_of(answer):
    """Return the problem that a 4xx or 5xx answer carries, with every field it must have."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = json.loads(answer.body)
    assert told["status"] == answer.status
    assert told["type"].startswith("urn:milepost:problem:")
    assert told["title"]
    assert told["detail"]
    return told


def event(type_="member.joined", at=START, member=ANN, **data):
    if type_ == "member.joined":
        data = {"channel": "offline", **data}
    return {"type": type_, "timestamp": at.isoformat(), "data": {"member": member, **data}}


def batch(*events, at=START):
    named = [{"id": f"event-{number}", **each} for number, each in enumerate(events)]
    return {"type": "batch", "timestamp": at.isoformat(), "data": {"events": named}}


class Disturbed:
    """A port in whose calls something else happens: once, before a method is called or after."""

    def __init__(self, port, method, act, when):
        self._port = port
        self._state = SimpleNamespace(method=method, act=act, when=when, done=False)

    def __getattr__(self, name):
        method, state = getattr(self._port, name), self._state
        if name != state.method:
            return method

        def disturbed(*args, **kwargs):
            now, state.done = not state.done, True
            if now and state.when == "before":
                state.act()
            answer = method(*args, **kwargs)
            if now and state.when == "after":
                state.act()
            return answer

        return disturbed


def disturb(stage, port, method, act, when="before"):
    """Let ``act`` happen in the middle of whatever calls the port's method next."""
    stage.use(**{port: Disturbed(getattr(stage.engine, port), method, act, when)})
