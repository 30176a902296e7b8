"""The log: a closed vocabulary of lines by which a member, a webhook or a mail can be followed.

Never an address, a name or a token: only opaque ids, counts, and words of our own vocabularies.
An error's message may quote what it choked on, so only its kind and its place are written. What
happens many times an invocation is noted as a row, and the rows are written as one line at its
end: a line a mail would cost more to keep than all else that is logged of it.
"""

import json
import logging
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, TextIO

from chalicelib.domain.events import PartnerEvent
from chalicelib.domain.feedback import Feedback, FeedbackKind, StepKey

MAX_ROWS = 500
"""Of a line; what is beyond goes into a further line. A row has up to 220 bytes."""
_PLACES = 5
_MEMBERS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class Line(StrEnum):
    """What a log line says; its level and fields are in docs/reference/logs.md."""

    WEBHOOK_ACCEPTED = "webhook accepted"
    WEBHOOK_REFUSED = "webhook refused"
    PARTNER_ANSWERED = "partner answered"
    PARTNER_REFUSED = "partner refused"
    EVENTS_HANDLED = "events handled"
    STEPS_QUEUED = "steps queued"
    MAILS_SENT = "mails sent"
    STEPS_NOT_SENT = "steps not sent"
    FEEDBACK_HEARD = "feedback heard"
    MAILS_NOT_COUNTED = "mails not counted"
    BREAKER_TRIPPED = "breaker tripped"
    QUOTA_NOT_TOLD = "quota not told"
    BUDGET_NOT_TOLD = "budget not told"
    MEMBER_UNSUBSCRIBED = "member unsubscribed"
    MAILS_TURNED_ON = "mails turned on"
    PREFERENCES_CHOSEN = "preferences chosen"
    JOURNEY_REPORT = "journey report"
    MESSAGE_FAILED = "message failed"
    FUNCTION_FAILED = "function failed"


COLUMNS: Mapping[Line, tuple[str, ...]] = {
    Line.EVENTS_HANDLED: ("outcome", "event_id", "webhook_id", "member_id"),
    Line.MAILS_SENT: ("journey", "step", "member_id", "message_id"),
    Line.STEPS_NOT_SENT: ("reason", "journey", "step", "member_id"),
    Line.FEEDBACK_HEARD: ("kind", "journey", "step", "member_id"),
}
"""What stands in a row of each line that has rows."""

_KEPT_ELSEWHERE = frozenset(
    {
        FeedbackKind.SENT,  # the call's own answer said so
        FeedbackKind.OPENED,  # on the enrolment, as the three below: milepost explain shows them
        FeedbackKind.OPENED_BY_PERSON,
        FeedbackKind.CLICKED,
        FeedbackKind.CLICKED_BY_PERSON,
    }
)
_HARMLESS = frozenset({"not_due", "claim_lost"})
"""What comes of a message that came twice: nothing that anybody would ask about."""


class FunctionFailedError(Exception):
    """Stands for an error whose text may quote a member; its kind and place are in the log."""


class _StandardOutput(logging.StreamHandler[TextIO]):
    """Writes to whatever standard output is now.

    Chalice finds it at the logger of the application's name and makes none of its own, which
    would write the path of a failed request, and with it the token in the path.
    """

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stdout


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(fields_of(record), separators=(",", ":"), default=str)


