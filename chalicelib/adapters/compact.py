"""Lists as the items have them: text of JSON without spaces, for the table has no lists.

A list is a text because its parts are never asked for one by one, and a text takes fewest bytes.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from chalicelib.domain.ledger import Reference


def json_text(parts: Iterable[object]) -> str | None:
    """Write a list; None when it is empty, so that the item has no such attribute.

    >>> json_text([["miles", None, 500]])
    '[["miles",null,500]]'
    """
    listed = list(parts)
    return json.dumps(listed, separators=(",", ":"), ensure_ascii=False) if listed else None


def listed(item: Mapping[str, Any], name: str) -> list[Any]:
    """Read a list back; none when the item has no such attribute."""
    return json.loads(item[name]) if name in item else []


def reference_text(reference: Reference | None) -> str | None:
    """Write a reference: both of its parts may hold any character.

    >>> reference_text(Reference("shop", "order#7"))
    '["shop","order#7"]'
    """
    return json_text([reference.caller, reference.id]) if reference else None


def reference_in(item: Mapping[str, Any], name: str) -> Reference | None:
    return Reference(*listed(item, name)) if name in item else None


def day_texts(days: Mapping[str, date]) -> dict[str, str]:
    return {name: day.isoformat() for name, day in days.items()}


def days_of(texts: Mapping[str, str]) -> dict[str, date]:
    return {name: date.fromisoformat(text) for name, text in texts.items()}


def day_text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def day_of(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
