"""Partner events from the queue, each applied once."""

from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from chalice.app import Blueprint, SQSEvent

from chalicelib import bootstrap
from chalicelib.handlers.partial_batch import handle_each, process_records
from chalicelib.usecases.apply_event import handle_event

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(queue="milepost-events", batch_size=10)
def queue_events(event: SQSEvent) -> dict[str, Any]:
    return process_records(event, _apply)


def _apply(record: SQSRecord) -> None:
    """Apply every event of the message; those that must wait bring the message back."""
    engine = bootstrap.engine()
    receives = int(record.attributes.approximate_receive_count)
    events = engine.event_queue.read(record.body).events
    handle_each(events, lambda event: handle_event(engine, event, receives))
