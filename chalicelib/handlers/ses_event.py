"""From an SES event to the engine's vocabulary: one function, tolerant of what SES adds.

Our own tags name the step and the attempt; an event without them is not about our mail.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from chalicelib.domain.feedback import Feedback, FeedbackKind, StepKey
from chalicelib.domain.identity import MEMBER_ID
from chalicelib.usecases.ports import MessageError

_PAYLOADS = {
    "Send": "send",
    "Delivery": "delivery",
    "Bounce": "bounce",
    "Complaint": "complaint",
    "Open": "open",
    "Click": "click",
    "Reject": "reject",
    "DeliveryDelay": "deliveryDelay",
}
_SIMPLE = {
    "Send": FeedbackKind.SENT,
    "Delivery": FeedbackKind.DELIVERED,
    "DeliveryDelay": FeedbackKind.DELAYED,
    "Complaint": FeedbackKind.COMPLAINED,
    "Reject": FeedbackKind.REJECTED,
}
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OUR_TAGS = {
    "member": MEMBER_ID,
    "journey": _NAME,
    "entry": re.compile(r"[1-9][0-9]{0,8}"),
    "step": _NAME,
    "attempt": _NAME,
}
"""What our mails carry. They go into keys and into the log, so that nothing else may pass."""


class FeedbackError(MessageError):
    """A message that is not an SES event: no retry mends it, a person has to look."""


class Heard(NamedTuple):
    """What is said of one of our mails, and the address it went to ("" when that is not said)."""

    feedback: Feedback
    recipient: str


def parse_ses_event(body: str) -> Heard | None:
    """Return what the event says of one of our mails; None when it is about no mail of ours."""
    event = _unwrapped(body)
    kind = event.get("eventType") or event.get("notificationType")
    if not isinstance(kind, str):
        raise FeedbackError("the message is not an SES event: it has no eventType")
    mail, payload = _mapping(event, "mail"), _mapping(event, _PAYLOADS.get(kind, ""))
    tags = {name: text for name in _mapping(mail, "tags") if (text := _first(mail["tags"], name))}
    if kind not in _PAYLOADS or not tags.keys() >= _OUR_TAGS.keys():
        return None
    feedback = Feedback(
        kind=_kind(kind, event, payload),
        key=_key(tags),
        attempt=tags["attempt"],
        at=_time(payload.get("timestamp") or mail.get("timestamp")),
        message_id=str(mail.get("messageId", "")),
    )
    return Heard(feedback, _first(mail, "destination"))


def _key(tags: Mapping[str, str]) -> StepKey:
    for name, grammar in _OUR_TAGS.items():
        if not grammar.fullmatch(tags[name]):
            raise FeedbackError(f"the SES event has our tags, but {name} is none of ours")
    return StepKey(
        member_id=tags["member"],
        journey=tags["journey"],
        entry=int(tags["entry"]),
        step=tags["step"],
    )


def _first(mapping: Mapping[str, Any], name: str) -> str:
    """Return the first of a list of texts; "" when there is none."""
    values = mapping.get(name)
    return values[0] if isinstance(values, list) and values and isinstance(values[0], str) else ""


def _unwrapped(body: str) -> Mapping[str, Any]:
    """Take the event out of SNS's envelope, which raw delivery leaves away."""
    try:
        event = json.loads(body)
        if isinstance(event, dict) and event.get("Type") == "Notification":
            event = json.loads(event["Message"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise FeedbackError(f"the message is not an SES event: {error}") from error
    if not isinstance(event, dict):
        raise FeedbackError("the message is not an SES event: no JSON object")
    return event


def _mapping(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = event.get(name)
    return value if isinstance(value, dict) else {}


def _kind(kind: str, event: Mapping[str, Any], payload: Mapping[str, Any]) -> FeedbackKind:
    if kind == "Bounce":
        hard = payload.get("bounceType") == "Permanent"
        return FeedbackKind.HARD_BOUNCED if hard else FeedbackKind.SOFT_BOUNCED
    if kind == "Open":
        by_machine = _by_machine(event, payload)
        return FeedbackKind.OPENED if by_machine else FeedbackKind.OPENED_BY_PERSON
    if kind == "Click":
        by_machine = _by_machine(event, payload)
        return FeedbackKind.CLICKED if by_machine else FeedbackKind.CLICKED_BY_PERSON
    return _SIMPLE[kind]


def _by_machine(event: Mapping[str, Any], payload: Mapping[str, Any]) -> bool:
    """Tell what speaks for a machine: SES's own verdict, or a mail proxy's agent.

    Apple's proxy names itself with nothing but ``Mozilla/5.0``.
    """
    agent = str(payload.get("userAgent", ""))
    verdicts = (payload.get("isBotEvent"), event.get("isBotEvent"))
    return "Likely" in verdicts or agent == "Mozilla/5.0" or "GoogleImageProxy" in agent


def _time(text: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise FeedbackError(f"the SES event has no time: {text!r}") from error
