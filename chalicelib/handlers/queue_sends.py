"""Due steps from the queue, each sent at most once."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib import bootstrap
from chalicelib.domain.enrolment import StepState
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.parking import QueueName
from chalicelib.handlers.failed_messages import Record, Work
from chalicelib.handlers.partial_batch import process_messages
from chalicelib.observability import Line, log_failure, mail_sent, step_not_sent
from chalicelib.usecases.count_mails import count_mails
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.letters import step_letter
from chalicelib.usecases.send_step import Sent, send_step

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(queue="milepost-sends", batch_size=10)
def queue_sends(event: SQSEvent) -> dict[str, Any]:
    sent: Counter[str] = Counter()
    answer = process_messages(event, QueueName.SENDS, partial(_steps, sent))
    _count(sent)
    return answer


def _count(sent: Counter[str]) -> None:
    """Count for the breaker; what was sent stays sent, so that no message comes back for it."""
    try:
        count_mails(bootstrap.engine(), sent)
    except Exception as error:  # noqa: BLE001 - told by its kind; mails stay sent
        log_failure(Line.MAILS_NOT_COUNTED, error)


def _steps(sent: Counter[str], record: Record) -> Iterator[Work]:
    engine = bootstrap.engine()
    for key in engine.send_queue.read(record["body"]).steps:
        letter = partial(step_letter, engine, key)
        yield Work(frozenset({key.member_id}), partial(_send, engine, sent, key), letter)


def _send(engine: Engine, sent: Counter[str], key: StepKey) -> None:
    match send_step(engine, key):
        case Sent(outcome) if outcome.state is StepState.SENT:
            sent[key.journey] += 1
            mail_sent(key, outcome.message_id)
        case Sent(outcome):
            step_not_sent(key, outcome.reason or outcome.state)
        case reason:
            step_not_sent(key, reason)
