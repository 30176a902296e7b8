"""Due steps from the queue, each sent at most once."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib import bootstrap
from chalicelib.domain.enrolment import StepState
from chalicelib.domain.feedback import StepKey
from chalicelib.handlers.partial_batch import Record, Work, process_messages
from chalicelib.observability import mail_sent, step_not_sent
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.send_step import Sent, send_step

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(queue="milepost-sends", batch_size=10)
def queue_sends(event: SQSEvent) -> dict[str, Any]:
    return process_messages(event, _steps)


def _steps(record: Record) -> Iterator[Work]:
    engine = bootstrap.engine()
    for key in engine.send_queue.read(record["body"]).steps:
        yield Work(frozenset({key.member_id}), partial(_send, engine, key))


def _send(engine: Engine, key: StepKey) -> None:
    match send_step(engine, key):
        case Sent(outcome) if outcome.state is StepState.SENT:
            mail_sent(key, outcome.message_id)
        case Sent(outcome):
            step_not_sent(key, outcome.reason or outcome.state)
        case reason:
            step_not_sent(key, reason)
