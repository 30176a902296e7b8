"""A run as text: one line for each thing seen, the same in every process and version of Python."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any

from chalicelib.domain.preferences import NO_PREFERENCES
from chalicelib.simulation.record import Deployed, Logged, Record, Seen, Stored

_COMMON = {"number", "at", "by"}
_PLACE = re.compile(r',?"place":\[[^\]]*\]')
"""Where an error was raised: versions of Python count other frames."""


def trace_hash(record: Record) -> str:
    """Return the SHA-256 of the whole trace."""
    digest = sha256()
    for seen in record.seen:
        digest.update(f"{line(seen)}\n".encode())
    return digest.hexdigest()


def line(seen: Seen) -> str:
    """Return all that is known of one thing seen."""
    facts = " ".join(
        f"{each.name}={_text(getattr(seen, each.name))}"
        for each in fields(seen)
        if each.name not in _COMMON
    )
    if isinstance(seen, Deployed):
        facts = f"journeys={_text([_journey(each) for each in seen.programme.journeys.values()])}"
    if isinstance(seen, Logged):
        facts = _PLACE.sub("", seen.text)
    return f"{_head(seen)} {facts}"


def short_line(seen: Seen) -> str:
    """Return the line with no more of a write than what it changed."""
    if not isinstance(seen, Stored) or type(seen.before) is not type(seen.after):
        return line(seen)
    if not is_dataclass(seen.after):
        return line(seen)
    changes = [
        f"{each.name}: {_text(was)} -> {_text(now)}"
        for each in fields(seen.after)
        if (was := getattr(seen.before, each.name)) != (now := getattr(seen.after, each.name))
        and each.name != "version"
    ]
    told = "; ".join(changes) or "nothing but the version"
    return f"{_head(seen)} {seen.what} {seen.key} {told}"


def _head(seen: Seen) -> str:
    at = f"{seen.at:%Y-%m-%d %H:%M:%S}.{seen.at.microsecond:06d}"
    return f"{seen.number:6d} {at} {seen.by:18} {type(seen).__name__:13}"


def _journey(journey: Any) -> str:  # noqa: ANN401 - a Journey
    steps = ",".join(step.name for step in journey.steps)
    return f"{journey.name} {journey.version} held out {journey.holdout}: {steps}"


def _text(value: Any) -> str:  # noqa: ANN401, PLR0911 - any domain value
    match value:
        case Enum():
            return str(value.value)
        case datetime():
            return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond:06d}"
        case timedelta():
            return f"{value.total_seconds()}s"
        case bytes():
            return sha256(value).hexdigest()[:12]
        case Mapping():
            return f"{{{', '.join(f'{_text(k)}: {_text(v)}' for k, v in value.items())}}}"
        case frozenset():
            return _text(sorted(value))
        case list() | tuple():
            return f"[{', '.join(map(_text, value))}]"
        case _ if is_dataclass(value):
            return (
                f"({', '.join(f'{f.name} {_text(getattr(value, f.name))}' for f in _told(value))})"
            )
        case _:
            return str(value)


_NOTHING: tuple[object, ...] = (None, "", (), frozenset(), NO_PREFERENCES)


def _told(value: Any) -> list[Any]:  # noqa: ANN401 - any dataclass
    """Return the fields that say something: what is empty, most values leave out."""
    return [each for each in fields(value) if getattr(value, each.name) not in _NOTHING]
