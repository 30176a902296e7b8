"""The record of a run, sorted so that a checker finds what it asks for.

It says what happened and never judges it. Nothing of the engine's rules is used here: a claim
is what the store was seen to hold.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.domain.enrolment import Enrolment, StepRecord, StepState
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.journey import Programme, Step
from chalicelib.domain.member import Member
from chalicelib.simulation.record import (
    Accepted,
    Answered,
    Began,
    Called,
    Deployed,
    Heard,
    Paused,
    Record,
    Refused,
    Resumed,
    Seen,
    Stored,
)

OPEN = (StepState.SENDING, StepState.UNKNOWN)
"""States of a step of which nobody knows whether its mail went out."""

SETTLED = (StepState.SENT, StepState.SKIPPED, StepState.FAILED)
"""States of a step that is dealt with; a step that is to be tried once more is in neither."""

EnrolmentKey = tuple[str, str, int]
S = TypeVar("S", bound=Seen)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The write that made a step SENDING for one attempt; ``after`` is what was stored."""

    number: int
    at: datetime
    by: str
    key: StepKey
    attempt: str
    before: Enrolment | None
    after: Enrolment

    @property
    def enrolment_key(self) -> EnrolmentKey:
        return self.key.member_id, self.key.journey, self.key.entry

    @property
    def worker_at(self) -> datetime:
        """The time of the claim by the claimer's own clock, as it was stored."""
        return self.after.steps[self.key.step].at

    def __str__(self) -> str:
        key = self.key
        return f"{key.journey}/{key.step} of {key.member_id}, attempt {self.attempt}, by {self.by}"