console = _StandardOutput()
console.setFormatter(JsonLines())
logger = logging.getLogger("milepost")
logger.addHandler(console)
logger.setLevel(os.environ.get("POWERTOOLS_LOG_LEVEL", "INFO").upper())
logger.propagate = False  # Lambda has a handler at the root, which would write it again
_rows: dict[tuple[int, Line], list[tuple[str, ...]]] = {}


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what the line says; of an exception its kind and place, and nothing of its text."""
    error = record.exc_info[1] if record.exc_info else None
    if error:
        return {"level": record.levelname, "message": Line.FUNCTION_FAILED, **_failure(error)}
    more = {name: value for name, value in vars(record).items() if name not in _MEMBERS}
    return {"level": record.levelname, "message": record.getMessage(), **more}


def webhook_accepted(partner: str, webhook_id: str, events: int, request_id: str) -> None:
    """Say that all events of a webhook are queued, or were before."""
    told = {"partner": partner, "webhook_id": webhook_id, "events": events}
    logger.info(Line.WEBHOOK_ACCEPTED, extra={**told, "request_id": request_id})


def webhook_refused(problem: str, status: int, request_id: str, webhook_id: str = "") -> None:
    """Say that nothing was taken; ``webhook_id`` only once the signature has held."""
    told = {"problem": problem, "status": status, "request_id": request_id}
    logger.info(
        Line.WEBHOOK_REFUSED, extra=told | ({"webhook_id": webhook_id} if webhook_id else {})
    )


def partner_answered(partner: str, act: str, request_id: str) -> None:
    """Say that a partner got what it asked for."""
    told = {"partner": partner, "act": act, "request_id": request_id}
    logger.info(Line.PARTNER_ANSWERED, extra=told)


def partner_refused(problem: str, status: int, act: str, request_id: str) -> None:
    """Say that a partner was told why not; of what it has sent nothing is in the log."""
    told = {"problem": problem, "status": status, "act": act, "request_id": request_id}
    logger.info(Line.PARTNER_REFUSED, extra=told)


def event_handled(event: PartnerEvent, outcome: str, member_id: str = "") -> None:
    """Note what became of an event; no ``member_id`` where nobody is known by its names."""
    _note(logging.INFO, Line.EVENTS_HANDLED, outcome, event.event_id, event.webhook_id, member_id)


def steps_queued(steps: int) -> None:
    """Say how many steps a tick found due; a tick that found none is silent."""
    if steps:
        logger.info(Line.STEPS_QUEUED, extra={"steps": steps})


def mail_sent(key: StepKey, message_id: str) -> None:
    """Note a mail that the mail service took over."""
    _note(logging.INFO, Line.MAILS_SENT, key.journey, key.step, key.member_id, message_id)


def step_not_sent(key: StepKey, reason: str) -> None:
    """Note why a step that was queued led to no mail."""
    level = logging.DEBUG if reason in _HARMLESS else logging.INFO
    _note(level, Line.STEPS_NOT_SENT, reason, key.journey, key.step, key.member_id)


def feedback_heard(feedback: Feedback) -> None:
    """Note what the mail service told of a mail."""
    level = logging.DEBUG if feedback.kind in _KEPT_ELSEWHERE else logging.INFO
    key = feedback.key
    _note(level, Line.FEEDBACK_HEARD, feedback.kind, key.journey, key.step, key.member_id)


def breaker_tripped(journey: str, why: str) -> None:
    """Say that a journey has paused itself, and why: counts and shares, of nobody in person."""
    logger.warning(Line.BREAKER_TRIPPED, extra={"journey": journey, "why": why})


def member_unsubscribed(key: StepKey) -> None:
    """Say that a member unsubscribed by a link of this mail."""
    _used(Line.MEMBER_UNSUBSCRIBED, key)


def mails_turned_on(key: StepKey) -> None:
    """Say that a member wants mails again, by the page of preferences behind this mail's link."""
    _used(Line.MAILS_TURNED_ON, key)


def preferences_chosen(key: StepKey) -> None:
    """Say that a member saved preferences, and not which: the profile alone has them."""
    _used(Line.PREFERENCES_CHOSEN, key)


def _used(line: Line, key: StepKey) -> None:
    told = {"journey": key.journey, "step": key.step, "member_id": key.member_id}
    logger.info(line, extra=told)


def log_failure(what: str, error: BaseException, **ids: str) -> None:
    """Log a failure by kind and place; ``ids`` are opaque names to find the message by."""
    logger.error(what, extra={**_failure(error), **ids})


@contextmanager
def failures_logged(function: str) -> Iterator[None]:
    """Let an error end the function, with nothing of its text: Lambda would write it down."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - one of ours ends the function in its place
        log_failure(Line.FUNCTION_FAILED, error, function=function)
        raise FunctionFailedError(f"{type(error).__name__} in {function}; see its log") from None


def error_words(error: BaseException) -> str:
    """Return an error's kind and innermost place, in one line that quotes nothing."""
    told = _failure(error)
    return " at ".join([told["error"], *told["place"][-1:]])


def flush() -> None:
    """Write the rows that were noted; called at the end of each invocation."""
    for (level, line), rows in _rows.items():
        for start in range(0, len(rows), MAX_ROWS):
            logger.log(level, line, extra={"rows": rows[start : start + MAX_ROWS]})
    _rows.clear()


def _note(level: int, line: Line, *row: str) -> None:
    if logger.isEnabledFor(level):
        _rows.setdefault((level, line), []).append(row)


def _failure(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    place = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    cause = {"cause": _kind(error.__cause__)} if error.__cause__ else {}
    return {"error": _kind(error), **cause, "place": place}


def _kind(error: BaseException) -> str:
    """Name the error; of a refusal by AWS also its code and the operation, which quote nothing."""
    response: dict[str, Any] = getattr(error, "response", None) or {}
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    words = (type(error).__name__, code, getattr(error, "operation_name", None) if code else None)
    return " ".join(str(word) for word in words if word)
