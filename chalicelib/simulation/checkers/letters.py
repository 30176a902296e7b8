"""What dead letters say, read off their bodies a second time, and whether their reasons are true.

A letter of the queue of events holds one event, as the engine writes it into its own queue.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chalicelib.simulation.checkers.history import History
from chalicelib.simulation.checkers.merged import families
from chalicelib.simulation.checkers.told import NAMES, Told, all_told
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.record import DeadLettered
from chalicelib.usecases.ports import EventRecord

Found = Iterator[Violation]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterEvent:
    """An event of a letter; ``names`` are keyed by their types."""

    event_id: str
    body_hash: str
    names: Mapping[str, str]
    absorbed: Mapping[str, str]
    """Of the other one, where the event is of two."""


def events_in(body: str) -> list[LetterEvent]:
    """Return the events of a letter; none when it is no letter of events."""
    try:
        return [
            LetterEvent(
                event_id=event["event_id"],
                body_hash=event["body_hash"],
                names={alias["type"]: alias["value"] for alias in event["aliases"]},
                absorbed={alias["type"]: alias["value"] for alias in event.get("absorbed", ())},
            )
            for event in json.loads(body)["events"]
        ]
    except (KeyError, TypeError, ValueError):
        return []


def untrue_reasons(history: History) -> Found:
    """Find letters whose reason was not true when they were written, wherever they are now.

    Limits: a name that the store keeps as a digest is not known here, and nothing is said of it; a
    transaction that was booked to the survivor of a merge is a conflict when it is told again after
    the two were parted, for it is another member's then.
    """
    hashes: dict[str, set[str]] = {}
    for event_id, body_hash in all_told(history):
        hashes.setdefault(event_id, set()).add(body_hash)
    for told in all_told(history).values():
        if told.type == "transaction.posted":
            same = [each for each in all_told(history).values() if _contradicts(each, told)]
            hashes[told.event_id].update(each.body_hash for each in same)
    known_since, parted = _known_since(history), _of_the_parted(history)
    for letter in history.of_kind(DeadLettered):
        began = history.began_at(letter.by, letter.number)
        for event in events_in(letter.body):
            since = _both_known(known_since, event)
            if letter.reason == "unknown_member" and since is not None and since < began:
                text = f"event {event.event_id} is of a member who was known since {since}"
                yield Violation("L2", letter.number, text)
            alone = len(hashes.get(event.event_id, ())) <= 1 and event.event_id not in parted
            if letter.reason == "conflict" and alone:
                text = f"event {event.event_id} is called a conflict, and had one body only"
                yield Violation("L2", letter.number, text)


def _contradicts(told: Told, other: Told) -> bool:
    """Tell whether two events have another transaction under one reference."""
    both = told.type == other.type and told.transaction == other.transaction
    return both and told.body_hash != other.body_hash


def _of_the_parted(history: History) -> set[str]:
    """Return the transactions, by event, that are about members who were ever merged."""
    records = [each.after for each in history.writes["EVENT"]]
    return {
        each.event_id
        for each in records
        if isinstance(each, EventRecord) and each.member_id in families(history)
    }


def _both_known(known_since: Mapping[str, int], event: LetterEvent) -> int | None:
    """Return from where on all were known whom the event is about; None while one is not."""
    leading = [_leading(names) for names in (event.names, event.absorbed) if names]
    since = [known_since.get(name) for name in leading]
    return max((each for each in since if each is not None), default=None) if all(since) else None


def _leading(names: Mapping[str, str]) -> str:
    """Return the name that says who is meant: the strongest, for weaker ones are shared."""
    return next((f"{name}#{names[name]}" for name in NAMES if name in names), "")


def _known_since(history: History) -> Mapping[str, int]:
    """Return from where on each name has led to a profile, or to what was left of one."""
    born = {member: writes[0].number for member, writes in history.profiles.items() if writes}
    return {
        write.key: max(write.number, born[str(write.after)])
        for write in reversed(history.writes["ALIAS"])
        if str(write.after) in born
    }
