"""What partners told, read off the bodies of their webhooks a second time.

Plain on purpose: it knows the format from the reference, not from the engine's parser. Only
bodies that the engine understood have events here, since only those have event records.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.domain.events import EventOutcome
from chalicelib.simulation.checkers.history import History
from chalicelib.simulation.record import Answered, Stored
from chalicelib.usecases.ports import EventRecord

NAMES = ("card", "email", "phone")
"""How a member may be named, strongest first."""

HAD_EFFECT = (EventOutcome.APPLIED, EventOutcome.STALE)

_TEXTS = ("channel", "locale", "first_name", "last_name", "name_on_card", "tier", "time_zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event of a webhook: ``facts`` as they should stand in the profile."""

    event_id: str
    body_hash: str
    type: str
    at: datetime
    names: Mapping[str, str]
    facts: Mapping[str, str]
    balances: Mapping[str, int]
    left_at: datetime | None
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def transaction(self) -> str:
        """The reference of the transaction that was posted, or of which something came back."""
        return str(self.data.get("transaction", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A told event that was concluded: about whom, and where in the record that is first said.

    ``received`` is where the event was first written down, before it had any effect.
    """

    told: Told
    member_id: str
    number: int
    received: int
    at: datetime


def told_by(answer: Answered) -> list[Told]:
    """Return the events of a webhook; none when it is no webhook in the reference's format."""
    body = answer.body
    if not body:
        return []
    try:
        return list(_events(answer.webhook_id, body))
    except (KeyError, TypeError, ValueError, AttributeError):
        return []


def told_in(history: History) -> dict[int, list[Told]]:
    """Return the events of each webhook, by the place of its answer; bodies are read once."""
    return history.once(_told_in)


def _told_in(history: History) -> dict[int, list[Told]]:
    read: dict[tuple[str, int], list[Told]] = {}
    found = {}
    for answer in history.answers:
        if answer.body:
            key = answer.webhook_id, id(answer.body)  # the record keeps the body alive
            found[answer.number] = read[key] if key in read else told_by(answer)
            read[key] = found[answer.number]
    return found


def all_told(history: History) -> dict[tuple[str, str], Told]:
    """Return every event that was sent, by its id and its body's hash."""
    events = (told for several in told_in(history).values() for told in several)
    return {(told.event_id, told.body_hash): told for told in events}


def effects(history: History) -> list[Effect]:
    """Return what was told and had its effect by the engine's own event log, in that order."""
    return history.once(_effects)


def _effects(history: History) -> list[Effect]:
    told, seen, found = all_told(history), set(), []
    received: dict[tuple[str, str], int] = {}
    for write in history.writes["EVENT"]:
        record = write.after
        if not isinstance(record, EventRecord):
            continue
        key = record.event_id, record.body_hash
        first = received.setdefault(key, write.number)
        if record.outcome in HAD_EFFECT and key in told and key not in seen:
            seen.add(key)
            found.append(_effect(told[key], record, write, first))
    return found


def _effect(told: Told, record: EventRecord, write: Stored, received: int) -> Effect:
    return Effect(
        told=told,
        member_id=record.member_id,
        number=write.number,
        received=received,
        at=write.at,
    )


def _events(webhook_id: str, body: Mapping[str, Any]) -> Iterator[Told]:
    if body["type"] != "batch":
        yield _told(webhook_id, body)
        return
    for event in body["data"]["events"]:
        yield _told(event["id"], {name: event[name] for name in event if name != "id"})


def _told(event_id: str, event: Mapping[str, Any]) -> Told:
    data, type_ = event["data"], event["type"]
    left_at = data.get("left_at")
    return Told(
        event_id=event_id,
        body_hash=body_hash(event),
        type=type_,
        at=datetime.fromisoformat(event["timestamp"]),
        names={name: data["member"][name] for name in NAMES if data["member"].get(name)},
        facts=_facts(type_, data),
        balances=data.get("balances", {}),
        left_at=datetime.fromisoformat(left_at) if left_at else None,
        data=data,
    )


def body_hash(event: Mapping[str, Any]) -> str:
    """Hash what was said: the same body in another spacing or order is the same."""
    text = json.dumps(event, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _facts(type_: str, data: Mapping[str, Any]) -> dict[str, str]:
    """A new member's names are facts; later the strongest one only says who is meant."""
    if type_ == "profile.completed":
        return {"home_airport": data["home_airport"].strip().upper()}
    if type_ not in ("member.joined", "member.updated"):
        return {}
    names = [name for name in NAMES if data["member"].get(name)]
    kept = names if type_ == "member.joined" else names[1:]
    facts = {name: _line(data["member"][name]) for name in kept}
    facts |= {name: _line(data[name]) for name in (*_TEXTS, *NAMES) if data.get(name) is not None}
    if data.get("home_airport"):
        facts["home_airport"] = data["home_airport"].strip().upper()
    return facts


def _line(text: str) -> str:
    """Fold white space and control characters, as the reference says."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())
