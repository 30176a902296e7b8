"""A local world on the twins of AWS: the engine's own adapters and functions, with a meter.

Functions are invoked through it, so that the meter knows which of them runs, what it prints
and how much processor time it takes.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from io import TextIOBase
from pathlib import Path
from random import Random
from typing import Any, cast

from chalicelib.adapters.clock import VirtualClock
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.dynamodb_brakes import DynamoBrakes
from chalicelib.adapters.dynamodb_enrolments import DynamoEnrolments
from chalicelib.adapters.dynamodb_events import DynamoEventLog
from chalicelib.adapters.dynamodb_mail_counts import DynamoMailCounts
from chalicelib.adapters.dynamodb_members import DynamoMembers
from chalicelib.adapters.dynamodb_memberships import DynamoMemberships
from chalicelib.adapters.dynamodb_send_budget import DynamoSendBudget
from chalicelib.adapters.dynamodb_stock import DynamoStock
from chalicelib.adapters.dynamodb_templates import DynamoSentTemplates
from chalicelib.adapters.fixed_quota import FixedQuota
from chalicelib.adapters.ids import HmacIds
from chalicelib.adapters.lockstep import Lockstep
from chalicelib.adapters.memory_queue import MemoryDeadLetters, MemoryQueue
from chalicelib.adapters.metrics import EmfMetrics
from chalicelib.adapters.paced_mailer import PacedMailer
from chalicelib.adapters.ses import SesMailer
from chalicelib.adapters.sqs import SqsEventQueue, SqsSendQueue
from chalicelib.adapters.sqs_parking import QueueUrls, SqsParking
from chalicelib.adapters.time_zones import AirportTimeZones
from chalicelib.adapters.tokens import HmacTokens
from chalicelib.adapters.webhooks import PartnerWebhooks
from chalicelib.cost.deployment import (
    ACCESS_LOG_BYTES,
    API,
    DUE_SHARDS,
    EVENTS,
    FEEDBACK,
    HEARD,
    SENDS,
)
from chalicelib.cost.dynamodb_twin import DynamoDbTwin
from chalicelib.cost.mail_twin import SesTwin
from chalicelib.cost.meter import Meter
from chalicelib.cost.prices import Line
from chalicelib.cost.queue_twin import FullBatches, SqsTwin, chunks
from chalicelib.domain.journey import Programme
from chalicelib.domain.parking import QueueName
from chalicelib.mail.templates import MailTemplates
from chalicelib.observability import Line as LogLine
from chalicelib.observability import log_failure, logger
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import Mailer
from chalicelib.world import gateway
from chalicelib.world.lambda_events import LambdaContext
from chalicelib.world.mailbox import RecordingMailer
from chalicelib.world.partner import Partner
from chalicelib.world.substrates import WorldPlan
from chalicelib.world.world import Handler, Substrate, World

KEY = "a-key-that-protects-nothing-but-has-the-length-of-a-real-one"
BASE_URL = "https://abcdefghij.execute-api.us-east-1.amazonaws.com/api"
SENDS_PER_SECOND = 50
"""SES raises an account's rate with what it sends. With a new account's 14, the mails of a night
would take more than an hour of the morning."""
STEPS_PER_MESSAGE = 20
"""What the engine puts into a message at that rate; a test holds it against the engine."""
GIGABYTE = 1024**3
WINDOW = timedelta(seconds=1.2)
"""How far apart the queue shows messages to the senders: each finds a window of its own. In the
world's time all messages of a tick are one moment, so the pace has a clock for itself."""
_URLS = {name: QueueUrls(f"queue_{name}", f"queue_{name}") for name in QueueName}
"""A letter is told from a message by its attributes."""


class _CountingOutput(TextIOBase):
    """Standard output as CloudWatch takes it in: counted, searched for metrics, and gone."""

    def __init__(self, meter: Meter) -> None:
        self.metrics: set[str] = set()
        self._count = meter.outside(self._counted)
        self._meter = meter

    def write(self, text: str) -> int:
        self._count(text)
        return len(text)

    def _counted(self, text: str) -> None:
        self._meter.add(Line.LOGS, len(text.encode()) / GIGABYTE)
        if '"_aws"' in text:
            for directive in json.loads(text)["_aws"]["CloudWatchMetrics"]:
                self.metrics |= {metric["Name"] for metric in directive["Metrics"]}


