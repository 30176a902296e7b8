"""What a world runs on: AWS as moto plays it, or the in-memory adapters for size.

Both make the same engine under the same virtual clock, with names drawn from the seed, so
that a world replays exactly and both kinds do the same.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import boto3
from moto import mock_aws

from chalicelib import bootstrap
from chalicelib.adapters.clock import SystemClock, VirtualClock
from chalicelib.adapters.dynamodb import create_table
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
    MemoryDeadLetters,
    MemoryEventQueue,
    MemoryParking,
    MemoryQueue,
    MemorySendQueue,
)
from chalicelib.adapters.memory_stock import MemoryStock
from chalicelib.adapters.memory_templates import MemorySentTemplates
from chalicelib.adapters.sqs import SqsConsumer, create_queue, put_bodies
from chalicelib.adapters.sqs_parking import QueueUrls, SqsDeadLetters
from chalicelib.adapters.time_zones import AirportTimeZones
from chalicelib.adapters.tokens import HmacTokens
from chalicelib.adapters.webhooks import PartnerWebhooks
from chalicelib.domain.journey import Programme
from chalicelib.domain.parking import QueueName
from chalicelib.mail.templates import MailTemplates
from chalicelib.observability import logger
from chalicelib.programme.loader import load_programme
from chalicelib.settings import Settings
from chalicelib.usecases.current_templates import keep_templates
from chalicelib.usecases.engine import Engine
from chalicelib.world.lambda_events import REGION
from chalicelib.world.mailbox import RecordingMailer
from chalicelib.world.moto_answers import answer_as_kept
from chalicelib.world.moto_statements import answer_statements
from chalicelib.world.world import Substrate

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MORNING = time(10, 0)
DUE_SHARDS = 1  # moto reads the whole table for each query
SENDS_PER_TICK = 840  # 14 a second, what a new account in production has
KEY = "local-world-key-that-protects-nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldPlan:
    """How a world is to be made.

    ``holdout`` replaces every journey's own share; ``mails_kept`` is how many mails the mailbox
    holds, at about 30 kB each; ``loaded`` is the folder's programme and its mails, from whoever
    makes many worlds and has loaded them once.
    """

    folder: Path
    start: datetime
    seed: int = 2027
    partner: str = "demo"
    secret: str = ""
    base_url: str = "http://127.0.0.1:8000"
    holdout: float | None = None
    mails_kept: int = 100_000
    loaded: tuple[Programme, MailTemplates] | None = None

    def mails(self) -> MailTemplates:
        return self.loaded[1] if self.loaded else MailTemplates.load(self.folder)

    def programme(self) -> Programme:
        programme = self.loaded[0] if self.loaded else load_programme(self.folder)
        if self.holdout is None:
            return programme
        journeys = {
            name: replace(journey, holdout=self.holdout)
            for name, journey in programme.journeys.items()
        }
        return replace(programme, journeys=journeys)

    @property
    def secrets(self) -> Mapping[str, list[str]]:
        return {self.partner: [self.secret]}


def this_morning(time_zone: str) -> datetime:
    """Return ten o'clock today where the programme is at home: outside any quiet hours."""
    zone = ZoneInfo(time_zone)
    return datetime.combine(
        SystemClock().now().astimezone(zone).date(), MORNING, tzinfo=zone
    ).astimezone(UTC)


@contextmanager
def substrate(kind: str, plan: WorldPlan) -> Iterator[Substrate]:
    """Make what a world runs on: ``kind`` is "moto" or "memory"."""
    logger.setLevel("ERROR")  # a terminal is no log
    if kind == "memory":
        yield _with_templates_kept(_memory(plan))
        return
    answer_as_kept()
    with aws_environment(), mock_aws():
        yield _with_templates_kept(_moto(plan))


def _with_templates_kept(ground: Substrate) -> Substrate:
    """Do what a deployment does when its stack stands."""
    keep_templates(ground.engine.sent_templates, ground.engine.current_templates)
    return ground


