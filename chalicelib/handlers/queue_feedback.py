"""What SES says of the mails, from the queue behind its SNS topic.

It comes one by one, and nothing about it is urgent but for what the next tick may send: it is
gathered for half a minute, which saves most of what reading it would cost.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib import bootstrap
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.parking import ParkReason, QueueName
from chalicelib.handlers.failed_messages import Record, Work
from chalicelib.handlers.partial_batch import process_messages
from chalicelib.handlers.ses_event import Heard, parse_ses_event
from chalicelib.observability import breaker_tripped, feedback_heard
from chalicelib.usecases.count_mails import trip_breaker
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.letters import about_step
from chalicelib.usecases.parking_ports import Letter
from chalicelib.usecases.record_feedback import record_feedback

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(
    queue="milepost-feedback", batch_size=100, maximum_batching_window_in_seconds=30
)
def queue_feedback(event: SQSEvent) -> dict[str, Any]:
    return process_messages(event, QueueName.FEEDBACK, _feedback)


def _feedback(record: Record) -> Iterator[Work]:
    engine = bootstrap.engine()
    heard = parse_ses_event(record["body"])
    if heard is None:
        engine.metrics.count("feedback_not_ours")
        return
    feedback_heard(heard.feedback)
    member_id = heard.feedback.key.member_id
    act = partial(_hear, engine, heard)
    yield Work(frozenset({member_id}), act, partial(_letter, record, heard.feedback.key))


def _hear(engine: Engine, heard: Heard) -> None:
    if why := trip_breaker(engine, heard.feedback):
        breaker_tripped(heard.feedback.key.journey, why)
    record_feedback(engine, heard.feedback, heard.recipient)


def _letter(record: Record, key: StepKey, reason: ParkReason, error: str) -> Letter:
    """A message brings one event: it is set aside as it came."""
    return Letter(body=record["body"], reason=reason, error=error, about=about_step(key))
