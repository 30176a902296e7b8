"""How late mails are at a given rate: the engine's own tick on an index of so many due steps.

The tick, the index and the queue's bodies are real. The senders behind the queue are modelled:
each takes one message after the other, for as long as the meter says that one takes, and SES takes
no more than its rate. Nothing is sent.
"""

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from math import ceil
from statistics import fmean, quantiles
from typing import Any

from chalicelib.adapters.codec import load_sends
from chalicelib.adapters.items import enrolment_item
from chalicelib.adapters.sqs import SqsSendQueue
from chalicelib.adapters.wire import to_wire
from chalicelib.cost.capacity import item_bytes
from chalicelib.cost.deployment import (
    DUE_SHARDS,
    MAILS_A_SECOND_OF_A_SENDER,
    MEMORY_MB,
    SENDS,
    TICK,
)
from chalicelib.cost.ground import Ground
from chalicelib.cost.prices import Line
from chalicelib.cost.sample import Sample, opened
from chalicelib.cost.table import key_of
from chalicelib.cost.waits import duration
from chalicelib.domain.arms import Arm
from chalicelib.domain.enrolment import Enrolment
from chalicelib.usecases.queue_due import queue_due

MINUTE = timedelta(minutes=1)
HEADROOM = 1.25
AT_FIRST, MORE_A_MINUTE, AT_MOST = 5, 300, 1_000
"""How many messages Lambda has worked on at once when a queue comes alive, and how that rises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """Seconds from when a step falls due to SES's answer; ``throttled`` mails had to come again.

    ``tick_seconds`` is what the longest tick took: it must stay below its timeout.
    """

    mails_a_second: float
    mails: int
    throttled: int
    mean_seconds: float
    median_seconds: float
    p99_seconds: float
    longest_seconds: float
    tick_seconds: float
    senders: int
    mails_a_second_of_a_sender: float


def due_lag(
    sample: Sample, mails_a_second: float, minutes: int = 3, headroom: float = HEADROOM
) -> Lag:
    """Let steps fall due at an even rate; ``sample`` says how long a mail takes a sender.

    SES takes ``headroom`` times as many mails a second: a queue that is served no faster than it
    fills never gets shorter.
    """
    total = int(mails_a_second * 60 * minutes)
    with opened(replace(sample.plan, sample=1), sample.batches, 1) as ground:
        start = ground.world.now()
        run = _Run(
            ground=ground,
            rate=mails_a_second * headroom,
            seconds_a_mail=_seconds_a_mail(sample),
            due=deque(start + timedelta(seconds=n / mails_a_second) for n in range(total)),
        )
        run.all()
    cuts = quantiles(run.late, n=100)
    return Lag(
        mails_a_second=mails_a_second,
        mails=len(run.late),
        throttled=run.throttled,
        mean_seconds=fmean(run.late),
        median_seconds=cuts[49],
        p99_seconds=cuts[98],
        longest_seconds=max(run.late),
        tick_seconds=run.longest_tick,
        senders=run.most_senders,
        mails_a_second_of_a_sender=1 / run.seconds_a_mail,
    )


def _seconds_a_mail(sample: Sample) -> float:
    invocations = sample.chain.amounts[SENDS, Line.INVOCATIONS]
    ran = duration(sample.chain, SENDS, invocations, MEMORY_MB[SENDS])
    return ran.billed_seconds / sample.mails


@dataclass(slots=True)
class _Run:
    """A simulation under way; ``waiting`` has messages by when they can be taken."""

    ground: Ground
    rate: float
    seconds_a_mail: float
    due: deque[datetime]
    late: list[float] = field(default_factory=list)
    throttled: int = 0
    longest_tick: float = 0.0
    waiting: list[tuple[datetime, int, list[str]]] = field(default_factory=list)
    due_at: dict[str, datetime] = field(default_factory=dict)
    free: list[datetime] = field(default_factory=list)
    accepted: Counter[int] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def most_senders(self) -> int:
        return min(AT_MOST, max(2, ceil(self.rate / MAILS_A_SECOND_OF_A_SENDER)))

    def all(self) -> None:
        """Tick every minute until everything is sent."""
        now = self.ground.world.now()
        self.free = [now] * min(AT_FIRST, self.most_senders)
        while self.due or self.due_at:
            now += MINUTE
            self._fall_due(now)
            self._tick(now)
            more = min(self.most_senders, len(self.free) + MORE_A_MINUTE) - len(self.free)
            for _ in range(more):
                heapq.heappush(self.free, now)
            self._send_until(now + MINUTE)

    def _fall_due(self, now: datetime) -> None:
        table = self.ground.dynamodb.table
        while self.due and self.due[0] <= now:
            enrolment = _due_enrolment(f"m{next(self.numbers):025d}", self.due.popleft())
            item = to_wire(enrolment_item(enrolment, DUE_SHARDS))
            table.put(item, item_bytes(item))
            self.due_at[enrolment.member_id] = enrolment.due_at or now

    def _tick(self, now: datetime) -> None:
        """Run the engine's tick; what it puts first can be taken first."""
        ground = self.ground
        ground.world.substrate.clock.set(now)
        sqs: Any = ground.sqs
        engine = replace(
            ground.world.engine,
            sends_per_tick=ceil(self.rate * 60),
            send_queue=SqsSendQueue(sqs, SENDS, lambda: ceil(self.rate)),
        )
        before = ground.meter.snapshot()
        with ground.meter.running(TICK):
            queue_due(engine)
        took = duration(ground.meter.since(before), TICK, 1, MEMORY_MB[TICK]).billed_seconds
        self.longest_tick = max(self.longest_tick, took)
        bodies = [message.body for message in ground.queues[SENDS].receive(10**9)]
        delays, ground.sqs.delays_seconds = ground.sqs.delays_seconds, []
        for number, (body, delay) in enumerate(zip(bodies, delays, strict=True), start=1):
            ready = now + timedelta(seconds=took * number / len(bodies) + delay)
            members = [key.member_id for key in load_sends(body).steps]
            heapq.heappush(self.waiting, (ready, next(self.numbers), members))

    def _send_until(self, end: datetime) -> None:
        """Let the senders take messages; what they don't get to by then waits on."""
        while self.waiting and max(self.waiting[0][0], self.free[0]) < end:
            ready, _, members = heapq.heappop(self.waiting)
            started = max(ready, heapq.heappop(self.free))
            still_due = [member for member in members if member in self.due_at]
            done = started + timedelta(seconds=self.seconds_a_mail * len(still_due))
            heapq.heappush(self.free, done)
            self._answer(still_due, done)

    def _answer(self, members: Iterable[str], done: datetime) -> None:
        """Let SES take as many mails a second as it may; the others stay due."""
        second = int(done.timestamp())
        for member in members:
            if self.accepted[second] >= self.rate:
                self.throttled += 1
                continue
            self.accepted[second] += 1
            self.late.append((done - self.due_at.pop(member)).total_seconds())
            self.ground.dynamodb.table.delete(key_of(f"MEMBER#{member}\nENROLMENT#welcome#0001"))


def _due_enrolment(member_id: str, due_at: datetime) -> Enrolment:
    return Enrolment(
        member_id=member_id,
        journey="welcome",
        journey_version=1,
        entry=1,
        arm=Arm.TREATED,
        entered_at=due_at,
        step="reminder",
        ready_at=due_at,
        due_at=due_at,
    )