@dataclass(slots=True)
class Ground:
    """A metered world, and the ends of it that a bill needs. ``pacing``: the senders' clock."""

    meter: Meter
    world: World
    dynamodb: DynamoDbTwin
    sqs: SqsTwin
    queues: Mapping[str, MemoryQueue]
    consumers: Mapping[str, FullBatches]
    pacing: VirtualClock
    output: _CountingOutput = field(init=False)

    def __post_init__(self) -> None:
        self.output = _CountingOutput(self.meter)
        self.world.invoke = self.invoke

    def partner(self, plan: WorldPlan) -> Partner:
        """Return the partner, whose requests come in through a metered front door."""
        return Partner(plan.partner, plan.secret, self._request)

    def invoke(self, name: str, handler: Handler, event: dict[str, Any]) -> Any:  # noqa: ANN401
        """Run a function as Lambda does, with its output going to the log."""
        if name == SENDS:
            self.pacing.advance(WINDOW)
        with self.meter.running(name), redirect_stdout(cast("Any", self.output)):
            self.meter.add(Line.INVOCATIONS)
            return handler(event, LambdaContext(name))

    def let_go(self) -> None:
        """Let the queues hand over what was waiting for a full batch."""
        for consumer in self.consumers.values():
            consumer.let_go(now=True)
        self.world.run_now()
        for consumer in self.consumers.values():
            consumer.let_go(now=False)

    def stored_gb(self) -> float:
        return self.dynamodb.table.stored_bytes() / GIGABYTE

    def _request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> gateway.HttpResponse:
        self.meter.add(Line.API)
        self.meter.add(Line.LOGS, ACCESS_LOG_BYTES / GIGABYTE)
        return gateway.request(method, path, headers, body, self._answer)

    def _answer(self, event: dict[str, Any]) -> Mapping[str, object]:
        answer: Mapping[str, object] = self.invoke(API, lambda e, _: gateway.invoke(e), event)
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How dense things are in a metered world, and what it hears of.

    ``batches`` is how many messages a function gets, by function; ``heard`` what SES tells of.
    """

    batches: Mapping[str, int]
    tick_every: timedelta
    due_shards: int = DUE_SHARDS
    heard: frozenset[str] = HEARD


@contextmanager
def metered(plan: WorldPlan, programme: Programme, setup: Setup) -> Iterator[Ground]:
    """Make a metered world."""
    logged = logger.level
    logger.setLevel("INFO")  # as it is on Lambda
    try:
        yield _ground(plan, programme, setup)
    finally:
        logger.setLevel(logged)


def _ground(plan: WorldPlan, programme: Programme, setup: Setup) -> Ground:
    meter, clock, pacing = Meter(), VirtualClock(plan.start), VirtualClock(plan.start)
    queues = {name: MemoryQueue(name) for name in (EVENTS, SENDS, FEEDBACK)}
    consumers = {name: FullBatches(queue, name, meter.messages) for name, queue in queues.items()}
    twin, sqs = DynamoDbTwin(meter), SqsTwin(meter, queues)
    engine = _engine(plan, programme, clock, _Clients(meter, twin, sqs, pacing), setup.due_shards)

    def publish(body: str) -> None:
        if json.loads(body)["eventType"] not in setup.heard:
            return
        meter.add(Line.TOPICS, chunks(body))
        queues[FEEDBACK].send(body)

    substrate = Substrate(
        engine=engine,
        clock=clock,
        mailer=cast("RecordingMailer", engine.mailer),
        events=consumers[EVENTS],
        sends=consumers[SENDS],
        feedback=consumers[FEEDBACK],
        publish_feedback=publish,
        letters=MemoryDeadLetters({name.removeprefix("queue_"): q for name, q in queues.items()}),
        batches={name.removeprefix("queue_"): size for name, size in setup.batches.items()},
    )
    world = World(substrate, audit_every=timedelta(days=10_000), tick_every=setup.tick_every)
    return Ground(meter, world, twin, sqs, queues, consumers, pacing)


@cache
def _mails(folder: Path) -> MailTemplates:
    """Load once a process, as a function does: what it compiles at first use is no mail's cost."""
    return MailTemplates.load(folder)


class _Clients:
    """The clients of AWS that the engine is given; their time is not the engine's."""

    def __init__(
        self, meter: Meter, dynamodb: DynamoDbTwin, sqs: SqsTwin, pacing: VirtualClock
    ) -> None:
        self.dynamodb = _Outside(dynamodb, meter)
        self.sqs = _Outside(sqs, meter)
        self.ses = _Outside(SesTwin(meter), meter)
        self.pacing = pacing


class _Outside:
    """A client whose calls cost the caller no processor time."""

    def __init__(self, client: object, meter: Meter) -> None:
        self._client = client
        self._meter = meter

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client has
        found = getattr(self._client, name)
        if not callable(found):
            return found
        call = self._meter.outside(found)
        setattr(self, name, call)
        return call


def paced(mailer: Mailer, table: Table, clock: VirtualClock) -> PacedMailer:
    """Pace the mails as on AWS, by a clock that waiting alone moves on."""

    def wait(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))

    quota = FixedQuota(SENDS_PER_SECOND)
    return PacedMailer(
        *(mailer, DynamoSendBudget(table), quota, clock, wait),
        on_failure=partial(log_failure, LogLine.BUDGET_NOT_TOLD),
    )


def _engine(
    plan: WorldPlan,
    programme: Programme,
    clock: VirtualClock,
    clients: _Clients,
    due_shards: int,
) -> Engine:
    secret = f"{KEY}-{plan.seed}".encode
    table = Table(cast("Any", clients.dynamodb), "milepost-production")
    ses = SesMailer(cast("Any", clients.ses), "milepost-production")
    mailer = paced(ses, table, clients.pacing)
    return Engine(
        programme=programme,
        mails=_mails(plan.folder),
        members=DynamoMembers(table, secret),
        enrolments=DynamoEnrolments(table, due_shards),
        events=DynamoEventLog(table, clock),
        memberships=DynamoMemberships(table, due_shards),
        stock=DynamoStock(table),
        brakes=DynamoBrakes(table),
        mail_counts=DynamoMailCounts(table),
        sent_templates=DynamoSentTemplates(table),
        event_queue=SqsEventQueue(cast("Any", clients.sqs), EVENTS),
        send_queue=SqsSendQueue(cast("Any", clients.sqs), SENDS),
        parking=SqsParking(cast("Any", clients.sqs), _URLS),
        mailer=RecordingMailer(mailer, clock, plan.mails_kept),
        tokens=HmacTokens({"k1": KEY.encode()}),
        ids=HmacIds(secret, Random(plan.seed).randbytes),
        clock=clock,
        time_zones=AirportTimeZones(),
        metrics=EmfMetrics("Milepost"),
        webhooks=PartnerWebhooks(plan.secrets),
        base_url=BASE_URL,
        together=Lockstep(),
        due_shards=due_shards,
        sends_per_tick=SENDS_PER_SECOND * 60,
        steps_per_message=STEPS_PER_MESSAGE,
    )
