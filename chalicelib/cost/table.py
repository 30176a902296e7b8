"""A DynamoDB table with its one sparse index, kept small: items lie packed as bytes.

What is written is seen at once, in the index too. Nothing is billed here.
"""

import json
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from chalicelib.cost.capacity import STORED_OVERHEAD_BYTES, IndexKey, item_bytes

Wire = Mapping[str, Any]

INDEX = ("GSI1PK", "GSI1SK")
ENTRY = ("PK", "SK", *INDEX)
Packed = tuple[bytes, int, IndexKey | None]
"""An item's bytes, its size as DynamoDB counts it, and its place in the index."""


@dataclass(slots=True)
class MemoryTable:
    """Items by key, and what is in the index, sorted."""

    items: dict[str, Packed] = field(default_factory=dict)
    index: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def get(self, key: Wire) -> Wire | None:
        stored = self.items.get(key_text(key))
        return unpacked(stored) if stored else None

    def before(self, key: Wire) -> tuple[Wire | None, int, IndexKey | None]:
        """Return what a write meets: the item, its size, its place in the index."""
        stored = self.items.get(key_text(key))
        return (unpacked(stored), stored[1], stored[2]) if stored else (None, 0, None)

    def put(self, item: Wire, size_bytes: int) -> None:
        key, place = key_text(item), index_key(item)
        self._unindex(key)
        if place:
            insort(self.index.setdefault(place[0], []), (place[1], key))
        self.items[key] = packed(item), size_bytes, place

    def delete(self, key: Wire) -> None:
        self._unindex(key_text(key))
        self.items.pop(key_text(key), None)

    def due(self, partition: str, end: str, after: str, limit: int) -> tuple[list[Wire], bool]:
        """Return a shard's entries with ``after < GSI1SK < end``, and whether there are more."""
        entries = self.index.get(partition, [])
        start, stop = bisect_right(entries, (after, "\uffff")), bisect_left(entries, (end, ""))
        page = entries[start : min(stop, start + limit)]
        return [index_entry(unpacked(self.items[key])) for _, key in page], start + limit < stop

    def partition(self, partition: str) -> list[Wire]:
        """Return the items that share a ``PK``, in the order of their ``SK``."""
        keys = sorted(key for key in self.items if key.startswith(f"{partition}\n"))
        return [unpacked(self.items[key]) for key in keys]

    def segment(self, number: int, segments: int) -> Iterator[str]:
        """Yield the keys of a segment, in an order that stays."""
        keys = list(self.items)
        return (key for key in keys if segments == 1 or crc32(key.encode()) % segments == number)

    def stored_bytes(self) -> int:
        """Return what is billed as storage: the table and the index, with what AWS adds."""
        indexed = [
            item_bytes(index_entry(unpacked(stored))) + STORED_OVERHEAD_BYTES
            for stored in self.items.values()
            if stored[2]
        ]
        return sum(indexed) + sum(
            stored[1] + STORED_OVERHEAD_BYTES for stored in self.items.values()
        )

    def _unindex(self, key: str) -> None:
        stored = self.items.get(key)
        if stored and stored[2]:
            partition, text = stored[2]
            entries = self.index[partition]
            del entries[bisect_left(entries, (text, key))]


def packed(item: Wire) -> bytes:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()


def unpacked(stored: Packed) -> Wire:
    item: Wire = json.loads(stored[0])
    return item


def key_text(item: Wire) -> str:
    return f"{item['PK']['S']}\n{item['SK']['S']}"


def key_of(text: str) -> Wire:
    partition, sort = text.split("\n")
    return {"PK": {"S": partition}, "SK": {"S": sort}}


def index_key(item: Wire) -> IndexKey | None:
    if INDEX[0] in item and INDEX[1] in item:
        return item[INDEX[0]]["S"], item[INDEX[1]]["S"]
    return None


def index_entry(item: Wire) -> Wire:
    """Return what a KEYS_ONLY index holds of the item."""
    return {name: item[name] for name in ENTRY}
