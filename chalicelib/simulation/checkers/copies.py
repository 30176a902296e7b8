"""Whether the page behind a mail's link is the mail: read from what was sent and what was answered.

Mails are taken apart by the standard library alone. What the engine keeps for its web copies is
not looked at, except for which of two mails of one step it could know to be out.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from functools import cached_property
from urllib.parse import urlsplit

from chalicelib.domain.enrolment import StepState
from chalicelib.simulation.checkers.history import (
    History,
    enrolment_key,
    record_of,
)
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.record import Accepted, Answered

Found = Iterator[Violation]
OK, NOT_FOUND = 200, 404
REQUEST = timedelta(seconds=30)
"""Longer than the API takes: what was stored by then, a request that is answered now has seen."""


@dataclass(frozen=True)
class _Sent:
    """A mail that went out; it is taken apart once, and only if somebody looks at its copy."""

    seen: Accepted

    @cached_property
    def html(self) -> str:
        part = message_from_bytes(self.seen.mail.mime, policy=default).get_body(("html",))
        return _lines(part.get_content().encode() if part else b"")


def s12_copies_are_what_was_sent(history: History) -> Found:
    """S12: a web copy is its mail's HTML to the last byte; only an erased member's is not shown.

    Limit: of a step that was tried twice the link can show one of two mails. It is held against
    both, and not at all while nobody knows whether either is out, nor within a request of that.
    """
    sent = history.once(_sent_by_path)
    for answer in history.answers:
        if answer.what != "mail" or answer.status not in (OK, NOT_FOUND):
            continue
        mails = [mail for mail in sent.get(answer.path, ()) if mail.seen.number < answer.number]
        for fault in _faults(history, answer, mails):
            yield Violation("S12", answer.number, f"{answer.member_id}: {fault}")


def _faults(history: History, answer: Answered, mails: list[_Sent]) -> Iterator[str]:
    erased_at = _erased_at(history, answer)
    if answer.status == NOT_FOUND:
        if erased_at is None:
            yield "a mail is not shown whose member was not erased"
        return
    if erased_at is not None and answer.at - erased_at > REQUEST:
        yield "a mail is shown whose member was erased"
    page = _lines(answer.page)
    if not any(mail.html == page for mail in mails) and _is_sure(history, answer, mails):
        yield "a mail is shown as it was not sent"


def _is_sure(history: History, answer: Answered, mails: list[_Sent]) -> bool:
    """Tell whether the step was tried once, or is known as sent for longer than a request."""
    for mail in (each.seen for each in mails[-1:]):
        writes = history.enrolments.get(enrolment_key(mail), [])
        seen = [write.number for write in writes if write.at <= answer.at - REQUEST]
        states = [
            record_of(mail, history.enrolment_at(enrolment_key(mail), number))
            for number in (max(seen, default=0) + 1, answer.number)
        ]
        return all(
            record is not None and (not record.former_attempt or record.state is StepState.SENT)
            for record in states
        )
    return True


def _sent_by_path(history: History) -> Mapping[str, list[_Sent]]:
    """Sort the mails by the path of their web copy, which the mail itself names."""
    found: dict[str, list[_Sent]] = defaultdict(list)
    for several in history.accepted.values():
        for mail in several:
            head = message_from_bytes(mail.mail.mime.partition(b"\r\n\r\n")[0])
            link = head["Archived-At"].strip("<>")
            found[urlsplit(link).path].append(_Sent(mail))
    return found


def _lines(page: bytes) -> str:
    """Mail ends a line in two characters, the web in one; a mail's last line has an end."""
    return page.decode().replace("\r\n", "\n").rstrip("\n")


def _erased_at(history: History, answer: Answered) -> datetime | None:
    stones = history.writes["TOMBSTONE"]
    times = [stone.at for stone in stones if stone.key == answer.member_id]
    return min((at for at in times if at <= answer.at), default=None)
