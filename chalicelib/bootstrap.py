"""Puts the engine together: the only place that makes AWS clients.

A Lambda function builds it once a process, at its first event, and each part of it when the
part is first used: a client takes longer to make than everything else. The local world sets
its own engine.
"""

import json
from functools import cache, cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session

from chalicelib.adapters.client_config import client_config
from chalicelib.adapters.clock import SystemClock
from chalicelib.adapters.dynamodb import Table, dynamodb_config
from chalicelib.adapters.dynamodb_brakes import DynamoBrakes
from chalicelib.adapters.dynamodb_enrolments import DynamoEnrolments
from chalicelib.adapters.dynamodb_events import DynamoEventLog
from chalicelib.adapters.dynamodb_mail_counts import DynamoMailCounts
from chalicelib.adapters.dynamodb_members import DynamoMembers
from chalicelib.adapters.dynamodb_memberships import DynamoMemberships
from chalicelib.adapters.ids import HmacIds
from chalicelib.adapters.lockstep import Lockstep
from chalicelib.adapters.metrics import EmfMetrics
from chalicelib.adapters.parameters import ParameterStore
from chalicelib.adapters.time_zones import AirportTimeZones
from chalicelib.adapters.tokens import HmacTokens
from chalicelib.domain.journey import Programme
from chalicelib.domain.pace import MOST_BEGUN, Pace, pace_of
from chalicelib.domain.parking import QueueName
from chalicelib.observability import Line, log_failure
from chalicelib.programme.loader import load_programme
from chalicelib.settings import Settings, read_settings
from chalicelib.usecases.engine import Engine

if TYPE_CHECKING:
    from chalicelib.adapters.dynamodb_stock import DynamoStock
    from chalicelib.adapters.dynamodb_templates import DynamoSentTemplates
    from chalicelib.adapters.paced_mailer import PacedMailer
    from chalicelib.adapters.ses import SesMailer
    from chalicelib.adapters.ses_quota import SesQuota
    from chalicelib.adapters.sqs import SqsEventQueue, SqsSendQueue
    from chalicelib.adapters.sqs_parking import SqsParking
    from chalicelib.adapters.webhooks import PartnerWebhooks
    from chalicelib.mail.templates import MailTemplates

ROOT = Path(__file__).resolve().parent.parent

SES_CALLS = 6
"""How many mails one process sends at a time: with more, threads get in each other's way."""
WORLD_PER_SECOND = 14
"""Where time is virtual and no quota is asked for: what a new account in production has."""

_override: list[Engine] = []


def engine() -> Engine:
    """Return the engine of this process."""
    return _override[0] if _override else _built()


def use(engine: Engine) -> None:
    """Make ``engine`` the one of this process, in place of one built for AWS."""
    _override[:] = [engine]


@cache
def _built() -> "AwsEngine":
    return AwsEngine(read_settings())


