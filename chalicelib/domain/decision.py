"""The decision: what to do for an enrolled member now.

``decide`` is pure and total: every state of an enrolment has exactly one answer. ``settle``
follows the answers that send nothing, up to the next mail or the next wait.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.domain.arms import Arm
from chalicelib.domain.brakes import NO_PAUSES, Pauses
from chalicelib.domain.condition import Condition
from chalicelib.domain.enrolment import Enrolment, StepRecord, StepState
from chalicelib.domain.journey import Journey, Programme, Step
from chalicelib.domain.member import ConsentStatus, Member
from chalicelib.domain.reasons import Reason


@dataclass(frozen=True, slots=True)
class Send:
    """Send the step's mail now."""

    step: Step


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again at ``until``; None: only an event can change anything.

    Only a pause, whose end nobody knows, may have an ``until`` that is over already.
    """

    until: datetime | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Skip:
    """Go past the step without its mail."""

    step: Step
    reason: Reason


@dataclass(frozen=True, slots=True)
class Leave:
    """End the journey."""

    reason: Reason


Decision = Send | Wait | Skip | Leave


def decide(  # noqa: PLR0913, PLR0917 - all that it depends on, and nothing else
    programme: Programme,
    enrolment: Enrolment,
    member: Member,
    now: datetime,
    mailed: Sequence[datetime] = (),
    pauses: Pauses = NO_PAUSES,
) -> Decision:
    """Say what to do for the member at ``now``; ``mailed``: mails of all journeys so far."""
    journey = programme.journeys.get(enrolment.journey)
    reason = _why_leave(programme, journey, enrolment, member)
    if reason or journey is None:
        return Leave(reason or Reason.JOURNEY_CHANGED)
    step = journey.step(enrolment.step) if enrolment.step else None
    if step is None:
        return Leave(Reason.JOURNEY_CHANGED if enrolment.step else Reason.COMPLETED)
    claim = enrolment.standing()
    if claim and claim.state is not StepState.RETRY:  # whatever became of it: no second send
        return Wait(None, Reason.OUTCOME_OPEN)
    return (
        _withhold(programme, step, enrolment, member, now)
        or _pause(pauses, enrolment, now)
        or _brake(programme, member, now, mailed)
        or Send(step)
    )


def settle(  # noqa: PLR0913, PLR0917 - what ``decide`` depends on
    programme: Programme,
    enrolment: Enrolment,
    member: Member,
    now: datetime,
    mailed: Sequence[datetime] = (),
    pauses: Pauses = NO_PAUSES,
) -> tuple[Enrolment, Decision]:
    """Follow skips until there is a mail to send, a wait, or the end.

    The enrolment that comes back has everything settled: what was skipped and why, and when
    to look again. Each round goes past one step, so the rounds are bounded by the steps.
    """
    decision = decide(programme, enrolment, member, now, mailed, pauses)
    while isinstance(decision, Skip):
        record = _skipped(enrolment.standing(), decision.reason, now)
        enrolment = enrolment.past_step(programme.journeys[enrolment.journey], record, now)
        decision = decide(programme, enrolment, member, now, mailed, pauses)
    match decision:
        case Leave(reason):
            return enrolment.ended(reason, now), decision
        case Wait(until, _):
            return replace(enrolment, due_at=until), decision
        case Send():
            return replace(enrolment, due_at=min(enrolment.due_at or now, now)), decision


def _skipped(standing: StepRecord | None, reason: Reason, now: datetime) -> StepRecord:
    """What may have been sent once is not forgotten: it was given up, not skipped."""
    if standing:
        return standing.given_up()
    return StepRecord(state=StepState.SKIPPED, at=now, reason=reason)


def _why_leave(
    programme: Programme, journey: Journey | None, enrolment: Enrolment, member: Member
) -> Reason | None:
    if enrolment.exit:
        return enrolment.exit.reason
    if enrolment.arm is Arm.CONTROL:
        return Reason.CONTROL_GROUP
    return why_not_mailable(programme, member) or _why_finished(programme, journey, member)


def why_not_mailable(programme: Programme, member: Member) -> Reason | None:
    """Say what forbids every mail to this member, if anything does."""
    if member.left_at:
        return Reason.LEFT_PROGRAMME
    if member.consent.status is ConsentStatus.DECLINED:
        return Reason.DECLINED
    if programme.consent_required and member.consent.status is not ConsentStatus.GIVEN:
        return Reason.NOT_CONSENTED
    if member.suppression:
        return Reason.SUPPRESSED
    return None if member.attribute("email") else Reason.NO_ADDRESS


def why_held_back(  # noqa: PLR0913, PLR0917 - what ``decide`` depends on
    programme: Programme,
    journey: str,
    topic: str | None,
    member: Member,
    now: datetime,
    mailed: Sequence[datetime],
    pauses: Pauses,
) -> Reason | None:
    """Say what forbids a mail in the last moment, when its claim stands already.

    Only what no mail may pass. The goal and the conditions were asked before the claim: what
    the mail promises holds from then on, so it is not held back for what happens after it.
    """
    if reason := why_not_mailable(programme, member):
        return reason
    if pauses.holding(journey):
        return Reason.PAUSED
    if member.preferences.declines(topic):
        return Reason.TOPIC_DECLINED
    caps = member.preferences.caps(programme.frequency_caps)
    return Reason.FREQUENCY_CAP if any(cap.allowed_from(now, mailed) for cap in caps) else None


def _why_finished(programme: Programme, journey: Journey | None, member: Member) -> Reason | None:
    if journey and journey.exit_when and journey.exit_when(programme.facts(member)):
        return Reason.GOAL_REACHED
    return None


def _why_needless(step: Step, enrolment: Enrolment, member: Member) -> Reason | None:
    if step.goal and step.goal in member.goals:
        return Reason.GOAL_REACHED
    if member.preferences.declines(step.topic):
        return Reason.TOPIC_DECLINED
    elsewhere = member.mailed_elsewhere(enrolment.journey, step.name)
    known = [at for at in elsewhere if not enrolment.news or at >= enrolment.entered_at]
    return Reason.MAILED_ELSEWHERE if known else None


def _withhold(
    programme: Programme, step: Step, enrolment: Enrolment, member: Member, now: datetime
) -> Skip | Wait | None:
    """Say why this step's mail is not for this member, or not yet."""
    facts = programme.facts(member)
    if reason := _why_needless(step, enrolment, member):
        return Skip(step, reason)
    if not _holds(step.wait_for, facts):
        return Wait(None, Reason.CONDITION_AWAITED)
    if not _holds(step.when, facts):
        return Skip(step, Reason.CONDITION_NOT_MET)
    if now < enrolment.ready_at:
        return Wait(enrolment.ready_at, Reason.WAIT_NOT_OVER)
    return None


