"""Partner events from the queue, each applied once, and members of whom something is due.

They are waited for a little: an invocation for each would cost more than what it does.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib import bootstrap
from chalicelib.domain.events import PartnerEvent
from chalicelib.domain.parking import QueueName
from chalicelib.handlers.failed_messages import Record, Work
from chalicelib.handlers.partial_batch import process_messages
from chalicelib.observability import event_handled
from chalicelib.usecases.apply_event import UnknownMemberError, handle_event
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.letters import event_letter, look_letter
from chalicelib.usecases.look_at_member import look_at_member

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(
    queue="milepost-events", batch_size=10, maximum_batching_window_in_seconds=10
)
def queue_events(event: SQSEvent) -> dict[str, Any]:
    return process_messages(event, QueueName.EVENTS, _events)


def _events(record: Record) -> Iterator[Work]:
    """Yield every event of the message; those that must wait bring the message back."""
    engine = bootstrap.engine()
    receives = int(record["attributes"]["ApproximateReceiveCount"])
    batch = engine.event_queue.read(record["body"])
    for event in batch.events:
        act = partial(_handle, engine, event, receives)
        yield Work(frozenset(event.names()), act, partial(event_letter, engine, event))
    for member_id in batch.looks:
        look = partial(look_at_member, engine, member_id)
        yield Work(frozenset({member_id}), look, partial(look_letter, engine, member_id))


def _handle(engine: Engine, event: PartnerEvent, receives: int) -> None:
    try:
        handled = handle_event(engine, event, receives)
    except UnknownMemberError:
        event_handled(event, "waiting")
        raise
    event_handled(event, handled.outcome, handled.member_id)
