"""Take a partner's webhook in: remember its id, queue its events, then say yes.

A repetition is queued again: the first delivery may have died between the two, and the
events themselves are applied once whatever is queued.
"""

from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.events import PartnerEvent
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import EventBatch, EventRecord, Receipt

EVENTS_PER_MESSAGE = 25


class Acceptance(StrEnum):
    """What the partner is told."""

    ACCEPTED = "accepted"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A verified and valid webhook: its record key, the hash of its body, its events."""

    partner: str
    record_id: str
    body_hash: str
    events: tuple[PartnerEvent, ...]

    def event_ids(self) -> tuple[str, ...]:
        """Return what a batch's record names; an event that came alone is its own record."""
        ids = tuple(event.event_id for event in self.events)
        return () if ids == (self.record_id,) else ids


def accept_webhook(engine: Engine, webhook: Webhook) -> Acceptance:
    """Queue the webhook's events; when it returns ACCEPTED, the queue has them all."""
    receipt = engine.events.receive(
        EventRecord(
            partner=webhook.partner,
            event_id=webhook.record_id,
            body_hash=webhook.body_hash,
            received_at=engine.clock.now(),
            event_ids=webhook.event_ids(),
        )
    )
    engine.metrics.count(f"webhook_{receipt}")
    if receipt is Receipt.CONFLICT:
        return Acceptance.CONFLICT
    starts = range(0, len(webhook.events), EVENTS_PER_MESSAGE)
    engine.event_queue.put(
        [EventBatch(events=webhook.events[i : i + EVENTS_PER_MESSAGE]) for i in starts]
    )
    return Acceptance.ACCEPTED
