"""What the outcome of a send, and what is heard of it later, make of an enrolment.

The states of a step and every odd order of events, in one place: feedback may come before
the answer to the call, twice, long after the step was given up, or for an attempt that was
taken back.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.enrolment import Enrolment, StepRecord, StepState
from chalicelib.domain.feedback import Feedback, FeedbackKind
from chalicelib.domain.journey import Journey
from chalicelib.domain.reasons import Reason

PATIENCE = timedelta(days=1)
"""How long feedback may take to settle an open claim before the step is given up."""

_KEPT = frozenset(FeedbackKind) - {
    FeedbackKind.SENT,  # said by the step's state
    FeedbackKind.DELIVERED,  # one write a mail, for what the absence of a bounce says too
    FeedbackKind.DELAYED,  # no outcome yet
}

_IMPLIED = {
    FeedbackKind.OPENED_BY_PERSON: FeedbackKind.OPENED,
    FeedbackKind.CLICKED_BY_PERSON: FeedbackKind.CLICKED,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a claimed attempt ended: the state that its step takes, and why."""

    state: StepState
    reason: Reason | None = None
    message_id: str = ""


THROTTLED = Outcome(StepState.SKIPPED, Reason.THROTTLED)
ACCOUNT_REFUSED = Outcome(StepState.SKIPPED, Reason.ACCOUNT_REFUSED)
UNANSWERED = Outcome(StepState.UNKNOWN, Reason.OUTCOME_OPEN)
REFUSED = Outcome(StepState.FAILED, Reason.REFUSED)
NOT_RENDERED = Outcome(StepState.FAILED, Reason.NOT_RENDERED)
GIVEN_UP = Outcome(StepState.FAILED, Reason.OUTCOME_UNKNOWN)


def accepted(message_id: str) -> Outcome:
    return Outcome(StepState.SENT, message_id=message_id)


def conclude(journey: Journey, enrolment: Enrolment, outcome: Outcome, now: datetime) -> Enrolment:
    """Return the enrolment after its open attempt ended; the next step is looked at afresh."""
    claim = enrolment.standing()
    if claim is None or not claim.state.open:
        return enrolment
    if outcome in {THROTTLED, ACCOUNT_REFUSED}:
        return enrolment.released(now)
    record = _settled(claim, outcome)
    if outcome is UNANSWERED:
        return enrolment.with_record(enrolment.step or "", record)
    return enrolment.past_step(journey, record, now)


def give_up(journey: Journey, enrolment: Enrolment, now: datetime) -> Enrolment:
    """Return the enrolment with a claim given up that nothing was heard of for too long.

    A marketing mail that may have arrived is not worth a second one.
    """
    claim = enrolment.standing()
    if claim is None or not claim.state.open or now - claim.at < PATIENCE:
        return enrolment
    return conclude(journey, enrolment, GIVEN_UP, now)


def hear(journey: Journey, enrolment: Enrolment, feedback: Feedback, now: datetime) -> Enrolment:
    """Return the enrolment after feedback; the same one when it says nothing new."""
    step = feedback.key.step
    record = enrolment.steps.get(step)
    if record is None or record.attempt != feedback.attempt:
        return enrolment
    if record.state.open and step == enrolment.step:
        enrolment = conclude(journey, enrolment, _outcome_heard(feedback), now)
    heard = _with_feedback(enrolment.steps[step], feedback)
    return enrolment if heard == enrolment.steps[step] else enrolment.with_record(step, heard)


def _outcome_heard(feedback: Feedback) -> Outcome:
    rejected = feedback.kind is FeedbackKind.REJECTED
    return REFUSED if rejected else accepted(feedback.message_id)


def _with_feedback(record: StepRecord, feedback: Feedback) -> StepRecord:
    said = [kind for kind in (feedback.kind, _IMPLIED.get(feedback.kind)) if kind in _KEPT]
    kept = {**dict.fromkeys(said, feedback.at), **record.feedback}
    if feedback.kind is FeedbackKind.REJECTED:
        return replace(record, state=StepState.FAILED, reason=Reason.REFUSED, feedback=kept)
    if record.reason is Reason.OUTCOME_UNKNOWN:  # given up too early: it did go out
        return replace(record, state=StepState.SENT, reason=None, feedback=kept)
    return replace(record, feedback=kept)


def _settled(claim: StepRecord, outcome: Outcome) -> StepRecord:
    return replace(
        claim,
        state=outcome.state,
        reason=outcome.reason,
        message_id=outcome.message_id or claim.message_id,
    )
