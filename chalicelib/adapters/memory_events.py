"""The event log in a dictionary: the twin of the DynamoDB adapter."""

from collections.abc import Iterator

from chalicelib.adapters.items import expires_at
from chalicelib.usecases.ports import Clock, EventRecord, Receipt


class MemoryEventLog:
    """The port ``EventLog``. The clock decides only what has expired."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: dict[tuple[str, str], EventRecord] = {}

    def receive(self, record: EventRecord) -> Receipt:
        kept = self.find(record.partner, record.event_id)
        if kept is None:
            self.conclude(record)
            return Receipt.NEW
        return Receipt.REPEATED if kept.body_hash == record.body_hash else Receipt.CONFLICT

    def find(self, partner: str, event_id: str) -> EventRecord | None:
        record = self._records.get((partner, event_id))
        return record if record and self._is_kept(record) else None

    def conclude(self, record: EventRecord) -> None:
        self._records[record.partner, record.event_id] = record

    def every(self) -> Iterator[EventRecord]:
        return iter([record for record in self._records.values() if self._is_kept(record)])

    def _is_kept(self, record: EventRecord) -> bool:
        return expires_at(record) > int(self._clock.now().timestamp())
