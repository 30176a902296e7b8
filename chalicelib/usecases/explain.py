"""Say of one member what was sent, what waits, what was skipped, and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.decision import Leave, Send, Skip, Wait, decide
from chalicelib.domain.enrolment import Enrolment, StepRecord, StepState
from chalicelib.domain.identity import MEMBER_ID, AliasError, AliasType, alias_of
from chalicelib.domain.journey import Journey, Step
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStory:
    """One step as a person would tell it. ``state`` is a step's state, or waiting or ahead.

    ``note`` has the words of whoever paused it; ``at`` is then since when.
    """

    step: str
    mail: str
    state: str
    at: datetime | None
    reason: Reason | None
    feedback: dict[str, datetime]
    note: str = ""

    @property
    def why(self) -> str:
        """One sentence for a person who asks why the step stands as it does."""
        why = self.reason.explanation if self.reason else _SELF_EXPLAINING[self.state]
        return f"{why}: {self.note}" if self.note else why


_SELF_EXPLAINING = {
    "sent": "the mail service has accepted the mail",
    "sending": "the mail is being handed to the mail service",
    "due": "it goes out within a minute or two",
    "ahead": "the steps before it come first",
}
"""States that need no reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyStory:
    """A member's way through one journey."""

    journey: str
    arm: str
    entered_at: datetime
    goals: dict[str, datetime]
    ended: Reason | None
    steps: list[StepStory]


def find_member(engine: Engine, name: str) -> str | None:
    """Return who is meant by an id or a name; of who was merged into another, that one's id."""
    named = find_named(engine, name)
    return engine.members.resolve(named) if named else None


def find_named(engine: Engine, name: str) -> str | None:
    """Return the id to which a name leads itself, be it one that was merged into another."""
    if MEMBER_ID.fullmatch(name):
        return name
    for type_ in AliasType:
        try:
            owner = engine.members.member_of(alias_of(type_, name))
        except AliasError:
            continue
        if owner:
            return owner
    return None


def explain(engine: Engine, member_id: str) -> list[JourneyStory] | None:
    """Return the member's stories, one a journey; None when there is no such member."""
    case = engine.enrolments.load_case(member_id, engine.programme.journeys)
    return None if case is None else list(_stories(engine, case))


def _stories(engine: Engine, case: Case) -> Iterator[JourneyStory]:
    for name, enrolment in case.enrolments.items():
        yield JourneyStory(
            journey=name,
            arm=enrolment.arm,
            entered_at=enrolment.entered_at,
            goals=dict(enrolment.goals),
            ended=enrolment.exit.reason if enrolment.exit else None,
            steps=list(_steps(engine, engine.programme.journeys[name], case, enrolment)),
        )


def _steps(
    engine: Engine, journey: Journey, case: Case, enrolment: Enrolment
) -> Iterable[StepStory]:
    for step in journey.steps:
        record = enrolment.steps.get(step.name)
        if record and record.state is not StepState.RETRY:
            yield _told(step, record)
        elif step.name == enrolment.step:
            yield _standing(engine, case, enrolment, step)
        else:
            ended = enrolment.exit.reason if enrolment.exit else None
            yield _story(step, "not sent" if ended else "ahead", None, ended)


def _told(step: Step, record: StepRecord) -> StepStory:
    heard = {kind.value: at for kind, at in record.feedback.items()}
    return _story(step, record.state, record.at, record.reason, heard)


def _standing(engine: Engine, case: Case, enrolment: Enrolment, step: Step) -> StepStory:
    """Tell what would be decided now for the step that the member stands before."""
    now = engine.clock.now()
    pause = case.pauses.holding(enrolment.journey)
    match decide(engine.programme, enrolment, case.member, now, case.mailed_at(), case.pauses):
        case Send():
            return _story(step, "due", enrolment.due_at, None)
        case Wait(_, Reason.PAUSED) if pause:
            return replace(_story(step, "paused", pause.since, Reason.PAUSED), note=pause.why)
        case Wait(until, reason):
            return _story(step, "waiting", until, reason)
        case Skip(_, reason):
            return _story(step, "to be skipped", None, reason)
        case Leave(reason):
            return _story(step, "not sent", None, reason)


def _story(
    step: Step,
    state: str,
    at: datetime | None,
    reason: Reason | None,
    feedback: dict[str, datetime] | None = None,
) -> StepStory:
    return StepStory(
        step=step.name, mail=step.mail, state=state, at=at, reason=reason, feedback=feedback or {}
    )
