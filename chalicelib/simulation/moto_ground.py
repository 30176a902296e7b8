"""The engine on the adapters of AWS, over moto's DynamoDB and the simulation's own SES and SQS.

The same world as in memory, slower by far: for some hundreds of small runs that show that the
adapters keep what the stores in memory promise.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from typing import Any

from moto import mock_aws

from chalicelib import bootstrap
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
from chalicelib.adapters.fixed_quota import FixedQuota
from chalicelib.adapters.paced_mailer import PacedMailer
from chalicelib.adapters.ses import SesMailer, ses_config
from chalicelib.adapters.sqs import SqsEventQueue, SqsSendQueue, sqs_config
from chalicelib.adapters.sqs_parking import QueueUrls, SqsParking
from chalicelib.domain.brakes import Pauses
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.member import Member
from chalicelib.domain.parking import QueueName
from chalicelib.observability import Line, log_failure
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.cloud import WorkerClock
from chalicelib.simulation.ground import KEY, engine_of
from chalicelib.simulation.index_lag import DUE_SHARDS, LaggingEnrolments
from chalicelib.simulation.mailer import SimulatedMailer
from chalicelib.simulation.moto_hooks import MailHooks, QueueHooks, TableHooks
from chalicelib.simulation.moto_truth import NamedMembers, TableTruth
from chalicelib.simulation.plan import Plan
from chalicelib.simulation.proxies import Gate
from chalicelib.simulation.queue import SimulatedQueue
from chalicelib.simulation.record import Record
from chalicelib.simulation.scheduler import Scheduler
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import EventRecord
from chalicelib.world.moto_answers import answer_as_kept
from chalicelib.world.substrates import aws_environment

TABLE = "milepost"
_URL = "https://queue.example.com/{}"
_LETTERS_URL = "https://queue.example.com/{}-dead-letters"


@contextmanager
def simulated_aws() -> Iterator[None]:
    """Give boto3 a new and empty AWS, which is gone at the end."""
    answer_as_kept()
    with aws_environment(), mock_aws():
        yield


@dataclass(frozen=True)
class MotoGround:
    """The port ``Ground``; make it, and use it, within ``simulated_aws``."""

    plan: Plan
    scheduler: Scheduler
    record: Record
    gate: Gate
    queues: Mapping[QueueName, SimulatedQueue]

    @cached_property
    def clock(self) -> WorkerClock:
        return WorkerClock(self.scheduler)

    @cached_property
    def raw(self) -> Table:
        """The table, with no fault between: for the truth, and for the end of the run."""
        client = _client("dynamodb", dynamodb_config())
        create_table(client, TABLE)
        return Table(client, TABLE)

    @cached_property
    def truth(self) -> TableTruth:
        return TableTruth(self.raw, self.record)

    @cached_property
    def index(self) -> LaggingEnrolments:
        """Hear of what is due; the engine asks the table's own index, which lags by nothing."""
        return LaggingEnrolments(
            None, self.record, self.scheduler, self._chance("index"), 0.0, self.pauses
        )

    @property
    def memberships(self) -> DynamoMemberships:
        return DynamoMemberships(self.raw, DUE_SHARDS)

    @property
    def templates(self) -> DynamoSentTemplates:
        return DynamoSentTemplates(self.raw)

    def engine(self) -> Engine:
        table, sqs, scheduler = self._table(), self._sqs(), self.scheduler
        urls = {name: _URL.format(name) for name in QueueName}
        addresses = {name: QueueUrls(urls[name], _LETTERS_URL.format(name)) for name in QueueName}
        budget, quota = DynamoSendBudget(table), FixedQuota(self.plan.mails_per_second)

        def wait(seconds: float) -> None:
            scheduler.wait(timedelta(seconds=seconds))

        stores = {
            "members": NamedMembers(DynamoMembers(table, lambda: KEY), self.truth, KEY),
            "enrolments": DynamoEnrolments(table, DUE_SHARDS),
            "events": DynamoEventLog(table, self.clock),
            "memberships": DynamoMemberships(table, DUE_SHARDS),
            "stock": DynamoStock(table),
            "brakes": DynamoBrakes(table),
            "mail_counts": DynamoMailCounts(table),
            "sent_templates": DynamoSentTemplates(table),
            "event_queue": SqsEventQueue(sqs, urls[QueueName.EVENTS]),
            "send_queue": SqsSendQueue(sqs, urls[QueueName.SENDS]),
            "parking": SqsParking(sqs, addresses, 0),
            "mailer": PacedMailer(
                *(self._ses(), budget, quota, self.clock, wait),
                on_failure=partial(log_failure, Line.BUDGET_NOT_TOLD),
            ),
        }
        return engine_of(self.plan, self.clock, self.gate, stores)

    def pauses(self) -> Pauses:
        return DynamoBrakes(self.raw).pauses()

    def every_member(self) -> Iterator[Member]:
        return DynamoMembers(self.raw, lambda: KEY).every()

    def every_enrolment(self) -> Iterator[Enrolment]:
        return DynamoEnrolments(self.raw, DUE_SHARDS).every()

    def every_event(self) -> Iterator[EventRecord]:
        return DynamoEventLog(self.raw, self.clock).every()

    def _table(self) -> Table:
        client = _client("dynamodb", dynamodb_config())
        chance = self._chance("table")
        TableHooks(client, self.raw.client, self.gate, self.scheduler, self.truth, chance)
        return Table(client, TABLE)

    def _sqs(self) -> Any:  # noqa: ANN401 - botocore makes its clients at run time
        client = _client("sqs", sqs_config())
        queues = {_URL.format(name): queue for name, queue in self.queues.items()}
        letters = {_LETTERS_URL.format(name): queue for name, queue in self.queues.items()}
        QueueHooks(client, self.gate, queues, letters, self._chance("queues"))
        return client

    def _ses(self) -> SesMailer:
        client = _client("sesv2", ses_config())
        chance = self._chance("mail service")
        MailHooks(
            client,
            SimulatedMailer(self.record, self.gate, self.clock, chance, self.plan.rates),
        )
        return SesMailer(client, TABLE)

    def _chance(self, name: str) -> Chance:
        return Chance(self.plan.seed, name)


def _client(service: str, config: Any) -> Any:  # noqa: ANN401 - botocore makes its clients at run time
    return bootstrap.session().create_client(service, config=config)
