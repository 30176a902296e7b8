"""Log entries in words, for people who follow a member through the log."""

import json
from collections.abc import Callable, Mapping

from chalicelib.domain.reasons import Reason
from chalicelib.observability import Line
from chalicelib.operations.log_entries import Entry
from chalicelib.operations.words import counted

_WAITING = "nobody is known by its names yet"


def what(entry: Entry) -> str:
    """Say in two or three words what happened."""
    match entry.line:
        case Line.EVENTS_HANDLED:
            return f"event {entry.field('outcome').partition('_')[0]}"
        case Line.MAILS_SENT:
            return "mail sent"
        case Line.STEPS_NOT_SENT:
            return "mail not sent"
        case Line.FEEDBACK_HEARD:
            return f"mail {entry.field('kind')}".replace("_", " ")
        case None:
            return "Lambda says"
        case line:
            return line.value


def details(entry: Entry, *, with_member: bool) -> list[str]:
    """Say the rest, a list item a line; ``with_member``: also whom it is about."""
    first, *others = _DETAILS.get(entry.line, _fields)(entry) or [""]
    member = entry.field("member_id")
    about = [f"member {member}"] if with_member and member else []
    return [first, *about, *others]


def _accepted(entry: Entry) -> list[str]:
    events = counted(int(entry.fields.get("events", 0)), "event")
    return [f"{entry.field('webhook_id')} of {entry.field('partner')}, {events}"]


def _queued(entry: Entry) -> list[str]:
    return [f"{counted(int(entry.fields.get('steps', 0)), 'step')} found due"]


def _refused(entry: Entry) -> list[str]:
    told = (entry.field("status"), entry.field("problem"), entry.field("webhook_id"))
    return [" ".join(filter(None, told)), f"request {entry.field('request_id')}"]


def _event(entry: Entry) -> list[str]:
    outcome = entry.field("outcome")
    reason = _WAITING if outcome == "waiting" else outcome.partition("_")[2].replace("_", " ")
    by = entry.field("webhook_id")
    brought = f" in {by}" if by != entry.field("event_id") else ""
    return [f"{entry.field('event_id')}{brought}{f': {reason}' if reason else ''}"]


def _step(entry: Entry) -> list[str]:
    return [f"{entry.field('journey')}/{entry.field('step')}"]


def _sent(entry: Entry) -> list[str]:
    return [*_step(entry), entry.field("message_id")]


def _not_sent(entry: Entry) -> list[str]:
    word = entry.field("reason")
    reason = Reason(word).explanation if word in set(Reason) else word.replace("_", " ")
    return [f"{entry.field('journey')}/{entry.field('step')}", reason]


def _failed(entry: Entry) -> list[str]:
    places = entry.fields.get("place") or ["?"]
    more = {name: entry.field(name) for name in ("then", "cause", "function", "sqs_message_id")}
    told = [f"{name} {value}" for name, value in more.items() if value]
    return [f"{entry.field('error')} at {places[-1]}", *told]


def _foreign(entry: Entry) -> list[str]:
    return entry.field("text").splitlines()


def _fields(entry: Entry) -> list[str]:
    return [f"{name} {_short(value)}" for name, value in entry.fields.items()]


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


_DETAILS: Mapping[Line | None, Callable[[Entry], list[str]]] = {
    Line.WEBHOOK_ACCEPTED: _accepted,
    Line.WEBHOOK_REFUSED: _refused,
    Line.EVENTS_HANDLED: _event,
    Line.STEPS_QUEUED: _queued,
    Line.MAILS_SENT: _sent,
    Line.STEPS_NOT_SENT: _not_sent,
    Line.FEEDBACK_HEARD: _step,
    Line.MEMBER_UNSUBSCRIBED: _step,
    Line.MAILS_TURNED_ON: _step,
    Line.PREFERENCES_CHOSEN: _step,
    Line.MESSAGE_FAILED: _failed,
    Line.FUNCTION_FAILED: _failed,
    None: _foreign,
}
