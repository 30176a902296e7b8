"""The event log in DynamoDB. What has expired counts as gone, whenever DynamoDB deletes it."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.adapters import keys
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.items import event_item, event_of
from chalicelib.usecases.ports import Clock, EventRecord, Receipt


class DynamoEventLog:
    """The port ``EventLog``. The clock decides only what has expired."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def receive(self, record: EventRecord) -> Receipt:
        """AP11: keep an id unless it is kept; the item in the way says which of the two it is."""
        kept = self._table.put_new(
            event_item(record),
            "attribute_not_exists(PK) OR expires_at <= :now",
            {":now": self._now()},
        )
        if kept is None:
            return Receipt.NEW
        same = kept.get("body_hash") == record.body_hash
        return Receipt.REPEATED if same else Receipt.CONFLICT

    def find(self, partner: str, event_id: str) -> EventRecord | None:
        """AP12: what became of an event."""
        item = self._table.get(keys.event(partner, event_id))
        return event_of(item) if item and self._is_kept(item) else None

    def conclude(self, record: EventRecord) -> None:
        """AP13: store what became of an event."""
        self._table.put(event_item(record))

    def every(self, segment: int = 0, segments: int = 1) -> Iterator[EventRecord]:
        """AP14: all events, for people; segments can be read in parallel."""
        items = self._table.scan("EVENT", segment=segment, segments=segments)
        return (event_of(item) for item in items if self._is_kept(item))

    def _is_kept(self, item: Mapping[str, Any]) -> bool:
        return bool(item["expires_at"] > self._now())

    def _now(self) -> int:
        return int(self._clock.now().timestamp())
