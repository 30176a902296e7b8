"""Dead letters as commands tell of them: what each is about, by opaque ids alone, and why.

The body is told only to whom asks for it: it may hold a member's data.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chalicelib.adapters.codec import load_events, load_sends
from chalicelib.domain.parking import ParkReason, QueueName
from chalicelib.usecases.dead_letters import SCHEDULE, FiledLetter
from chalicelib.usecases.letters import about_event, about_step
from chalicelib.usecases.parking_ports import DeadLetter
from chalicelib.usecases.ports import MessageError

MOST_NAMED = 3
"""Of the pieces of one message; the others are counted."""
DIED = "the function behind the queue died at it, or could not be reached, five times"
TICK_FAILED = "a tick or an audit failed; its function's log says why"
_OPAQUE = re.compile(r"[A-Za-z0-9_.:/-]{1,256}")
"""What ids look like; what has an @ in it, or a space, may be anything."""


def letter_told(filed: FiledLetter, *, with_body: bool = False) -> dict[str, Any]:
    """Return a letter as JSON has it."""
    letter = filed.letter
    told = {
        "id": filed.id,
        "queue": letter.queue,
        "since": letter.since.isoformat() if letter.since else None,
        "copies": len(filed.copies),
        "receives": max(copy.receives for copy in filed.copies),
        "reason": ", ".join(filed.reasons),
        "why": why(filed),
        "error": _error(letter),
        "about": list(_about(letter)),
        "bytes": len(letter.body.encode(errors="surrogatepass")),
    }
    return {**told, "body": letter.body} if with_body else told


def why(filed: FiledLetter) -> str:
    """Say in one sentence why the letter is there."""
    if filed.reason in set(ParkReason):
        return ParkReason(filed.reason).explanation
    return TICK_FAILED if filed.letter.queue == SCHEDULE else DIED


def _error(letter: DeadLetter) -> str:
    """Return what failed; EventBridge and Lambda have their own names for it."""
    names = ("error", "ERROR_CODE", "ErrorCode")
    return next((letter.attributes[name] for name in names if name in letter.attributes), "")


def _about(letter: DeadLetter) -> Iterator[str]:
    """Say what it is about, from the envelope if it is there; nothing when nobody can tell."""
    told = [*_pieces(letter)]
    yield from told[:MOST_NAMED]
    if len(told) > MOST_NAMED:
        yield f"and {len(told) - MOST_NAMED} more"


def _pieces(letter: DeadLetter) -> list[str]:
    if words := _words(letter.attributes):
        return [words]
    try:
        return list(filter(None, map(_words, _READERS[letter.queue](letter))))
    except (MessageError, ValueError, RecursionError):
        return []


def _words(about: Mapping[str, str]) -> str:
    """Put opaque ids into words; "" when there are none that we know."""
    known = {name: text for name, text in about.items() if _OPAQUE.fullmatch(text)}
    match known:
        case {"event_id": event_id, "partner": partner, "webhook_id": webhook} if webhook:
            brought = f", webhook {webhook}" if webhook != event_id else ""
            return f"event {event_id} of {partner}{brought}"
        case {"event_id": event_id, "partner": partner}:
            return f"event {event_id} of {partner}"
        case {"member_id": member, "journey": journey, "step": step}:
            return f"{journey}/{step} of member {member}"
        case {"message_id": message, "kind": kind}:
            return f"{kind} of mail {message}"
        case {"rule": rule, "time": time}:
            return f"{rule} at {time}"
        case _:
            return ""


def _events(letter: DeadLetter) -> Iterator[Mapping[str, str]]:
    return (about_event(event) for event in load_events(letter.body).events)


def _steps(letter: DeadLetter) -> Iterator[Mapping[str, str]]:
    return (about_step(key) for key in load_sends(letter.body).steps)


def _feedback(letter: DeadLetter) -> Iterator[Mapping[str, str]]:
    """Name the mail as SES does: ``milepost tail --message`` follows it."""
    told = json.loads(letter.body)
    mail = told.get("mail") if isinstance(told, dict) else None
    if isinstance(mail, dict):
        yield {
            "message_id": str(mail.get("messageId", "")),
            "kind": str(told.get("eventType", "")),
        }


def _tick(letter: DeadLetter) -> Iterator[Mapping[str, str]]:
    told = json.loads(letter.body)
    rules = told.get("resources") if isinstance(told, dict) else None
    if isinstance(rules, list) and rules:
        yield {"rule": str(rules[0]).rpartition("/")[2], "time": str(told.get("time", ""))}


_READERS: Mapping[str, Callable[[DeadLetter], Iterator[Mapping[str, str]]]] = {
    QueueName.EVENTS: _events,
    QueueName.SENDS: _steps,
    QueueName.FEEDBACK: _feedback,
    SCHEDULE: _tick,
}
