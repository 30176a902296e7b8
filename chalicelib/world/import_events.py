"""From a row to a ``member.joined`` event, or to the reason why there is none.

What the engine would refuse is refused here already, so that a dry run tells it and no batch is
sent twice for it; tiers and units are the programme's, and the engine's to judge. The event's id
is made of what it says: the same row is the same event, whenever and wherever it is imported.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from hashlib import blake2b, sha256
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.domain.identity import AliasError, AliasType, alias_of
from chalicelib.programme.notations import NotationError, parse_time_zone
from chalicelib.world.import_csv import MISSING, Record
from chalicelib.world.import_errors import RowError
from chalicelib.world.import_expressions import Expression
from chalicelib.world.import_map import CheckSection, ImportMap, MomentSection

CHANNELS = ("online", "offline")
YEARS = range(1900, 2200)
MAX_MILES = 10**12
_MAX_CHARS = {"email": 320, "phone": 32}
_MAX_TEXT_CHARS = 200
_MAX_SHOWN = 60
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")
_AIRPORT = re.compile(r"[A-Z]{3}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBERS = {
    "integer": (_INTEGER, "a whole number"),
    "decimal": (re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,9})?"), "a number"),
}


@dataclass(frozen=True, slots=True)
class MappedRow:
    """A row and its event. ``size`` is the event's share of a body, in bytes."""

    record: Record
    event: Mapping[str, Any]
    size: int

    @property
    def left(self) -> bool:
        return "left_at" in self.event["data"]


