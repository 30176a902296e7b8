"""Items as the low-level DynamoDB client wants them, and back.

Plain values go in and come out: text, whole numbers, and maps of them.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

Value: TypeAlias = "str | int | Mapping[str, Value]"
Item = dict[str, Value]
Wire = dict[str, Any]
"""An item as DynamoDB wants it: each value in a map of one type letter."""


def to_wire(item: Mapping[str, Value]) -> Wire:
    return {name: _to_wire(value) for name, value in item.items()}


def from_wire(wire: Mapping[str, Any]) -> Item:
    return {name: _from_wire(value) for name, value in wire.items()}


def _to_wire(value: Value) -> Wire:
    match value:
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case _:
            return {"M": to_wire(value)}


def _from_wire(wire: Wire) -> Value:
    [(letter, value)] = wire.items()
    match letter:
        case "S":
            return str(value)
        case "N":
            return int(value)
        case "M":
            return from_wire(value)
        case _:
            raise ValueError(f"An attribute of type {letter}; this table has S, N and M only")
