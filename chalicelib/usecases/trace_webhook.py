"""What became of a webhook that was answered with 2xx: of each of its events, from the records."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from chalicelib.domain.events import EventOutcome
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import EventRecord
from chalicelib.usecases.record_ids import batch_record, conflict_record


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedEvent:
    """An event, what became of it (None: nothing yet) and when that was stored."""

    event_id: str
    outcome: EventOutcome | None = None
    member_id: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A webhook and its events, in the partner's order."""

    partner: str
    webhook_id: str
    events: tuple[TracedEvent, ...]


def trace_webhook(engine: Engine, partner: str, webhook_id: str) -> Trace | None:
    """Follow the webhook; None when none of this id was accepted, or its record has expired."""
    batch = engine.events.find(partner, batch_record(webhook_id))
    if batch:
        events = _events(engine, partner, webhook_id, batch.event_ids)
        return Trace(partner=partner, webhook_id=webhook_id, events=events)
    alone = engine.events.find(partner, webhook_id)
    if alone is None:
        return None
    return Trace(partner=partner, webhook_id=webhook_id, events=(_told(webhook_id, alone),))


def _events(
    engine: Engine, partner: str, webhook_id: str, event_ids: tuple[str, ...]
) -> tuple[TracedEvent, ...]:
    """Look all events up together; the first failure is the whole trace's."""
    found: dict[str, TracedEvent] = {}

    def look_up(event_id: str) -> None:
        conflict = engine.events.find(partner, conflict_record(webhook_id, event_id))
        record = conflict or engine.events.find(partner, event_id)
        found[event_id] = _told(event_id, record) if record else TracedEvent(event_id=event_id)

    acts = [partial(look_up, event_id) for event_id in dict.fromkeys(event_ids)]
    for error in engine.together.run(acts):
        if error:
            raise error
    return tuple(found[event_id] for event_id in event_ids)


def _told(event_id: str, record: EventRecord) -> TracedEvent:
    return TracedEvent(
        event_id=event_id,
        outcome=record.outcome,
        member_id=record.member_id,
        at=record.received_at,
    )