class RowMapper:
    """Makes the events of one file. Keeps 8 bytes of hash a card, to see one that comes twice."""

    def __init__(self, mapping: ImportMap, columns: Sequence[str]) -> None:
        self._mapping = mapping
        self._columns = columns
        self._tables = mapping.lookup()
        self._texts = mapping.member.texts()
        self._cards: set[bytes] = set()

    def __call__(self, record: Record) -> MappedRow:
        """Return the row's event, or raise ``RowError``."""
        row = self._row(record.fields)
        for column, check in self._mapping.checks.items():
            _check(column, row[column], check)
        event = self._event(row)
        self._claim(event["data"]["member"]["card"])
        body = canonical(event)
        return MappedRow(record, {"id": content_id(body), **event}, len(body) + _ID_BYTES)

    def _row(self, fields: Sequence[str]) -> Mapping[str, str]:
        if len(fields) != len(self._columns):
            raise RowError(f"the row has {len(fields)} fields, the header {len(self._columns)}")
        row = dict(zip(self._columns, map(str.strip, fields), strict=True))
        for column, value in row.items():
            if value == MISSING:
                said = "the field is missing; write its value, or empty it"
                raise RowError(f"{_shown(column)}: {said}")
        return row

    def _event(self, row: Mapping[str, str]) -> dict[str, Any]:
        texts = dict(self._told(row))
        zone = ZoneInfo(texts.get("time_zone", "UTC"))
        joined_at = self._moment("joined_at", row, zone)
        left_at = self._moment("left_at", row, zone)
        if joined_at is None:
            raise RowError("joined_at: nothing is given")
        if left_at and left_at < joined_at:
            raise RowError("left_at: the member left before joining")
        names = {name: texts.pop(name) for name in AliasType if name in texts}
        data: dict[str, Any] = {"member": names, **texts, "balances": self._balances(row)}
        if left_at:
            data["left_at"] = left_at.isoformat()
        return {"type": "member.joined", "timestamp": joined_at.isoformat(), "data": data}

    def _told(self, row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for name, expression in self._texts.items():
            if value := self._text(name, expression, row):
                yield name, _obeying(name, value)
            elif name in ("card", "channel"):
                raise RowError(f"{name}: nothing is given")

    def _text(self, name: str, expression: Expression, row: Mapping[str, str]) -> str:
        """Return an expression's value as text, "" for nothing."""
        try:
            value = expression(row, self._tables)
        except RowError as error:
            raise RowError(f"{name}: {error}") from error
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise RowError(f"{name}: `{expression.text}` gives no text and no whole number")
        return str(value).strip()

    def _balances(self, row: Mapping[str, str]) -> dict[str, int]:
        """Return the balances that the row gives; an empty one is left untold."""
        values = {}
        for unit, expression in self._mapping.member.balances.items():
            name = f"balances.{unit}"
            if text := self._text(name, expression, row):
                values[unit] = _whole_number(name, text)
                if abs(values[unit]) > MAX_MILES:
                    raise RowError(f"{name}: {_shown(text)} is over {MAX_MILES}")
        return values

    def _moment(self, name: str, row: Mapping[str, str], zone: ZoneInfo) -> datetime | None:
        """Return the time, in UTC; None when the row gives none."""
        section: MomentSection | None = getattr(self._mapping.member, name)
        if section is None:
            return None
        if section.date:
            text = self._text(name, section.date, row)
            return _parsed(name, text, zone) if text else None
        parts = {
            part: self._text(name, expression, row)
            for part in ("year", "month", "day")
            if (expression := getattr(section, part))
        }
        return _assembled(name, parts, zone) if any(parts.values()) else None

    def _claim(self, card: str) -> None:
        normal = alias_of(AliasType.CARD, card).value
        digest = blake2b(normal.encode(), digest_size=8).digest()
        if digest in self._cards:
            raise RowError(f"card: {_shown(normal)} stands in the file already, further up")
        self._cards.add(digest)


def canonical(value: Mapping[str, Any]) -> bytes:
    """Write JSON in the one way that hashes are taken of."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def content_id(body: bytes) -> str:
    """Return the id of what is said; within the grammar of webhook ids."""
    return f"import-{sha256(body).hexdigest()[:32]}"


_ID_BYTES = len(f'"id":"{content_id(b"")}",')


def _check(column: str, value: str, check: CheckSection) -> None:
    if not value:
        if check.empty == "refused":
            raise RowError(f"{column}: the field is empty")
        return
    if check.type == "text":
        return
    grammar, name = _NUMBERS[check.type]
    if not grammar.fullmatch(value):
        raise RowError(f"{column}: {_shown(value)} is not {name}")
    if check.min is not None and Decimal(value) < check.min:
        raise RowError(f"{column}: {_shown(value)} is below {check.min}")
    if check.max is not None and Decimal(value) > check.max:
        raise RowError(f"{column}: {_shown(value)} is above {check.max}")


def _obeying(name: str, value: str) -> str:
    """Return the value as the engine takes it for this field."""
    if len(value) > _MAX_CHARS.get(name, _MAX_TEXT_CHARS):
        limit = _MAX_CHARS.get(name, _MAX_TEXT_CHARS)
        raise RowError(f"{name}: {_shown(value)} has more than {limit} characters")
    try:
        return _RULES[name](value) if name in _RULES else value
    except (AliasError, NotationError, ValueError) as error:
        raise RowError(f"{name}: {_shown(value)}: {error}") from error


def _alias(type_: AliasType, value: str) -> str:
    alias_of(type_, value)
    return value


def _channel(value: str) -> str:
    if value not in CHANNELS:
        raise ValueError(f"a channel is {' or '.join(CHANNELS)}")
    return value


def _locale(value: str) -> str:
    if not _LOCALE.fullmatch(value):
        raise ValueError("a locale is a language, and a country if need be, like en or en-CA")
    return value


def _airport(value: str) -> str:
    if not _AIRPORT.fullmatch(value.upper()):
        raise ValueError("an airport is three letters, like YYZ")
    return value.upper()


_RULES: Mapping[str, Callable[[str], str]] = {
    **{type_.value: partial(_alias, type_) for type_ in AliasType},
    "channel": _channel,
    "locale": _locale,
    "home_airport": _airport,
    "time_zone": parse_time_zone,
}


def _whole_number(name: str, text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise RowError(f"{name}: {_shown(text)} is not a whole number")
    return int(text)


def _parsed(name: str, text: str, zone: ZoneInfo) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise RowError(f"{name}: {_shown(text)} is no date like 2016-02-29") from error
    return _in_utc(name, read if read.tzinfo else read.replace(tzinfo=zone))


def _assembled(name: str, parts: Mapping[str, str], zone: ZoneInfo) -> datetime:
    if absent := [part for part, text in parts.items() if not text]:
        raise RowError(f"{name}: the {' and the '.join(absent)} is empty, the rest is not")
    numbers = {part: _whole_number(f"{name}.{part}", text) for part, text in parts.items()}
    try:
        read = datetime(**{"day": 1, **numbers}, tzinfo=zone)
    except (ValueError, OverflowError) as error:
        raise RowError(f"{name}: there is no such day: {error}") from error
    return _in_utc(name, read)


def _in_utc(name: str, moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise RowError(f"{name}: the year {moment.year} is not {YEARS[0]} to {YEARS[-1]}")
    return moment.astimezone(UTC)


def _shown(text: str) -> str:
    """Quote a value from the file so that it can neither flood nor steer a terminal."""
    return repr(text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…")
