"""The HTTP schema of a webhook: one event of any type, or a batch of them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from chalicelib.handlers.event_schema import (
    ID_GRAMMAR,
    CompletedEvent,
    Envelope,
    JoinedEvent,
    MergedEvent,
    PlainEvent,
    Strict,
    UpdatedEvent,
)
from chalicelib.handlers.transaction_schema import ReturnEvent, TransactionEvent

MAX_EVENTS = 500

AnyEvent = Annotated[
    JoinedEvent
    | UpdatedEvent
    | CompletedEvent
    | MergedEvent
    | TransactionEvent
    | ReturnEvent
    | PlainEvent,
    Field(discriminator="type"),
]


class BatchedEvent(Strict):
    """One event of a batch, under an id of its own."""

    id: Annotated[str, StringConstraints(pattern=ID_GRAMMAR)]
    event: AnyEvent

    @model_validator(mode="before")
    @classmethod
    def _lift_id(cls, raw: Any) -> Any:  # noqa: ANN401 - raw JSON
        """Part the id from the event, so that one schema serves both ways of sending."""
        if not isinstance(raw, Mapping):
            return raw
        event = {key: value for key, value in raw.items() if key != "id"}
        return {"id": raw.get("id"), "event": event}


class BatchData(Strict):
    """Up to 500 events, in the order in which they happened."""

    events: Annotated[list[BatchedEvent], Field(min_length=1, max_length=MAX_EVENTS)]


class Batch(Envelope):
    """Many events in one delivery."""

    type: Literal["batch"]
    data: BatchData