def _pause(pauses: Pauses, enrolment: Enrolment, now: datetime) -> Wait | None:
    """Hold back what is paused where it is: nothing is to be stored, now or at the end of it."""
    if pauses.holding(enrolment.journey):
        return Wait(enrolment.due_at or now, Reason.PAUSED)
    return None


def _brake(
    programme: Programme, member: Member, now: datetime, mailed: Sequence[datetime]
) -> Wait | None:
    """Hold a mail back that is due: the cap first, for it may end inside the quiet hours."""
    for cap in member.preferences.caps(programme.frequency_caps):
        if until := cap.allowed_from(now, mailed):
            return Wait(until, Reason.FREQUENCY_CAP)
    quiet = programme.quiet_hours
    until = quiet.allowed_from(now, _zone(programme, member)) if quiet else None
    return Wait(until, Reason.QUIET_HOURS) if until else None


def _zone(programme: Programme, member: Member) -> ZoneInfo:
    """The member's clock; the programme's when theirs is not known here (any more)."""
    try:
        return ZoneInfo(member.attribute("time_zone") or programme.time_zone)
    except (LookupError, ValueError, OSError):  # all that ZoneInfo has for a bad name
        return ZoneInfo(programme.time_zone)


def _holds(condition: Condition | None, facts: dict[str, object]) -> bool:
    return condition is None or condition(facts)
