"""The engine on one machine under a virtual clock: what AWS does between the functions.

The real handlers are called with real event shapes. Queues are pumped, the minute tick and
the nightly audit run at their virtual times, and time jumps to the next moment at which
anything happens, so that thirty days pass in seconds.
"""

import heapq
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chalicelib import bootstrap
from chalicelib.adapters.clock import VirtualClock
from chalicelib.adapters.queue_consumers import QueueConsumer
from chalicelib.handlers.queue_events import queue_events
from chalicelib.handlers.queue_feedback import queue_feedback
from chalicelib.handlers.queue_sends import queue_sends
from chalicelib.handlers.schedule_audit import schedule_audit
from chalicelib.handlers.schedule_due import schedule_due
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.parking_ports import DeadLetters
from chalicelib.usecases.queue_due import LOOKS_PER_TICK
from chalicelib.world import gateway
from chalicelib.world.agenda import Agenda
from chalicelib.world.lambda_events import LambdaContext, schedule_event, sqs_event
from chalicelib.world.mailbox import RecordingMailer
from chalicelib.world.watched_brakes import WatchedBrakes
from chalicelib.world.watched_enrolments import WatchedEnrolments
from chalicelib.world.watched_memberships import WatchedMemberships
from chalicelib.world.watched_parking import WatchedParking

TICK = timedelta(minutes=1)
RETRY_AFTER = timedelta(seconds=30)
"""How long a failed message stays hidden: SQS's visibility timeout, shorter as people wait."""

NIGHTLY = timedelta(days=1)
BATCH = 10

QUEUES = EVENTS, SENDS, FEEDBACK = "events", "sends", "feedback"

Handler = Callable[[dict[str, Any], LambdaContext], Any]
Invoke = Callable[[str, Handler, dict[str, Any]], Any]
"""Calls the function of this name with an event, as Lambda does."""


def invoke(name: str, handler: Handler, event: dict[str, Any]) -> Any:  # noqa: ANN401 - as the function answers
    return handler(event, LambdaContext(name))


