"""What became of a webhook, as ``milepost trace`` tells it: the records, and the dead letters."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from chalicelib.adapters.codec import load_events
from chalicelib.domain.events import EventOutcome
from chalicelib.domain.parking import ParkReason
from chalicelib.operations.letter_words import why
from chalicelib.usecases.dead_letters import FiledLetter
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import MessageError
from chalicelib.usecases.trace_webhook import TracedEvent, trace_webhook

WAITING = "waiting"
SET_ASIDE = "set_aside"
OPEN = (
    None,
    EventOutcome.PARKED_UNKNOWN_MEMBER,
    EventOutcome.PARKED_CONFLICT,
    EventOutcome.PARKED_UNKNOWN_TRANSACTION,
    EventOutcome.PARKED_REFUSED,
)
"""Outcomes of events that may be among the dead letters."""
_EXPLANATIONS: Mapping[str, str] = {
    WAITING: "it is in the queue, or is tried again",
    EventOutcome.APPLIED: "it had its effect",
    EventOutcome.STALE: "all it told was known in a newer state",
    EventOutcome.ERASED: "the member was erased",
    EventOutcome.REFUSED: "the two members can't be merged, or parted, so",
    EventOutcome.PARKED_UNKNOWN_MEMBER: ParkReason.UNKNOWN_MEMBER.explanation,
    EventOutcome.PARKED_CONFLICT: ParkReason.CONFLICT.explanation,
    EventOutcome.PARKED_UNKNOWN_TRANSACTION: ParkReason.UNKNOWN_TRANSACTION.explanation,
    EventOutcome.PARKED_REFUSED: ParkReason.REFUSED.explanation,
}

Letters = Mapping[tuple[str, str, str], FiledLetter]
"""By partner, webhook and event."""


def traced(
    engine: Engine, partner: str, webhook_id: str, letters: Callable[[], Iterable[FiledLetter]]
) -> dict[str, Any] | None:
    """Follow a webhook; None when there is none. ``letters`` are looked at if one may be meant."""
    trace = trace_webhook(engine, partner, webhook_id)
    if trace is None:
        return None
    aside: Letters = {}
    if any(event.outcome in OPEN for event in trace.events):
        aside = {name: letter for letter in letters() for name in _names(letter)}
    events = [_event(event, (partner, webhook_id), aside) for event in trace.events]
    return {"webhook": webhook_id, "partner": partner, "events": events}


def _event(event: TracedEvent, of: tuple[str, str], aside: Letters) -> dict[str, Any]:
    letter = aside.get((*of, event.event_id)) if event.outcome in OPEN else None
    outcome = event.outcome or (SET_ASIDE if letter else WAITING)
    return {
        "event": event.event_id,
        "outcome": str(outcome),
        "why": why(letter) if letter else _EXPLANATIONS[outcome],
        "member": event.member_id,
        "at": event.at.isoformat() if event.at else None,
        "letter": letter.id if letter else None,
    }


def _names(filed: FiledLetter) -> Iterator[tuple[str, str, str]]:
    """Name the events in a letter; one that nobody can read has none."""
    with suppress(MessageError):
        for event in load_events(filed.letter.body).events:
            yield event.partner, event.webhook_id, event.event_id
