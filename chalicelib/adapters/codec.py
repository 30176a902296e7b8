"""What stands in a queue's message: the batches of the ports as JSON, and back.

The twins use the same bodies as SQS, so whatever can't make the trip fails everywhere.
"""

from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from chalicelib.domain.events import PartnerEvent
from chalicelib.domain.feedback import StepKey
from chalicelib.usecases.ports import EventBatch, MessageError, SendBatch

MAX_BODY_BYTES = 256 * 1024
"""A quarter of what SQS takes: what one webhook may bring fits, and a retry repeats little."""

T = TypeVar("T")

_EVENTS = TypeAdapter(EventBatch)
_SENDS = TypeAdapter(SendBatch)


def dump_events(batch: EventBatch) -> str:
    return _EVENTS.dump_json(batch, fallback=_plain, warnings=False).decode()


def load_events(body: str | bytes) -> EventBatch:
    """Read what ``dump_events`` wrote; ``MessageError``, with no personal value, for the rest."""
    return _load(_EVENTS, body)


def dump_sends(batch: SendBatch) -> str:
    return _SENDS.dump_json(batch).decode()


def load_sends(body: str | bytes) -> SendBatch:
    """Read what ``dump_sends`` wrote; ``MessageError`` for the rest."""
    return _load(_SENDS, body)


def event_bodies(batches: Iterable[EventBatch]) -> Iterator[str]:
    """Write all batches in their order, those that are too large in halves."""
    for batch in batches:
        yield from _bodies(batch.events, _events_body)
        yield from _bodies(batch.looks, _looks_body)


def send_bodies(batches: Iterable[SendBatch]) -> Iterator[str]:
    """Write all batches in their order, those that are too large in halves."""
    for batch in batches:
        yield from _bodies(batch.steps, _steps_body)


def _events_body(events: tuple[PartnerEvent, ...]) -> str:
    return dump_events(EventBatch(events=events))


def _looks_body(looks: tuple[str, ...]) -> str:
    return dump_events(EventBatch(events=(), looks=looks))


def _steps_body(steps: tuple[StepKey, ...]) -> str:
    return dump_sends(SendBatch(steps=steps))


def _bodies(parts: tuple[T, ...], dump: Callable[[tuple[T, ...]], str]) -> Iterator[str]:
    if not parts:
        return
    body = dump(parts)
    size_bytes = len(body.encode())
    if size_bytes <= MAX_BODY_BYTES:
        yield body
        return
    if len(parts) == 1:
        raise MessageError(
            f"One entry has {size_bytes} bytes, over {MAX_BODY_BYTES}; refuse it at the intake"
        )
    middle = len(parts) // 2
    yield from _bodies(parts[:middle], dump)
    yield from _bodies(parts[middle:], dump)


def _plain(value: object) -> dict[str, object]:
    """The domain's empty defaults are read-only views, which pydantic can't write."""
    if isinstance(value, MappingProxyType):
        return dict(value)
    raise TypeError(f"A {type(value).__name__} can't stand in a message; use JSON's types")


def _load(adapter: TypeAdapter[T], body: str | bytes) -> T:
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        first = faults[0]
        place = ".".join(str(part) for part in first["loc"]) or "the body"
        raise MessageError(
            f"The message can't be read: {place}: {first['msg']} ({len(faults)} faults in all); "
            "mend or drop it in the dead-letter queue"
        ) from None
