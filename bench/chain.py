"""Members through the chain of three mails, from the signed HTTP event to SES's answer.

Each function is called with the event that AWS would hand it; what AWS does between them
(queues, the clock) is done here and not counted. Afterwards the same calls are made bare.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from statistics import mean
from typing import Any

from bench.bare import Bare, make
from bench.engine import NOBODY, PARTNER, SECRET, Function, Functions, invoke
from bench.programme import WAIT_DAYS, mails_due, registrations
from bench.stub_process import Call, Stub
from chalicelib.adapters.clock import SystemClock
from chalicelib.adapters.queue_consumers import ReceivedMessage
from chalicelib.world.cohort import joined_data
from chalicelib.world.lambda_events import http_event, schedule_event, sqs_event
from chalicelib.world.partner import sign

PHASES = INTAKE, EVENTS, TICK, SENDS = "http_intake", "queue_events", "schedule_due", "queue_sends"
ROUTE = "/v1/partners/{partner}/events"
BEGIN = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)
"""Ten in the morning where the programme is at home."""
ROUND = timedelta(days=20)
SHORT_OF = timedelta(hours=1)
ACCEPTED = 202

Event = Mapping[str, Any]
Watch = AbstractContextManager[object]


class ChainError(Exception):
    """The engine did not do what the chain asks for: its CPU would mean nothing."""


@dataclass(frozen=True, slots=True)
class Way:
    """How members come: so many events a webhook, and all at once or each when all is quiet."""

    name: str
    per_webhook: int = 1
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """What one function cost in a round: CPU seconds, and those of the same calls made bare."""

    engine_s: float
    bare_s: float
    calls: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Round:
    """Members who went through the whole chain, and what each function cost for them.

    ``plain_call_s`` is what one plain call of boto3 cost in this round.
    """

    members: int
    mails: int
    plain_call_s: float
    phases: Mapping[str, Phase]


@dataclass(slots=True)
class _Ledger:
    """What was measured so far in a round: seconds and calls by function, and of plain calls."""

    engine_s: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    bare_s: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    calls: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    plain_s: list[float] = field(default_factory=list)

    def round(self, members: int) -> Round:
        phases = {
            name: Phase(self.engine_s[name], self.bare_s[name], self.calls[name]) for name in PHASES
        }
        mails = sum(calls["sesv2.SendEmail"] for calls in self.calls.values())
        if mails != mails_due(members):
            raise ChainError(f"{members} members got {mails} mails; look at the engine's own log")
        return Round(members, mails, mean(self.plain_s), phases)


class Chain:
    """Runs rounds. Members of all rounds differ; the stub is emptied between them."""

    def __init__(self, functions: Functions, stub: Stub) -> None:
        self._functions = functions
        self._stub = stub
        self._bare = Bare()
        self._numbers = count()
        self._webhooks = count(1)
        self._chance = Random(2027)  # noqa: S311 - the same people in every run
        self._watch: Watch = NOBODY
        self._ledger: _Ledger | None = None

    def run(self, members: int, way: Way, watch: Watch = NOBODY) -> Round:
        """Let as many members join and go to the end; ``watch`` is entered for each function."""
        ledger = self._ledger = _Ledger()
        self._watch = watch
        self._stub.clear()
        try:
            self._all_play(self.new_people(members), way)
        finally:
            self._ledger, self._watch = None, NOBODY
        return ledger.round(members)

    def now(self) -> datetime:
        return self._functions.clock.now()

    def new_people(self, count: int) -> list[Event]:
        """Return what partners tell of people whom nobody knows yet."""
        return [joined_data(next(self._numbers), "offline", self._chance) for _ in range(count)]

    def tell(self, type_: str, data: Sequence[Event], per_webhook: int) -> None:
        """Send events through the front door, and let the rules have them."""
        events = [_event(type_, each, self.now()) for each in data]
        for event in list(self.webhooks(events, per_webhook)):
            expect_accepted(self.invoke(INTAKE, event))
        self._drain("events", EVENTS)

    def queue_due(self) -> None:
        """Let the minute's tick queue what is due."""
        self.invoke(TICK, json.dumps(schedule_event(TICK, self.now())))

    def send_due(self) -> None:
        """Let the tick queue what is due, and the senders send it."""
        self.queue_due()
        self._drain("sends", SENDS)

    def webhooks(self, events: Sequence[Event], per_webhook: int) -> Iterator[str]:
        """Yield the events as requests that the partner has signed."""
        for first in range(0, len(events), per_webhook):
            yield self._webhook(events[first : first + per_webhook])

    def invoke(self, name: str, event: str) -> Any:  # noqa: ANN401 - what functions answer
        """Run a function; in a round, measure it, and then the same calls made bare."""
        function: Function = self._functions.by_name[name]
        if self._ledger is None:
            return invoke(function, name, event)[1]
        self._stub.save()
        spent_s, answer = invoke(function, name, event, self._watch)
        self._ledger.engine_s[name] += spent_s
        calls = self._stub.take_calls()
        self._ledger.calls[name].update(call.operation for call in calls)
        self._ledger.bare_s[name] += self._made_bare(calls)
        self._ledger.plain_s.append(self._bare.plain_call_s())
        self._stub.take_calls()
        return answer

    def _all_play(self, people: Sequence[Event], way: Way) -> None:
        registering = registrations(len(people))
        if way.alone:
            for number, one in enumerate(people):
                self._play([one], int(number < registering), 1)
        else:
            self._play(people, registering, way.per_webhook)

    def _play(self, people: Sequence[Event], registering: int, per_webhook: int) -> None:
        """Let people join; the first of them register before their reminder."""
        clock = self._functions.clock
        start = clock.now()
        self.tell("member.joined", people, per_webhook)
        self.send_due()
        clock.set(start + timedelta(days=WAIT_DAYS) - SHORT_OF)
        named = [{"member": {"card": data["member"]["card"]}} for data in people[:registering]]
        self.tell("account.registered", named, per_webhook)
        for waits in (1, 2):
            clock.set(start + timedelta(days=WAIT_DAYS) * waits)
            self.send_due()
        clock.set(start + ROUND)

    def _webhook(self, events: Sequence[Event]) -> str:
        now = self.now().isoformat()
        payload: Event = events[0]
        if len(events) > 1:
            named = [{"id": f"event-{next(self._webhooks)}", **event} for event in events]
            payload = {"type": "batch", "timestamp": now, "data": {"events": named}}
        body = json.dumps(payload, ensure_ascii=False).encode()
        headers = sign(SECRET, f"webhook-{next(self._webhooks)}", body, SystemClock().now())
        path = ROUTE.replace("{partner}", PARTNER)
        return json.dumps(http_event(ROUTE, {"partner": PARTNER}, "POST", path, headers, body))

    def _drain(self, queue: str, name: str) -> None:
        """Hand the queue's messages to its function, as many at once as Lambda would."""
        size = self._functions.batch_sizes[name]
        while bodies := self._stub.take_messages(queue, size):
            answer = self.invoke(name, queued_event(queue, bodies))
            if answer["batchItemFailures"]:
                raise ChainError(f"{name} could not do {len(answer['batchItemFailures'])} messages")

    def _made_bare(self, calls: Sequence[Call]) -> float:
        """Make the calls again from where they began, so that their answers are the same."""
        prepared = self._bare.prepare(calls)
        self._stub.load()
        begun = time.process_time()
        make(prepared)
        spent_s = time.process_time() - begun
        if [call.status for call in calls] != [call.status for call in self._stub.take_calls()]:
            raise ChainError("the calls got other answers when they were made bare")
        return spent_s


def expect_accepted(answer: Mapping[str, Any]) -> None:
    if answer["statusCode"] != ACCEPTED:
        raise ChainError(f"a webhook was refused: {answer['body']}")


def member_joined(data: Event, at: datetime) -> Event:
    return _event("member.joined", data, at)


def queued_event(queue: str, bodies: Sequence[str]) -> str:
    """Return the event with which Lambda hands over messages of a queue."""
    records = [
        ReceivedMessage(id=f"message-{number}", receipt="receipt", body=body, receive_count=1)
        for number, body in enumerate(bodies)
    ]
    return json.dumps(sqs_event(f"milepost-{queue}", records))


def _event(type_: str, data: Event, at: datetime) -> Event:
    return {"type": type_, "timestamp": at.isoformat(), "data": data}
