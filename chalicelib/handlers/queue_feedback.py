"""What SES says of the mails, from the queue behind its SNS topic."""

from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from chalice.app import Blueprint, SQSEvent

from chalicelib import bootstrap
from chalicelib.handlers.partial_batch import process_records
from chalicelib.handlers.ses_event import parse_ses_event
from chalicelib.usecases.record_feedback import record_feedback

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(queue="milepost-feedback", batch_size=10)
def queue_feedback(event: SQSEvent) -> dict[str, Any]:
    return process_records(event, _record)


def _record(record: SQSRecord) -> None:
    engine = bootstrap.engine()
    heard = parse_ses_event(record.body)
    if heard is None:
        engine.metrics.count("feedback_not_ours")
    else:
        record_feedback(engine, heard.feedback, heard.recipient)
