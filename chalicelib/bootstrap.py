"""Puts the engine together: the only place that makes AWS clients.

A Lambda function builds it once a process, at its first event. The local world sets its own.
"""

from functools import cache
from pathlib import Path

import boto3

from chalicelib.adapters.clock import SystemClock
from chalicelib.adapters.dynamodb import Table, dynamodb_config
from chalicelib.adapters.dynamodb_enrolments import DynamoEnrolments
from chalicelib.adapters.dynamodb_events import DynamoEventLog
from chalicelib.adapters.dynamodb_grants import DynamoGrants
from chalicelib.adapters.dynamodb_members import DynamoMembers
from chalicelib.adapters.ids import HmacIds
from chalicelib.adapters.metrics import EmfMetrics
from chalicelib.adapters.ses import SesMailer, ses_config
from chalicelib.adapters.sqs import SqsEventQueue, SqsSendQueue, sqs_config
from chalicelib.adapters.time_zones import AirportTimeZones
from chalicelib.adapters.tokens import HmacTokens
from chalicelib.adapters.webhooks import PartnerWebhooks
from chalicelib.mail.templates import MailTemplates
from chalicelib.programme.loader import load_programme
from chalicelib.settings import Settings, read_settings
from chalicelib.usecases.engine import Engine

ROOT = Path(__file__).resolve().parent.parent

_override: list[Engine] = []


def engine() -> Engine:
    """Return the engine of this process."""
    return _override[0] if _override else _built()


def use(engine: Engine) -> None:
    """Make ``engine`` the one of this process, in place of one built for AWS."""
    _override[:] = [engine]


@cache
def _built() -> Engine:
    return build(read_settings())


def build(settings: Settings) -> Engine:
    """Return the engine on AWS."""
    clock = SystemClock()
    secret = settings.identity_key.encode()
    table = Table(boto3.client("dynamodb", config=dynamodb_config()), settings.table)
    sqs = boto3.client("sqs", config=sqs_config())
    folder = ROOT / settings.programme
    return Engine(
        programme=load_programme(folder),
        mails=MailTemplates.load(folder),
        members=DynamoMembers(table, secret),
        enrolments=DynamoEnrolments(table, settings.due_shards),
        events=DynamoEventLog(table, clock),
        grants=DynamoGrants(table),
        event_queue=SqsEventQueue(sqs, settings.events_queue_url, settings.events_dead_letters_url),
        send_queue=SqsSendQueue(sqs, settings.sends_queue_url),
        mailer=SesMailer(boto3.client("sesv2", config=ses_config()), settings.configuration_set),
        tokens=HmacTokens({key: value.encode() for key, value in settings.token_keys.items()}),
        ids=HmacIds(secret),
        clock=clock,
        time_zones=AirportTimeZones(),
        metrics=EmfMetrics("Milepost", "milepost"),
        webhooks=PartnerWebhooks(settings.partner_secrets),
        base_url=settings.base_url,
        due_shards=settings.due_shards,
        sends_per_tick=settings.sends_per_second * 60,
    )
