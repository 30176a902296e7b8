"""What an outside observer saw of one run, in its order: the only thing that checkers read.

It is written below the faults, so it also holds what was applied and whose reply was lost. It
never changes what happens.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from chalicelib.domain.journey import Programme
from chalicelib.usecases.ports import OutgoingMail


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One thing that happened, at the true time; ``by`` is who did it, e.g. queue_sends#12."""

    number: int
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored(Seen):
    """The table took a write; ``before`` and ``after`` are domain values, None for nothing.

    ``what`` is PROFILE, ENROLMENT, GRANT, EVENT, ALIAS, PAUSES, TOMBSTONE, COUNT, MERGED (a
    profile that is another member's now), or of the ledger MEMBERSHIP, POSTING or REFERENCE.
    """

    what: str
    key: str
    before: object | None
    after: object | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Began(Seen):
    """A function was invoked: from here on it may read what stands before this."""

    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdone(Seen):
    """A conditional write found another version than the one that was read: nothing is stored."""

    what: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Called(Seen):
    """The mail service got a request; ``worker_at`` is the time by the caller's clock."""

    mail: OutgoingMail
    worker_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Seen):
    """The mail service took a mail over, whether or not its answer arrived."""

    mail: OutgoingMail
    message_id: str
    worker_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Seen):
    """The mail service surely did not take a mail: ``why`` is a Refusal's value."""

    mail: OutgoingMail
    worker_at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Seen):
    """A client of the API was told something.

    ``what`` is webhook, unsubscribe (a POST), unsubscribe_page, mail, preferences (a POST) or
    preferences_page, or ledger (its id is the reference). A status of 0: no answer came. ``body``
    is the JSON that was sent, None when it was none; ``chosen`` what the form of preferences said;
    ``path`` and ``page`` what a reader of a web copy asked for and saw, ``page`` also what the
    ledger answered.
    """

    what: str
    status: int
    member_id: str = ""
    webhook_id: str = ""
    body: Mapping[str, object] | None = None
    chosen: Mapping[str, object] | None = None
    path: str = ""
    page: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Seen):
    """The mail service published feedback about a mail."""

    kind: str
    tags: Mapping[str, str]
    message_id: str
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLettered(Seen):
    """A message is among a queue's dead letters; without a reason SQS has put it there."""

    queue: str
    body: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused(Seen):
    """A pause of a journey, or of everything (None), is stored."""

    journey: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Seen):
    """The end of a pause is stored."""

    journey: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased(Seen):
    """The operator was told that the member is erased."""

    member_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed(Seen):
    """From here on new invocations have this programme; the first one is there at the start."""

    programme: Programme


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged(Seen):
    """A line was written to the log."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulted(Seen):
    """A fault really happened; ``where`` is a function's port and method, or a queue."""

    kind: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Died(Seen):
    """A function was killed, within the call ``where``."""

    function: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Crashed(Seen):
    """The engine met an error that no fault of the simulation explains."""

    function: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm(Seen):
    """Faults stop from here on."""


S = TypeVar("S", bound=Seen)


@dataclass(slots=True)
class Record:
    """Append-only. ``now`` is the true time, ``by`` who acts at this moment."""

    now: Callable[[], datetime]
    by: Callable[[], str]
    seen: list[Seen] = field(default_factory=list)
    _listeners: dict[type[Seen], list[Callable[..., object]]] = field(default_factory=dict)

    def add(self, kind: type[S], /, **facts: object) -> S:
        """Write down that this happened now, and let those hear of it who listen."""
        seen = kind(number=len(self.seen), at=self.now(), by=self.by(), **facts)
        self.seen.append(seen)
        for listener in self._listeners.get(kind, ()):
            listener(seen)
        return seen

    def listen(self, kind: type[S], listener: Callable[[S], object]) -> None:
        """Call ``listener`` with everything of this kind from now on, right after it is written."""
        self._listeners.setdefault(kind, []).append(listener)

    def of(self, kind: type[S]) -> list[S]:
        return [seen for seen in self.seen if isinstance(seen, kind)]