@dataclass(slots=True, kw_only=True)
class History:
    """What was seen, by kind and by what it is about; every list is in the record's order."""

    claims: list[Claim] = field(default_factory=list)
    calls: dict[str, list[Called]] = field(default_factory=lambda: defaultdict(list))
    accepted: dict[str, list[Accepted]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, list[Refused]] = field(default_factory=lambda: defaultdict(list))
    heard: dict[str, list[Heard]] = field(default_factory=lambda: defaultdict(list))
    enrolments: dict[EnrolmentKey, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    profiles: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    writes: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    answers: list[Answered] = field(default_factory=list)
    brakes: list[Paused | Resumed] = field(default_factory=list)
    deployed: list[Deployed] = field(default_factory=list)
    began: dict[str, int] = field(default_factory=dict)
    others: dict[type[Seen], list[Seen]] = field(default_factory=lambda: defaultdict(list))
    _known: dict[Callable[..., Any], Any] = field(default_factory=dict)

    @classmethod
    def of(cls, record: Record) -> "History":
        history = cls()
        for seen in record.seen:
            history.add(seen)
        return history

    def add(self, seen: Seen) -> None:
        match seen:
            case Stored():
                self._add_write(seen)
            case Called():
                self.calls[seen.mail.tags["attempt"]].append(seen)
            case Accepted():
                self.accepted[seen.mail.tags["attempt"]].append(seen)
            case Refused():
                self.refused[seen.mail.tags["attempt"]].append(seen)
            case Heard():
                self.heard[seen.tags.get("attempt", "")].append(seen)
            case Answered():
                self.answers.append(seen)
            case Paused() | Resumed():
                self.brakes.append(seen)
            case Deployed():
                self.deployed.append(seen)
            case Began():
                self.began.setdefault(seen.by, seen.number)
            case _:
                self.others[type(seen)].append(seen)

    def _add_write(self, write: Stored) -> None:
        self.writes[write.what].append(write)
        if write.what in ("PROFILE", "TOMBSTONE", "MERGED"):
            self.profiles[member_of(write)].append(write)
        if isinstance(write.after, Enrolment):
            after = write.after
            self.enrolments[after.member_id, after.journey, after.entry].append(write)
            self.claims += _claims(write)

    def called_claims(self) -> Iterator[Claim]:
        """Return the claims that led to a call; the others were taken back, or given up."""
        return (claim for claim in self.claims if self.calls.get(claim.attempt))

    def replaced_at(self, claim: Claim) -> int:
        """Return where the version of the enrolment was stored that the claim replaced."""
        writes = self.enrolments[claim.enrolment_key]
        return max((write.number for write in writes if write.number < claim.number), default=-1)

    def once(self, read: Callable[["History"], T]) -> T:
        """Return what ``read`` makes of this history; it is asked once, however many want it."""
        if read not in self._known:
            self._known[read] = read(self)
        known: T = self._known[read]
        return known

    def of_kind(self, kind: type[S]) -> list[S]:
        """Return what has no list of its own here."""
        return [seen for seen in self.others[kind] if isinstance(seen, kind)]

    def began_at(self, by: str, otherwise: int) -> int:
        """Return the place where an invocation began."""
        return self.began.get(by, otherwise)

    def programmes(self, first: int, last: int) -> list[Programme]:
        """Return the programmes that an invocation from ``first`` to ``last`` may have had."""
        before = [seen.programme for seen in self.deployed if seen.number <= first][-1:]
        return before + [seen.programme for seen in self.deployed if first < seen.number <= last]

    def programmes_of(self, seen: Stored | Claim) -> list[Programme]:
        """Return the programmes that whoever stored this may have had."""
        return self.programmes(self.began_at(seen.by, seen.number), seen.number)

    def steps_of(self, claim: Claim) -> list[Step]:
        """Return the step in each programme that the claimer may have had, and that has it."""
        journeys = [each.journeys.get(claim.key.journey) for each in self.programmes_of(claim)]
        steps = [journey.step(claim.key.step) for journey in journeys if journey]
        return [step for step in steps if step]

    def profiles_of(self, claim: Claim) -> list[Member | None]:
        """Return each state of the profile that the claimer may have read last.

        After its start, and after the enrolment's version that it replaced was stored.
        """
        first = max(self.began_at(claim.by, claim.number), self.replaced_at(claim))
        return self.profiles_between(claim.key.member_id, first, claim.number)

    def profiles_between(self, member_id: str, first: int, last: int) -> list[Member | None]:
        """Return each state of the profile that stood at some time from ``first`` to ``last``."""
        writes = self.profiles.get(member_id, [])
        before = [_member(write.after) for write in writes if write.number <= first]
        during = [_member(write.after) for write in writes if first < write.number <= last]
        return [before[-1] if before else None, *during]

    def enrolment_at(self, key: EnrolmentKey, number: int) -> Enrolment | None:
        """Return what was stored of the enrolment when ``number`` happened."""
        stored = [write.after for write in self.enrolments.get(key, []) if write.number < number]
        return stored[-1] if stored and isinstance(stored[-1], Enrolment) else None

    def enrolments_read(self, key: EnrolmentKey, write: Stored) -> list[Enrolment]:
        """Return each state of the enrolment that whoever stored this may have read before."""
        first = self.began_at(write.by, write.number)
        during = [
            each.after
            for each in self.enrolments.get(key, [])
            if first < each.number < write.number and isinstance(each.after, Enrolment)
        ]
        before = self.enrolment_at(key, first)
        return [before, *during] if before else during

    def final_enrolments(self) -> Iterator[Enrolment]:
        for writes in self.enrolments.values():
            if isinstance(writes[-1].after, Enrolment):
                yield writes[-1].after


def record_of(call: Called | Accepted, enrolment: Enrolment | None) -> StepRecord | None:
    """Return the record of the step that a mail's tags name."""
    return enrolment.steps.get(call.mail.tags["step"]) if enrolment else None


def enrolment_key(call: Called | Accepted) -> EnrolmentKey:
    tags = call.mail.tags
    return tags["member"], tags["journey"], int(tags["entry"])


def member_of(write: Stored) -> str:
    """Return whose profile a write is about."""
    return str(getattr(write.after or write.before, "member_id", write.key))


def _member(stored: object) -> Member | None:
    """Return the profile; None for a tombstone."""
    return stored if isinstance(stored, Member) else None


def _claims(write: Stored) -> Iterator[Claim]:
    after, before = write.after, write.before
    if not isinstance(after, Enrolment):
        return
    known = before.steps if isinstance(before, Enrolment) else {}
    for step, record in after.steps.items():
        if record.state is StepState.SENDING and _is_new(known.get(step), record):
            yield Claim(
                number=write.number,
                at=write.at,
                by=write.by,
                key=after.key(step),
                attempt=record.attempt,
                before=before if isinstance(before, Enrolment) else None,
                after=after,
            )


def _is_new(known: StepRecord | None, record: StepRecord) -> bool:
    """Tell a claim from another write while the claim stands, and from an unknown step's."""
    return known is None or known.state not in OPEN or known.attempt != record.attempt
