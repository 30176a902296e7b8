"""Log lines as they are read back: each row of a line becomes an entry of its own.

What stands in a line is decided in ``observability``. What Lambda writes of its own accord is kept
when it tells of a failure.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.observability import COLUMNS, FunctionFailedError, Line

MAX_TEXT_CHARS = 400
_ROUTINE = ("START ", "END ", "REPORT ", "INIT_START ", "XRAY ", "EXTENSION")
_LINES = frozenset(Line)
_OURS = FunctionFailedError.__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was logged; ``line`` is None for what is not of our vocabulary.

    ``id`` is the same whenever the entry is read again.
    """

    id: tuple[str, int]
    at: datetime
    level: str
    line: Line | None
    fields: Mapping[str, Any]

    def field(self, name: str) -> str:
        """Return a field as text, "" when there is none."""
        return str(self.fields.get(name, ""))

    @property
    def mail(self) -> tuple[str, str, str]:
        """Return what names a mail within a member's life."""
        return self.field("member_id"), self.field("journey"), self.field("step")

    def as_json(self) -> dict[str, Any]:
        told = {"at": self.at.isoformat(), "level": self.level}
        return {**told, **({"line": self.line.value} if self.line else {}), **self.fields}


def read_entries(id_: str, at: datetime, message: str) -> Iterator[Entry]:
    """Yield what the log event says; nothing for a metric or for Lambda's routine."""
    try:
        told = json.loads(message)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        yield from _foreign(id_, at, message.strip())
    elif told.get("message") in _LINES:
        yield from _ours(id_, at, told)
    elif _OURS in str(told.get("errorType")):
        return  # a line of ours has told of it, by more than its name
    elif "_aws" not in told and told.get("level", "INFO") not in ("INFO", "DEBUG", "TRACE"):
        yield from _foreign(id_, at, _words(told))
    elif str(told.get("type", "")).startswith("platform.") and _failed(told):
        yield from _foreign(id_, at, _words(told["record"]))


def _ours(id_: str, at: datetime, told: dict[str, Any]) -> Iterator[Entry]:
    line, level = Line(told.pop("message")), str(told.pop("level", "INFO"))
    columns = COLUMNS.get(line)
    if columns is None:
        yield Entry(id=(id_, 0), at=at, level=level, line=line, fields=told)
        return
    for number, row in enumerate(told["rows"]):
        fields = dict(zip(columns, row, strict=False))
        yield Entry(id=(id_, number), at=at, level=level, line=line, fields=fields)


def _foreign(id_: str, at: datetime, text: str) -> Iterator[Entry]:
    if text and not text.startswith(_ROUTINE):
        fields = {"text": text[:MAX_TEXT_CHARS]}
        yield Entry(id=(id_, 0), at=at, level="ERROR", line=None, fields=fields)


def _failed(told: dict[str, Any]) -> bool:
    record = told.get("record")
    return isinstance(record, dict) and record.get("status", "success") != "success"


def _words(told: Mapping[str, Any]) -> str:
    """Say what Lambda tells of a failure: the names that it gives errors, else all of it."""
    known = [str(told[name]) for name in ("errorType", "errorMessage", "status") if name in told]
    return ": ".join(known) or str(told.get("message") or json.dumps(told))
