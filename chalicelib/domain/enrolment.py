"""One member's way through one journey: the only item that a send claims.

Every change is a new value; storing it succeeds only while the stored version is the one
that was read, so of two workers with the same step exactly one goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from chalicelib.domain.arms import Arm
from chalicelib.domain.feedback import FeedbackKind, StepKey
from chalicelib.domain.goal_times import earliest
from chalicelib.domain.journey import Journey
from chalicelib.domain.reasons import Reason


class StepState(StrEnum):
    """Where a step stands that has been looked at. A step without a record is still ahead."""

    SENDING = "sending"
    """Claimed: one call to the mail service is under way, or died on the way."""
    SENT = "sent"
    """The mail service has accepted the mail, or feedback has shown that it did."""
    UNKNOWN = "unknown"
    """The call was made and no answer came."""
    RETRY = "retry"
    """Nothing was heard of the attempt for a day: the step is due for one more."""
    SKIPPED = "skipped"
    """The mail was not needed; ``reason`` says why."""
    FAILED = "failed"
    """The mail was given up; ``reason`` says why."""

    @property
    def open(self) -> bool:
        """Whether a claim stands of which it is not settled yet if its mail went out."""
        return self in (StepState.SENDING, StepState.UNKNOWN)

    @property
    def settled(self) -> bool:
        """Whether nothing more is to come but feedback."""
        return not self.open and self is not StepState.RETRY


@dataclass(frozen=True, slots=True)
class Shown:
    """What a mail showed: with the profile of that version, enough to render it once more.

    ``template`` is the digest of all that is the same for everybody; ``amounts`` are the balances
    in the order of the programme's units, and after them the gift if there was one. Nothing here
    names anybody.
    """

    template: str
    profile_version: int
    amounts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """What became of a step. ``feedback`` keeps the first time of each kind.

    ``former_attempt``, ``former_at`` and ``former_shown`` are those of a first attempt that
    ``attempt`` follows, because its outcome stayed unknown. ``shown`` is what the mail of
    ``attempt`` shows, or, once the first is the one known to have gone out, what that one did.
    """

    state: StepState
    at: datetime
    reason: Reason | None = None
    attempt: str = ""
    message_id: str = ""
    former_attempt: str = ""
    former_at: datetime | None = None
    shown: Shown | None = None
    former_shown: Shown | None = None
    feedback: Mapping[FeedbackKind, datetime] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def may_have_been_sent(self) -> bool:
        """Whether the member may hold the mail: what it promises must then be kept."""
        return bool(self.mailed_at())

    @property
    def first_at(self) -> datetime:
        """The time of the first attempt: what its mail promises holds from then on."""
        return self.former_at or self.at

    def mailed_at(self) -> list[datetime]:
        """Return when mails of the step went out, or may have gone out."""
        former = [self.former_at] if self.former_at else []
        surely_not = self.state in (StepState.SKIPPED, StepState.FAILED) and (
            self.reason is not Reason.OUTCOME_UNKNOWN
        )
        return former if surely_not else [*former, self.at]

    @property
    def on_show(self) -> Shown | None:
        """What the link to the web copy shows; both mails of a step tried twice have one link.

        Until the step is known as sent that is the first mail: nobody knows if there is another.
        """
        second = self.former_attempt and self.state is not StepState.SENT
        return self.former_shown if second else self.shown

    def retried(self) -> "StepRecord":
        """Return the record of an attempt that one more is to follow."""
        return replace(self, state=StepState.RETRY, reason=Reason.OUTCOME_OPEN)

    def given_up(self) -> "StepRecord":
        """Return the record of an attempt that nothing is to follow."""
        return replace(self, state=StepState.FAILED, reason=Reason.OUTCOME_UNKNOWN)


@dataclass(frozen=True, slots=True)
class Exit:
    """The journey is over for this member."""

    reason: Reason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """How a member came into a journey first: what its report goes by, whatever came later."""

    at: datetime
    arm: Arm
    holdout: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What an entry has to know of those before it; they themselves are not read any more.

    ``first`` is the first entry's; ``mailed`` when mails of late went out, and ``news`` which news
    of late were an entry's, with its time.
    """

    first: Assignment
    mailed: tuple[datetime, ...]
    news: Mapping[str, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A member in a journey.

    ``step`` is the one the member stands before (None: all are dealt with), whose wait is over
    at ``ready_at``; ``due_at`` is when the engine looks next (None: an event has to come first);
    ``goals`` are those reached since the first entry, with the time; ``holdout`` is the share that
    was held out when the arm was drawn, to the millionth (None: stored before it was kept).
    ``news`` names what the member entered by ("": an event); ``before`` is what is known of former
    entries (None: there are none); ``replaced_at`` is when a later entry took this one's place;
    ``resumes_at`` what was due, and when, before the member was merged into another.
    """

    member_id: str
    journey: str
    journey_version: int
    entry: int
    arm: Arm
    entered_at: datetime
    step: str | None
    ready_at: datetime
    due_at: datetime | None = None
    steps: Mapping[str, StepRecord] = field(default_factory=lambda: MappingProxyType({}))
    goals: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    exit: Exit | None = None
    holdout: float | None = None
    news: str = ""
    before: Before | None = None
    replaced_at: datetime | None = None
    resumes_at: datetime | None = None
    version: int = 0

    @property
    def assignment(self) -> Assignment:
        """How the member came into the journey first."""
        own = Assignment(at=self.entered_at, arm=self.arm, holdout=self.holdout)
        return self.before.first if self.before else own

    def standing(self) -> StepRecord | None:
        """Return the record of the step the member stands before, if it was ever claimed."""
        return self.steps.get(self.step) if self.step else None

    def key(self, step: str) -> StepKey:
        """Return the key of one of the journey's steps."""
        return StepKey(member_id=self.member_id, journey=self.journey, entry=self.entry, step=step)

    def mailed_at(self) -> list[datetime]:
        """Return when mails went out, or may have gone out, in no order; former entries' too."""
        before = self.before.mailed if self.before else ()
        return [*before, *(at for record in self.steps.values() for at in record.mailed_at())]

    def with_record(self, step: str, record: StepRecord) -> "Enrolment":
        return replace(self, steps={**self.steps, step: record})

    def claimed(self, attempt: str, now: datetime, shown: Shown | None = None) -> "Enrolment":
        """Return the enrolment with its step claimed for one attempt; nothing is due then."""
        if not self.step:
            raise ValueError("only a step can be claimed")
        former = self.standing()
        record = StepRecord(
            state=StepState.SENDING,
            at=now,
            attempt=attempt,
            former_attempt=former.attempt if former else "",
            former_at=former.at if former else None,
            shown=shown,
            former_shown=former.shown if former else None,
        )
        return replace(self, steps={**self.steps, self.step: record}, due_at=None)

    def past_step(self, journey: Journey | None, record: StepRecord, now: datetime) -> "Enrolment":
        """Return the enrolment with its step dealt with, standing before the next one.

        A journey whose steps were put in another order leads nobody to a step a second time.
        Where a step is gone from its journey, or the journey itself (None), nobody knows what
        would follow it: the member stays at it, and ``decide`` ends the journey for that.
        """
        if not self.step:
            raise ValueError("no step is left to go past")
        passed = self.with_record(self.step, record)
        if journey is None or journey.step(self.step) is None:
            return replace(passed, due_at=now)
        follower = journey.step_after(self.step, passed.steps)
        return replace(
            passed,
            step=follower.name if follower else None,
            ready_at=now + follower.wait if follower else now,
            due_at=now if follower else None,
        )

    def released(self, now: datetime) -> "Enrolment":
        """Return the enrolment with its claim taken back: its mail surely did not go out."""
        claim = self.standing()
        steps = {name: record for name, record in self.steps.items() if name != self.step}
        if self.step and claim and claim.former_at:
            former = StepRecord(
                state=StepState.UNKNOWN,
                at=claim.former_at,
                attempt=claim.former_attempt,
                shown=claim.former_shown,
            )
            steps[self.step] = former.retried()
        return replace(self, steps=steps, due_at=now)

    def ended(self, reason: Reason, now: datetime) -> "Enrolment":
        """Return the enrolment ended; the first end counts, and nothing is due after it.

        A claim that is open still has its outcome to come; an attempt that was to be followed
        by another is given up.
        """
        standing, ended = self.standing(), self
        if self.step and standing and standing.state is StepState.RETRY:
            ended = self.with_record(self.step, standing.given_up())
        return replace(ended, exit=self.exit or Exit(reason, now), due_at=None)

    def merged(self, now: datetime) -> "Enrolment":
        """Return the enrolment of a member who was merged into another: ended, but as it was.

        All that follows a claim that is open may still come, and a step that was to be tried once
        more stays so: ``unmerged`` finds everything.
        """
        if self.exit:
            return replace(self, due_at=None)
        return replace(self, exit=Exit(Reason.MERGED, now), due_at=None, resumes_at=self.due_at)

    def unmerged(self) -> "Enrolment":
        """Return the enrolment as it was before ``merged``, with what was heard since."""
        if self.exit is None or self.exit.reason is not Reason.MERGED:
            return self
        return replace(self, exit=None, due_at=self.resumes_at, resumes_at=None)

    def reached(self, goals: Mapping[str, datetime]) -> "Enrolment":
        """Add goals; the first time counts. Held-out members and leavers are counted too."""
        return replace(self, goals=earliest(self.goals, goals))


def enrol(journey: Journey, member_id: str, arm: Arm, now: datetime, news: str = "") -> Enrolment:
    """Return the enrolment of a member who enters now, standing before the first step."""
    first = journey.steps[0]
    return Enrolment(
        member_id=member_id,
        journey=journey.name,
        journey_version=journey.version,
        entry=1,
        arm=arm,
        entered_at=now,
        step=first.name,
        ready_at=now + first.wait,
        due_at=now,
        holdout=round(journey.holdout, 6),
        news=news,
    )
