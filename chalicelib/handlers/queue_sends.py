"""Due steps from the queue, each sent at most once."""

from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from chalice.app import Blueprint, SQSEvent

from chalicelib import bootstrap
from chalicelib.handlers.partial_batch import handle_each, process_records
from chalicelib.usecases.send_step import send_step

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(queue="milepost-sends", batch_size=10)
def queue_sends(event: SQSEvent) -> dict[str, Any]:
    return process_records(event, _send)


def _send(record: SQSRecord) -> None:
    engine = bootstrap.engine()
    steps = engine.send_queue.read(record.body).steps
    handle_each(steps, lambda key: send_step(engine, key))
