"""Both kinds of every adapter: in memory, and boto3 under moto. A test that asks for
``stores`` or ``queues`` runs once on each.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.clock import VirtualClock
from chalicelib.adapters.dynamodb import Table, create_table, dynamodb_config
from chalicelib.adapters.dynamodb_brakes import DynamoBrakes
from chalicelib.adapters.dynamodb_enrolments import DynamoEnrolments
from chalicelib.adapters.dynamodb_events import DynamoEventLog
from chalicelib.adapters.dynamodb_mail_counts import DynamoMailCounts
from chalicelib.adapters.dynamodb_members import DynamoMembers
from chalicelib.adapters.dynamodb_memberships import DynamoMemberships
from chalicelib.adapters.dynamodb_send_budget import DynamoSendBudget
from chalicelib.adapters.dynamodb_stock import DynamoStock
from chalicelib.adapters.dynamodb_templates import DynamoSentTemplates
from chalicelib.adapters.memory_brakes import MemoryBrakes
from chalicelib.adapters.memory_enrolments import MemoryEnrolments
from chalicelib.adapters.memory_events import MemoryEventLog
from chalicelib.adapters.memory_mail_counts import MemoryMailCounts
from chalicelib.adapters.memory_mailer import MemoryMailer
from chalicelib.adapters.memory_members import MemoryMembers
from chalicelib.adapters.memory_memberships import MemoryMemberships
from chalicelib.adapters.memory_queue import (
    MemoryDeadLetters,
    MemoryEventQueue,
    MemoryParking,
    MemoryQueue,
    MemorySendQueue,
)
from chalicelib.adapters.memory_send_budget import MemorySendBudget
from chalicelib.adapters.memory_stock import MemoryStock
from chalicelib.adapters.memory_templates import MemorySentTemplates
from chalicelib.adapters.queue_consumers import QueueConsumer
from chalicelib.adapters.ses import SesMailer, ses_config
from chalicelib.adapters.sqs import SqsEventQueue, SqsSendQueue, create_queue, sqs_config
from chalicelib.adapters.sqs_parking import QueueUrls, SqsDeadLetters, SqsParking
from chalicelib.domain.parking import QueueName
from chalicelib.usecases.benefit_ports import Stock
from chalicelib.usecases.brake_ports import Brakes, MailCounts, SendBudget
from chalicelib.usecases.member_ports import Members
from chalicelib.usecases.membership_ports import Memberships
from chalicelib.usecases.parking_ports import DeadLetters, Parking
from chalicelib.usecases.ports import (
    Enrolments,
    EventLog,
    EventQueue,
    SendQueue,
)
from chalicelib.usecases.template_ports import SentTemplates
from chalicelib.world.moto_statements import answer_statements

REGION = "us-east-1"
SHARDS = 4
NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)

numbers = count()


@dataclass
class Stores:
    members: Members
    enrolments: Enrolments
    events: EventLog
    memberships: Memberships
    brakes: Brakes
    counts: MailCounts
    budget: SendBudget
    templates: SentTemplates
    stock: Stock
    clock: VirtualClock
    shards: int = SHARDS


@dataclass
class Queues:
    events: EventQueue
    sends: SendQueue
    parking: Parking
    letters: DeadLetters
    events_end: QueueConsumer
    sends_end: QueueConsumer


def memory_stores() -> Stores:
    clock, members, brakes = VirtualClock(NOW), MemoryMembers(), MemoryBrakes()
    return Stores(
        members=members,
        enrolments=MemoryEnrolments(members, SHARDS, brakes),
        events=MemoryEventLog(clock),
        memberships=MemoryMemberships(members, SHARDS),
        brakes=brakes,
        counts=MemoryMailCounts(),
        budget=MemorySendBudget(),
        templates=MemorySentTemplates(),
        stock=MemoryStock(),
        clock=clock,
    )


def dynamodb_stores(client: Any) -> Stores:
    name = f"table-{next(numbers)}"
    create_table(client, name)
    answer_statements(client)
    clock, table = VirtualClock(NOW), Table(client, name)
    return Stores(
        members=DynamoMembers(table, lambda: b"alias secret"),
        enrolments=DynamoEnrolments(table, SHARDS),
        events=DynamoEventLog(table, clock),
        memberships=DynamoMemberships(table, SHARDS),
        brakes=DynamoBrakes(table),
        counts=DynamoMailCounts(table),
        budget=DynamoSendBudget(table),
        templates=DynamoSentTemplates(table),
        stock=DynamoStock(table),
        clock=clock,
    )


def memory_queues() -> Queues:
    events, sends = MemoryQueue("events"), MemoryQueue("sends")
    ends = {QueueName.EVENTS: events, QueueName.SENDS: sends}
    return Queues(
        events=MemoryEventQueue(events),
        sends=MemorySendQueue(sends),
        parking=MemoryParking(ends),
        letters=MemoryDeadLetters(ends),
        events_end=events,
        sends_end=sends,
    )


def sqs_queues(client: Any) -> Queues:
    number = next(numbers)
    events = create_queue(client, f"events-{number}")
    sends = create_queue(client, f"sends-{number}")
    ends = {QueueName.EVENTS: events, QueueName.SENDS: sends}
    urls = {name: QueueUrls(end.url, end.dead_letter_url) for name, end in ends.items()}
    return Queues(
        events=SqsEventQueue(client, events.url),
        sends=SqsSendQueue(client, sends.url),
        parking=SqsParking(client, urls, postponed_seconds=0),
        letters=SqsDeadLetters(client, urls, in_real_time=False),
        events_end=events,
        sends_end=sends,
    )


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture(scope="module")
def dynamodb(aws) -> Any:
    return boto3.client("dynamodb", region_name=REGION, config=dynamodb_config())


@pytest.fixture(scope="module")
def sqs(aws) -> Any:
    return boto3.client("sqs", region_name=REGION, config=sqs_config())


@pytest.fixture(params=["memory", "dynamodb"])
def new_stores(request) -> Callable[[], Stores]:
    if request.param == "memory":
        return memory_stores
    client = request.getfixturevalue("dynamodb")
    return lambda: dynamodb_stores(client)


@pytest.fixture
def stores(new_stores) -> Stores:
    return new_stores()


@pytest.fixture(params=["memory", "sqs"])
def new_queues(request) -> Callable[[], Queues]:
    if request.param == "memory":
        return memory_queues
    client = request.getfixturevalue("sqs")
    return lambda: sqs_queues(client)


@pytest.fixture
def queues(new_queues) -> Queues:
    return new_queues()


@pytest.fixture(params=["memory", "ses"])
def mailer(request) -> MemoryMailer | SesMailer:
    if request.param == "memory":
        return MemoryMailer()
    request.getfixturevalue("aws")
    client = boto3.client("sesv2", region_name=REGION, config=ses_config())
    client.create_email_identity(EmailIdentity="miles.example")
    return SesMailer(client, "milepost")