@dataclass(slots=True)
class Substrate:
    """What a world runs on: an engine, and the ends of its queues that AWS would hold.

    ``batches`` is how many messages a function gets at once, by queue; else ``BATCH``.
    """

    engine: Engine
    clock: VirtualClock
    mailer: RecordingMailer
    events: QueueConsumer
    sends: QueueConsumer
    feedback: QueueConsumer
    publish_feedback: Callable[[str], None]
    letters: DeadLetters
    batches: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class World:
    """Drives the engine through virtual time.

    With ``tick_every`` the ticks keep to that time; without it, one comes as soon as somebody
    looks and something is due.
    """

    substrate: Substrate
    engine: Engine = field(init=False)
    agenda: Agenda = field(default_factory=Agenda)
    audit_every: timedelta = NIGHTLY
    tick_every: timedelta | None = None
    invoke: Invoke = invoke
    due: list[datetime] = field(default_factory=list)
    last_tick: datetime | None = None
    next_audit: datetime = field(init=False)

    def __post_init__(self) -> None:
        engine = self.substrate.engine
        enrolments = WatchedEnrolments(engine.enrolments, self._note_due)
        parking = WatchedParking(engine.parking, self._note_postponed)
        brakes = WatchedBrakes(engine.brakes, lambda: self._note_due(self.now()))
        memberships = WatchedMemberships(engine.memberships, self._note_due)
        self.engine = replace(
            engine, enrolments=enrolments, memberships=memberships, parking=parking, brakes=brakes
        )
        bootstrap.use(self.engine)
        self.next_audit = self._next_audit()

    def now(self) -> datetime:
        return self.substrate.clock.now()

    def request(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> gateway.HttpResponse:
        """Let a client call the API, and run what follows at once."""
        response = gateway.request(method, path, headers, body)
        self.run_now()
        return response

    def run_now(self) -> None:
        """Run everything that is due at this moment, and look into every queue."""
        self._pump(QUEUES)
        self._run_moment()

    def advance(self, span: timedelta) -> None:
        self.advance_to(self.now() + span)

    def advance_to(self, target: datetime) -> None:
        """Move on to ``target``, running everything at its time on the way."""
        while (moment := self._next_moment(target)) < target:
            self.substrate.clock.set(moment)
            self._run_moment()
        self.substrate.clock.set(max(target, self.now()))
        self.run_now()

    def _note_due(self, at: datetime) -> None:
        """Remember that a tick at ``at`` will find something."""
        heapq.heappush(self.due, at)

    def _note_postponed(self, queue: str) -> None:
        """Look into the queue again later."""
        self.agenda.add(self.now() + RETRY_AFTER, lambda: None, wakes=queue)

    def _next_moment(self, target: datetime) -> datetime:
        """Return when anything happens next, ``target`` at the latest."""
        moments = [self.next_audit, target]
        if at := self.agenda.next_at():
            moments.append(at)
        if self.due:
            earliest = self.last_tick + (self.tick_every or TICK) if self.last_tick else self.due[0]
            moments.append(max(self.due[0], earliest))
        return min(moments)

    def _run_moment(self) -> None:
        """Run what the world knows to be due: acts, the minute's tick, the night's audit."""
        self._act()
        now = self.now()
        if self.due and self.due[0] <= now and self._may_tick(now):
            self._send_due(now)
        if self.next_audit <= now:
            self.next_audit = self._next_audit()
            self.invoke("schedule_audit", schedule_audit, schedule_event("schedule_audit", now))

    def _may_tick(self, now: datetime) -> bool:
        if self.tick_every is None or self.last_tick is None:
            return True
        return now >= self.last_tick + self.tick_every

    def _send_due(self, now: datetime) -> None:
        """Tick once; what is beyond one tick's budget is left to the next."""
        while self.due and self.due[0] <= now:
            heapq.heappop(self.due)
        self.last_tick = now
        event = schedule_event("schedule_due", now)
        answer = self.invoke("schedule_due", schedule_due, event)
        if answer["queued"] >= self.engine.sends_per_tick or answer["looks"] >= LOOKS_PER_TICK:
            self._note_due(now)
        self._pump({EVENTS, SENDS})
        self._act()

    def _next_audit(self) -> datetime:
        """Return the next 03:00 UTC, or the one after as many days as the world leaves out."""
        night = self.now().replace(hour=3, minute=0, second=0, microsecond=0)
        return (night if night > self.now() else night + NIGHTLY) + self.audit_every - NIGHTLY

    def _act(self) -> None:
        """Run the agenda and pump the queues it wakes until nothing is left to do now."""
        while woken := self.agenda.run_until(self.now()):
            self._pump(woken)

    def _pump(self, names: Collection[str]) -> None:
        """Let the functions behind these queues work, as Lambda's pollers would."""
        if EVENTS in names:
            self._drain(EVENTS, queue_events)
        if SENDS in names:
            self._drain(SENDS, queue_sends)
        if FEEDBACK in names:
            self._drain(FEEDBACK, queue_feedback)

    def _drain(self, name: str, handler: Handler) -> None:
        """Hand every visible message to the function, in batches; a short one is the last."""
        queue: QueueConsumer = getattr(self.substrate, name)
        limit = self.substrate.batches.get(name, BATCH)
        messages = queue.receive(limit)
        while messages:
            event = sqs_event(f"milepost-{name}", messages)
            answer = self.invoke(f"queue_{name}", handler, event)
            failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            for message in messages:
                if message.id in failed:
                    act = partial(queue.release, message.receipt)
                    self.agenda.add(self.now() + RETRY_AFTER, act, wakes=name)
                else:
                    queue.delete(message.receipt)
            messages = queue.receive(limit) if len(messages) == limit else []
