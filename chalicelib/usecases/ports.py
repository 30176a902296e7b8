"""What the use cases need from outside, as Protocols; each has an AWS adapter and a twin.

Contract common to all: a method either did all it says, or raised ``UnavailableError`` and
may or may not have; so every caller is safe to run again. Times are aware, in UTC.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from chalicelib.domain.brakes import NO_PAUSES, Pauses
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.events import EventOutcome, PartnerEvent
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.member import Member


class UnavailableError(Exception):
    """A service did not answer, or asked to slow down: trying again can help."""


class MessageError(ValueError):
    """A queue message that can't be read: no retry mends it."""


class Receipt(StrEnum):
    """What the event log says to an id that comes in."""

    NEW = "new"
    REPEATED = "repeated"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """What is kept of an id: the hash of its body, and what became of it (None: not yet).

    A batch has no outcome: it names its events, of which each has one.
    """

    partner: str
    event_id: str
    body_hash: str
    received_at: datetime
    outcome: EventOutcome | None = None
    member_id: str = ""
    event_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a decision needs, read consistently: member, every enrolment, and the pauses."""

    member: Member
    enrolments: Mapping[str, Enrolment]
    pauses: Pauses = NO_PAUSES

    def mailed_at(self) -> list[datetime]:
        """Return when the member was mailed, over all journeys, and under every merged id."""
        own = (at for enrolment in self.enrolments.values() for at in enrolment.mailed_at())
        return [*own, *self.member.mailed_elsewhere()]

    def with_enrolment(self, enrolment: Enrolment) -> "Case":
        return replace(self, enrolments={**self.enrolments, enrolment.journey: enrolment})


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step in the index of what is due, and since when; the enrolment itself has the say."""

    key: StepKey
    at: datetime


class Enrolments(Protocol):
    """Enrolment items, and the index of those that are due."""

    def load_case(self, member_id: str, journeys: Iterable[str]) -> Case | None:
        """Read these journeys' enrolments, and after them the profile and the pauses.

        Each is read consistently, and the order is a promise: whoever changes a profile touches
        the enrolments afterwards, so who has read a touched enrolment has the changed profile,
        and who has read it before the touch will not store over it.
        """
        ...

    def load(self, member_id: str, journey: str, entry: int | None = None) -> Enrolment | None:
        """Read one enrolment consistently: the entry of that number, without one the latest."""
        ...

    def save(self, enrolment: Enrolment) -> bool:
        """Store with the next version; False when the version is not the stored one (0: none)."""
        ...

    def follow(self, former: Enrolment, fresh: Enrolment) -> bool:
        """Keep the former entry as it is and store ``fresh`` in its place: both, or nothing.

        False when the version of ``fresh``, which is the former one's, is not the stored one.
        """
        ...

    def of(self, member_id: str) -> list[Enrolment]:
        """Read all of a member's enrolments consistently, also in journeys that are gone.

        Former entries are among them; so they are in ``every``.
        """
        ...

    def due(
        self, shard: int, until: datetime, limit: int, without: Collection[str] = ()
    ) -> list[DueStep]:
        """Return the steps due by ``until``, the longest overdue first; may lag behind.

        Steps of the journeys ``without`` are passed over and don't count against the limit.
        """
        ...

    def every(self) -> Iterator[Enrolment]:
        """Read all enrolments, in no order; for folds."""
        ...


class EventLog(Protocol):
    """Every id that was answered with 2xx, kept at least 30 days."""

    def receive(self, record: EventRecord) -> Receipt:
        """Keep the record if its id is new; tell a repetition from another body under the id."""
        ...

    def find(self, partner: str, event_id: str) -> EventRecord | None:
        """Read consistently."""
        ...

    def conclude(self, record: EventRecord) -> None:
        """Store the record over whatever is kept; its id stands for this body, or for nothing."""
        ...

    def every(self) -> Iterator[EventRecord]:
        """Read all records, in no order; for people."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBatch:
    """A message of the events queue: events of one webhook, in the partner's order.

    Or ``looks``: members of whom something is due by itself.
    """

    events: tuple[PartnerEvent, ...]
    looks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBatch:
    """A message of the sends queue: steps that were due at one tick."""

    steps: tuple[StepKey, ...]


class EventQueue(Protocol):
    """From the intake to the rules."""

    def put(self, batches: Sequence[EventBatch]) -> None:
        """Queue all; when it returns, the queue has every one."""
        ...

    def read(self, body: str) -> EventBatch:
        """Return what a message of this queue carries; ``MessageError`` when it is not ours."""
        ...

    def write(self, batch: EventBatch) -> str:
        """Return the message that carries this."""
        ...


class SendQueue(Protocol):
    """From the tick to the senders."""

    def put(self, batches: Sequence[SendBatch]) -> None:
        """Queue all; a step that is queued twice is harmless."""
        ...

    def read(self, body: str) -> SendBatch:
        """Return what a message of this queue carries; ``MessageError`` when it is not ours."""
        ...

    def write(self, batch: SendBatch) -> str:
        """Return the message that carries this."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """A MIME message for one recipient, with the tags that its feedback will carry."""

    sender: str
    recipient: str
    mime: bytes
    tags: Mapping[str, str]


class Refusal(StrEnum):
    """Why the mail service did not take a mail; either way it surely did not go out."""

    THROTTLED = "throttled"
    """Too fast, or no connection was made."""
    ACCOUNT_REFUSED = "account_refused"
    """A permission, an unverified sender, a pause: nobody's mail would be taken."""
    REFUSED = "refused"
    """This mail will never be taken."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The mail service took the mail over, under its own message id."""

    message_id: str


class Mailer(Protocol):
    """The mail service. One call is one attempt: an adapter never tries again by itself."""

    def send(self, mail: OutgoingMail) -> Accepted | Refusal:
        """Send; ``UnavailableError`` means that nobody knows if the mail went out."""
        ...


class TokenPurpose(StrEnum):
    """What a token in a link is good for; a token of one purpose fails for every other."""

    UNSUBSCRIBE = "unsubscribe"
    WEB_COPY = "web_copy"
    PREFERENCES = "preferences"


class Tokens(Protocol):
    """Links that can't be forged. They never expire: a mail may be read years later."""

    def issue(self, purpose: TokenPurpose, key: StepKey) -> str:
        """Return a token in the alphabet of base64url, dots and tildes."""
        ...

    def read(self, purpose: TokenPurpose, token: str) -> StepKey | None:
        """Return whom the token speaks for; None when it is not ours or not for this."""
        ...


class Ids(Protocol):
    """Names for new things."""

    def member_id(self, partner: str, event_id: str) -> str:
        """Return the opaque id of the member whom this event introduces, always the same."""
        ...

    def attempt(self) -> str:
        """Return a name for one attempt at sending, never used before."""
        ...


class Clock(Protocol):
    """The only source of now."""

    def now(self) -> datetime: ...


class TimeZones(Protocol):
    """From airports to the clocks of the people who live there."""

    def of_airport(self, iata: str) -> str | None:
        """Return the IANA name of the zone; None for an airport that is not known."""
        ...


class Metrics(Protocol):
    """Counts for operators: what happened, by a name of the closed vocabularies."""

    def count(self, name: str, value: int = 1) -> None: ...

    def seconds(self, name: str, value: int) -> None:
        """Note how long something is; the last one of an invocation is kept."""
        ...

    def flush(self) -> None:
        """Write what was counted; called at the end of each invocation."""
        ...
