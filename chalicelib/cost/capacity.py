"""How DynamoDB measures: sizes of items, and the units of reads and writes.

The rules are those of the DynamoDB developer guide, "item sizes and formats" and "read and
write operations". Items are in wire form: each value in a map of one type letter.
"""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

Wire = Mapping[str, Any]

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096
PAGE_BYTES = 1024 * 1024
"""A query or a scan reads no more in one call."""

STORED_OVERHEAD_BYTES = 100
"""Added to each item and each index entry, for storage alone."""

TRANSACTION = 2
EVENTUALLY = 0.5
_MAP_BYTES = 3
_ELEMENT_BYTES = 1

IndexKey = tuple[str, str]


def item_bytes(item: Wire) -> int:
    """Return the size that units are counted by: all names and values.

    >>> item_bytes({"PK": {"S": "MEMBER#é"}, "version": {"N": "12"}})
    20
    """
    return sum(_text_bytes(name) + value_bytes(value) for name, value in item.items())


def value_bytes(value: Wire) -> int:
    """Return the size of one value without its name.

    >>> value_bytes({"N": "1795293000000000"}), value_bytes({"M": {"s": {"S": "sent"}}})
    (6, 9)
    """
    [(letter, content)] = value.items()
    match letter:
        case "S":
            return _text_bytes(content)
        case "N":
            return _number_bytes(content)
        case "M":
            return _MAP_BYTES + sum(
                _ELEMENT_BYTES + _text_bytes(name) + value_bytes(inner)
                for name, inner in content.items()
            )
        case "L":
            return _MAP_BYTES + sum(_ELEMENT_BYTES + value_bytes(inner) for inner in content)
        case "BOOL" | "NULL":
            return 1
        case _:
            raise ValueError(f"The meter has no size for the type {letter}; teach it value_bytes")


def write_units(size_bytes: int) -> int:
    """Return the units of writing an item of this size: at least one, also to nothing."""
    return max(1, ceil(size_bytes / WRITE_UNIT_BYTES))


def read_units(size_bytes: int, *, consistent: bool) -> float:
    """Return the units of reading this much at once: at least one, half when eventual."""
    units = max(1, ceil(size_bytes / READ_UNIT_BYTES))
    return units if consistent else units * EVENTUALLY


def index_write_units(before: IndexKey | None, after: IndexKey | None, entry_bytes: int) -> int:
    """Return what a write costs in a KEYS_ONLY index: a new key is a delete and a put."""
    if before == after:
        return 0
    return write_units(entry_bytes) * ((before is not None) + (after is not None))


def _text_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _number_bytes(text: str) -> int:
    """One byte for two significant digits, and one more; another one for a sign."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return ceil(len(digits) / 2) + 1 + text.startswith("-")


def total_bytes(items: Iterable[Wire]) -> int:
    return sum(map(item_bytes, items))
