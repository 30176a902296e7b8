"""What a letter of each queue says: one event or one step, in a message of its own.

On the envelope are opaque ids alone, by which it can be found in the log and in the table.
"""

from chalicelib.domain.events import PartnerEvent
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.parking import ParkReason
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.parking_ports import Letter
from chalicelib.usecases.ports import EventBatch, SendBatch


def event_letter(
    engine: Engine, event: PartnerEvent, reason: ParkReason, error: str = ""
) -> Letter:
    body = engine.event_queue.write(EventBatch(events=(event,)))
    return Letter(body=body, reason=reason, error=error, about=about_event(event))


def look_letter(engine: Engine, member_id: str, reason: ParkReason, error: str = "") -> Letter:
    body = engine.event_queue.write(EventBatch(events=(), looks=(member_id,)))
    return Letter(body=body, reason=reason, error=error, about={"member_id": member_id})


def step_letter(engine: Engine, key: StepKey, reason: ParkReason, error: str = "") -> Letter:
    body = engine.send_queue.write(SendBatch(steps=(key,)))
    return Letter(body=body, reason=reason, error=error, about=about_step(key))


def about_event(event: PartnerEvent) -> dict[str, str]:
    return {
        "partner": event.partner,
        "event_id": event.event_id,
        "webhook_id": event.webhook_id,
    }


def about_step(key: StepKey) -> dict[str, str]:
    return {"member_id": key.member_id, "journey": key.journey, "step": key.step}