def _memory(plan: WorldPlan) -> Substrate:
    clock, members, brakes = VirtualClock(plan.start), MemoryMembers(), MemoryBrakes()
    mailer = RecordingMailer(MemoryMailer(limit=0), clock, plan.mails_kept)
    queues = {name: MemoryQueue(name) for name in QueueName}
    events, sends, feedback = queues.values()
    engine = Engine(
        programme=plan.programme(),
        mails=plan.mails(),
        members=members,
        enrolments=MemoryEnrolments(members, DUE_SHARDS, brakes),
        events=MemoryEventLog(clock),
        memberships=MemoryMemberships(members, DUE_SHARDS),
        stock=MemoryStock(),
        brakes=brakes,
        mail_counts=MemoryMailCounts(),
        sent_templates=MemorySentTemplates(),
        event_queue=MemoryEventQueue(events),
        send_queue=MemorySendQueue(sends),
        parking=MemoryParking(queues),
        mailer=mailer,
        tokens=HmacTokens({"k1": KEY.encode()}),
        ids=_seeded_ids(plan),
        clock=clock,
        time_zones=AirportTimeZones(),
        metrics=MemoryMetrics(),
        webhooks=PartnerWebhooks(plan.secrets),
        base_url=plan.base_url,
        due_shards=DUE_SHARDS,
        sends_per_tick=SENDS_PER_TICK,
    )
    letters = MemoryDeadLetters({name.value: queue for name, queue in queues.items()})
    return Substrate(engine, clock, mailer, events, sends, feedback, feedback.send, letters)


def _moto(plan: WorldPlan) -> Substrate:
    """Make the resources that CloudFormation would, then the engine that Lambda would have."""
    clock = VirtualClock(plan.start)
    create_table(boto3.client("dynamodb"), "milepost")
    sqs = boto3.client("sqs")
    queues = {name: create_queue(sqs, f"milepost-{name}") for name in QueueName}
    events, sends, feedback = queues.values()
    _verify_sender(plan.programme().sender.address)
    settings = Settings(
        programme=str(plan.folder.resolve()),
        events_queue_url=events.url,
        events_dead_letters_url=events.dead_letter_url,
        sends_queue_url=sends.url,
        sends_dead_letters_url=sends.dead_letter_url,
        feedback_queue_url=feedback.url,
        feedback_dead_letters_url=feedback.dead_letter_url,
        configuration_set="milepost",
        base_url=plan.base_url,
        partner_secrets=json.dumps(plan.secrets),
        token_keys=json.dumps({"k1": KEY}),
        identity_key=KEY,
        due_shards=DUE_SHARDS,
    )
    built = bootstrap.AwsEngine(settings, in_real_time=False)
    answer_statements(built.table.client)
    mailer = RecordingMailer(built.mailer, clock, plan.mails_kept)
    ours = {
        "programme": plan.programme(),
        "mails": plan.mails(),
        "mailer": mailer,
        "ids": _seeded_ids(plan),
        "clock": clock,
        "metrics": MemoryMetrics(),
    }
    # A part is made when it is first asked for: nobody asks for what is replaced.
    names = {each.name for each in fields(Engine)} - ours.keys()
    theirs = {name: getattr(built, name) for name in names}
    engine = Engine(**{**theirs, **ours})
    return Substrate(
        engine, clock, mailer, events, sends, feedback,
        lambda body: put_bodies(sqs, feedback.url, [body]), _letters(sqs, queues),
    )  # fmt: skip


def _letters(sqs: "SQSClient", queues: Mapping[QueueName, SqsConsumer]) -> SqsDeadLetters:
    urls = {
        name.value: QueueUrls(queue.url, queue.dead_letter_url) for name, queue in queues.items()
    }
    return SqsDeadLetters(sqs, urls, in_real_time=False)


def _seeded_ids(plan: WorldPlan) -> HmacIds:
    return HmacIds(f"{KEY}-{plan.seed}".encode, Random(plan.seed).randbytes)


def _verify_sender(address: str) -> None:
    ses = boto3.client("sesv2")
    ses.create_configuration_set(ConfigurationSetName="milepost")
    ses.create_email_identity(EmailIdentity=address)


@contextmanager
def aws_environment() -> Iterator[None]:
    """Give boto3 a region and keys that open nothing, whatever this machine has set."""
    ours = {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    before = {name: os.environ.get(name) for name in [*ours, "AWS_PROFILE"]}
    os.environ.update(ours)
    os.environ.pop("AWS_PROFILE", None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
