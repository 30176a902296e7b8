"""What SES says of the mails, from the queue behind its SNS topic.

It comes one by one, and nothing about it is urgent but for what the next tick may send: it is
gathered for half a minute, which saves most of what reading it would cost.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib import bootstrap
from chalicelib.handlers.partial_batch import Record, Work, process_messages
from chalicelib.handlers.ses_event import parse_ses_event
from chalicelib.observability import feedback_heard
from chalicelib.usecases.record_feedback import record_feedback

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(
    queue="milepost-feedback", batch_size=100, maximum_batching_window_in_seconds=30
)
def queue_feedback(event: SQSEvent) -> dict[str, Any]:
    return process_messages(event, _feedback)


def _feedback(record: Record) -> Iterator[Work]:
    engine = bootstrap.engine()
    heard = parse_ses_event(record["body"])
    if heard is None:
        engine.metrics.count("feedback_not_ours")
        return
    feedback_heard(heard.feedback)
    member_id = heard.feedback.key.member_id
    act = partial(record_feedback, engine, heard.feedback, heard.recipient)
    yield Work(frozenset({member_id}), act)
