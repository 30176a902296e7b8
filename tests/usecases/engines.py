"""Engines in memory for tests of one use case, and every order in which two acts can run."""

from collections import deque
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import combinations

from functional.worlds import ANN, FOLDER, SECRET, START, load_templates, shipped_programme
from greenlet import getcurrent, greenlet

from chalicelib.adapters.clock import VirtualClock
from chalicelib.adapters.ids import HmacIds
from chalicelib.adapters.memory_brakes import MemoryBrakes
from chalicelib.adapters.memory_enrolments import MemoryEnrolments
from chalicelib.adapters.memory_events import MemoryEventLog
from chalicelib.adapters.memory_mail_counts import MemoryMailCounts
from chalicelib.adapters.memory_mailer import MemoryMailer
from chalicelib.adapters.memory_members import MemoryMembers
from chalicelib.adapters.memory_memberships import MemoryMemberships
from chalicelib.adapters.memory_metrics import MemoryMetrics
from chalicelib.adapters.memory_queue import (
    MemoryEventQueue,
    MemoryParking,
    MemoryQueue,
    MemorySendQueue,
)
from chalicelib.adapters.memory_stock import MemoryStock
from chalicelib.adapters.memory_templates import MemorySentTemplates
from chalicelib.adapters.time_zones import AirportTimeZones
from chalicelib.adapters.tokens import HmacTokens
from chalicelib.adapters.webhooks import PartnerWebhooks
from chalicelib.domain.contact_rules import FrequencyCap
from chalicelib.domain.events import EventType, PartnerEvent
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.domain.journey import Journey, OnUnknown, Step
from chalicelib.domain.parking import QueueName
from chalicelib.usecases.apply_event import handle_event
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.send_step import send_step

KEY = b"a key of the tests, that protects nothing"


def everyone_treated(programme):
    journeys = {name: replace(each, holdout=0.0) for name, each in programme.journeys.items()}
    return replace(programme, journeys=journeys)


def once_more(programme):
    """Let every step be tried once more when nobody knows what became of it."""
    journeys = {
        name: replace(
            journey,
            steps=tuple(replace(s, on_unknown=OnUnknown.RETRY_ONCE) for s in journey.steps),
        )
        for name, journey in programme.journeys.items()
    }
    return replace(programme, journeys=journeys)


def with_second_journey(programme, entry=EventType.MEMBER_JOINED):
    """Add a journey of one mail, and allow one mail a day."""
    news = Journey(
        name="news",
        version=1,
        entry_event=entry,
        entry_when=None,
        salt="news",
        holdout=0.0,
        goals=(),
        exit_when=None,
        steps=(Step(name="hello", mail="collect"),),
    )
    caps = (FrequencyCap(mails=1, per=timedelta(days=1)),)
    journeys = {**programme.journeys, "news": news}
    return replace(programme, journeys=journeys, frequency_caps=caps)


def memory_engine(change=lambda programme: programme, **ports):
    clock, members, brakes = VirtualClock(START), MemoryMembers(), MemoryBrakes()
    queues = {name: MemoryQueue(name) for name in QueueName}
    engine = Engine(
        programme=change(everyone_treated(shipped_programme(FOLDER))),
        mails=load_templates(FOLDER),
        members=members,
        enrolments=MemoryEnrolments(members, 1, brakes),
        events=MemoryEventLog(clock),
        memberships=MemoryMemberships(members, 16),
        stock=MemoryStock(),
        brakes=brakes,
        mail_counts=MemoryMailCounts(),
        sent_templates=MemorySentTemplates(),
        event_queue=MemoryEventQueue(queues[QueueName.EVENTS]),
        send_queue=MemorySendQueue(queues[QueueName.SENDS]),
        parking=MemoryParking(queues),
        mailer=MemoryMailer(),
        tokens=HmacTokens({"k1": KEY}),
        ids=HmacIds(lambda: KEY),
        clock=clock,
        time_zones=AirportTimeZones(),
        metrics=MemoryMetrics(),
        webhooks=PartnerWebhooks({"demo": [SECRET]}),
        base_url="https://miles.example.com",
        due_shards=1,
    )
    return replace(engine, **ports)


def partner_event(type_=EventType.MEMBER_JOINED, event_id=None, at=START, **fields):
    facts = {"channel": "offline", **ANN} if type_ is EventType.MEMBER_JOINED else {}
    event = PartnerEvent(
        partner="demo",
        event_id=event_id or f"id-{type_}",
        type=type_,
        occurred_at=at,
        aliases=(alias_of(AliasType.CARD, ANN["card"]),),
        facts=facts,
    )
    if type_ in {EventType.MEMBER_MERGED, EventType.MEMBER_UNMERGED}:
        event = replace(event, absorbed=event.aliases)
    return replace(event, **fields)


def tell(engine, type_=EventType.MEMBER_JOINED, receives=1, **fields):
    return handle_event(engine, partner_event(type_, **fields), receives).outcome


def ann(engine):
    return engine.members.member_of(alias_of(AliasType.CARD, ANN["card"]))


def key(engine, step="welcome", journey="welcome"):
    return StepKey(member_id=ann(engine), journey=journey, entry=1, step=step)


def send(engine, step="welcome", journey="welcome"):
    return sender(engine, step, journey)(engine)


def sender(engine, step="welcome", journey="welcome"):
    """Return the act of sending the step, which makes no call but the use case's own."""
    what = key(engine, step, journey)
    return lambda engine: send_step(engine, what)


def enrolment(engine, journey="welcome"):
    return engine.enrolments.load(ann(engine), journey)


def steps_mailed(engine):
    return [mail.tags["step"] for mail in engine.mailer.outbox.values()]


class Turns:
    """Lets acts call ports one call at a time, in a given order; then each to its end.

    An act that fails ends the run: its error is raised.
    """

    def __init__(self, order):
        self.calls = []
        self._order = deque(order)
        self._running = {}

    def run(self, acts):
        self._running = {who: greenlet(act) for who, act in enumerate(acts)}
        while self._running:
            who = self._next()
            self._running[who].switch()
            if self._running[who].dead:
                del self._running[who]
                self.calls.append((who, "done"))

    def call(self, who, name, function, *args, **kwargs):
        while self._next() != who:
            getcurrent().parent.switch()
        if self._order:
            self._order.popleft()
        answer = function(*args, **kwargs)
        self.calls.append((who, name))
        return answer

    def _next(self):
        while self._order and self._order[0] not in self._running:
            self._order.popleft()
        return self._order[0] if self._order else min(self._running)


class TakingTurns:
    """A port that one of the acts calls."""

    def __init__(self, port, turns, who):
        self._port = port
        self._turns = turns
        self._who = who

    def __getattr__(self, name):
        method = getattr(self._port, name)

        def call(*args, **kwargs):
            return self._turns.call(self._who, name, method, *args, **kwargs)

        return call


SHARED = ("members", "enrolments", "events", "memberships", "stock", "brakes", "mailer")


def orders(first, second):
    """Every order of so many calls of one act and so many of the other."""
    length = first + second
    for places in combinations(range(length), first):
        yield tuple(0 if place in places else 1 for place in range(length))


def run_interleaved(engine, acts, order):
    """Run the acts, each with an engine of its own, in the order; return what was called."""
    turns, answers = Turns(order), {}

    def run(who, act):
        own = {name: TakingTurns(getattr(engine, name), turns, who) for name in SHARED}
        answers[who] = act(replace(engine, **own))

    turns.run([partial(run, *pair) for pair in enumerate(acts)])
    return answers, turns.calls
