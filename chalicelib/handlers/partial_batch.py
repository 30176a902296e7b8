"""One answer to SQS: the messages that failed come back, the others are done."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from chalice.app import SQSEvent

from chalicelib import bootstrap
from chalicelib.observability import log_failure
from chalicelib.usecases.apply_event import UnknownMemberError

T = TypeVar("T")


def process_records(event: SQSEvent, handle: Callable[[SQSRecord], None]) -> dict[str, Any]:
    """Handle each record; one that raises comes back, and after five receives is set aside."""

    def handle_or_log(record: SQSRecord) -> None:
        try:
            handle(record)
        except UnknownMemberError:
            raise  # expected: a later event of another queue batch lets it through
        except Exception as error:
            log_failure("message failed", error, message_id=record.message_id)
            raise

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    response = process_partial_response(
        event=event.to_dict(), record_handler=handle_or_log, processor=processor
    )
    bootstrap.engine().metrics.flush()
    return dict(response)


def handle_each(parts: Iterable[T], handle: Callable[[T], object]) -> None:
    """Handle every part of a message, then raise what failed: one can't hold up the others.

    The message comes back; parts that were done are then found to be done. A failure says
    more than a member who is not known yet.
    """
    failures: list[Exception] = []
    for part in parts:
        try:
            handle(part)
        except Exception as error:  # noqa: BLE001 - raised below, when the others had their turn
            failures.append(error)
    if failures:
        raise min(failures, key=lambda failure: isinstance(failure, UnknownMemberError))