class AwsEngine(Engine):
    """The engine on AWS. A part is imported, made and given its secrets when it is first used."""

    def __init__(self, settings: Settings, *, in_real_time: bool = True, attempts: int = 1) -> None:
        """In a world with a clock of its own nothing can wait, and mails go out one by one.

        ``attempts`` is how often the table is asked for something before it counts as silent.
        """
        set_up = {
            "settings": settings,
            "in_real_time": in_real_time,
            "attempts": attempts,
            "together": Lockstep(),
            "due_shards": settings.due_shards,
        }
        self.__dict__.update(set_up)  # the dataclass is frozen

    settings: Settings
    in_real_time: bool
    attempts: int

    @cached_property
    def programme(self) -> Programme:
        return load_programme(self._folder)

    @cached_property
    def mails(self) -> "MailTemplates":
        from chalicelib.mail.templates import MailTemplates  # noqa: PLC0415

        return MailTemplates.load(self._folder)

    @cached_property
    def members(self) -> DynamoMembers:
        return DynamoMembers(self.table, self._identity_key)

    @cached_property
    def enrolments(self) -> DynamoEnrolments:
        return DynamoEnrolments(self.table, self.settings.due_shards)

    @cached_property
    def events(self) -> DynamoEventLog:
        return DynamoEventLog(self.table, self.clock)

    @cached_property
    def memberships(self) -> DynamoMemberships:
        return DynamoMemberships(self.table, self.settings.due_shards)

    @cached_property
    def stock(self) -> "DynamoStock":
        from chalicelib.adapters.dynamodb_stock import DynamoStock  # noqa: PLC0415

        return DynamoStock(self.table)

    @cached_property
    def brakes(self) -> DynamoBrakes:
        return DynamoBrakes(self.table)

    @cached_property
    def mail_counts(self) -> DynamoMailCounts:
        return DynamoMailCounts(self.table)

    @cached_property
    def sent_templates(self) -> "DynamoSentTemplates":
        from chalicelib.adapters.dynamodb_templates import DynamoSentTemplates  # noqa: PLC0415

        return DynamoSentTemplates(self.table)

    @cached_property
    def event_queue(self) -> "SqsEventQueue":
        from chalicelib.adapters.sqs import SqsEventQueue  # noqa: PLC0415

        return SqsEventQueue(self._sqs, self.settings.events_queue_url)

    @cached_property
    def send_queue(self) -> "SqsSendQueue":
        from chalicelib.adapters.sqs import SqsSendQueue  # noqa: PLC0415

        per_second = self._mails_per_second if self.in_real_time else None
        return SqsSendQueue(self._sqs, self.settings.sends_queue_url, per_second)

    @cached_property
    def parking(self) -> "SqsParking":
        from chalicelib.adapters.sqs_parking import (  # noqa: PLC0415
            POSTPONED_SECONDS,
            QueueUrls,
            SqsParking,
        )

        told = self.settings
        urls = {
            QueueName.EVENTS: QueueUrls(told.events_queue_url, told.events_dead_letters_url),
            QueueName.SENDS: QueueUrls(told.sends_queue_url, told.sends_dead_letters_url),
            QueueName.FEEDBACK: QueueUrls(told.feedback_queue_url, told.feedback_dead_letters_url),
        }
        return SqsParking(self._sqs, urls, POSTPONED_SECONDS if self.in_real_time else 0)

    @cached_property
    def mailer(self) -> "PacedMailer | SesMailer":
        from chalicelib.adapters.dynamodb_send_budget import DynamoSendBudget  # noqa: PLC0415
        from chalicelib.adapters.paced_mailer import PacedMailer  # noqa: PLC0415
        from chalicelib.adapters.pause import pause  # noqa: PLC0415
        from chalicelib.adapters.ses import SesMailer  # noqa: PLC0415

        mailer = SesMailer(self._ses, self.settings.configuration_set)
        if not self.in_real_time:
            return mailer
        budget = DynamoSendBudget(self.table)
        return PacedMailer(
            mailer,
            budget,
            self.quota,
            self.clock,
            pause,
            on_failure=partial(log_failure, Line.BUDGET_NOT_TOLD),
            parallel=SES_CALLS,
        )

    @cached_property
    def quota(self) -> "SesQuota":
        """What SES takes, as far as the deployment wants all of it."""
        from chalicelib.adapters.ses_quota import SesQuota  # noqa: PLC0415

        not_told = partial(log_failure, Line.QUOTA_NOT_TOLD)
        return SesQuota(self._ses, self.settings.sends_per_second, self.clock, not_told)

    @property
    def sends_per_tick(self) -> int:
        return max(1, int(60 * self._mails_per_second()))

    @property
    def steps_per_message(self) -> int:
        """One message fills a window, so that its sender need not wait for a second one."""
        pace = self._pace()
        return min(pace.mails, MOST_BEGUN) if pace else 1

    def _mails_per_second(self) -> float:
        pace = self._pace()
        return pace.per_second if pace else 0.0

    def _pace(self) -> Pace | None:
        return pace_of(self.quota.per_second() if self.in_real_time else WORLD_PER_SECOND)

    @property
    def tokens(self) -> HmacTokens:
        return _tokens(self._parameter("token_keys"))

    @cached_property
    def ids(self) -> HmacIds:
        return HmacIds(self._identity_key)

    @cached_property
    def clock(self) -> SystemClock:
        return SystemClock()

    @cached_property
    def time_zones(self) -> AirportTimeZones:
        return AirportTimeZones(self._folder)

    @cached_property
    def metrics(self) -> EmfMetrics:
        return EmfMetrics("Milepost")

    @property
    def webhooks(self) -> "PartnerWebhooks":
        return _webhooks(self._parameter("partner_secrets"))

    @property
    def base_url(self) -> str:
        return self._parameter("base_url")

    @property
    def _folder(self) -> Path:
        return ROOT / self.settings.programme

    @cached_property
    def table(self) -> Table:
        return Table(_client("dynamodb", dynamodb_config(self.attempts)), self.settings.table)

    @cached_property
    def _sqs(self) -> Any:  # noqa: ANN401 - botocore makes its clients at run time
        from chalicelib.adapters.sqs import sqs_config  # noqa: PLC0415

        return _client("sqs", sqs_config())

    @cached_property
    def _ses(self) -> Any:  # noqa: ANN401 - as above
        from chalicelib.adapters.ses import ses_config  # noqa: PLC0415

        return _client("sesv2", ses_config())

    def _identity_key(self) -> bytes:
        return self._parameter("identity_key").encode()

    @cached_property
    def parameters(self) -> ParameterStore:
        client = _client("ssm", client_config(attempts=3))
        return ParameterStore(client, self.settings.parameters)

    def _parameter(self, name: str) -> str:
        """Return what is set in the environment, else what is in Parameter Store now."""
        value: str = getattr(self.settings, name)
        return value or self.parameters.read(name.replace("_", "-"))


@cache
def session() -> botocore.session.Session:
    """One for all clients, which then share what it has read; boto3 itself would add nothing."""
    return botocore.session.get_session()


def _client(service: str, config: Any) -> Any:  # noqa: ANN401 - botocore makes its clients at run time
    return session().create_client(service, config=config)


@lru_cache(maxsize=2)
def _tokens(keys: str) -> HmacTokens:
    return HmacTokens({name: secret.encode() for name, secret in json.loads(keys).items()})


@lru_cache(maxsize=2)
def _webhooks(secrets: str) -> "PartnerWebhooks":
    from chalicelib.adapters.webhooks import PartnerWebhooks  # noqa: PLC0415

    return PartnerWebhooks(json.loads(secrets))
