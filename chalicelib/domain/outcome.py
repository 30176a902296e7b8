"""What the outcome of a send, and what is heard of it later, make of an enrolment.

The states of a step and every odd order of events, in one place: feedback may come before
the answer to the call, twice, long after the step was given up, or for an attempt that was
taken back.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.enrolment import Enrolment, StepRecord, StepState
from chalicelib.domain.feedback import Feedback, FeedbackKind
from chalicelib.domain.journey import Journey, OnUnknown
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


TAKEN_BACK = Outcome(StepState.SKIPPED)
"""No call was made; as with the other two, the step is due again."""
THROTTLED = Outcome(StepState.SKIPPED, Reason.THROTTLED)
ACCOUNT_REFUSED = Outcome(StepState.SKIPPED, Reason.ACCOUNT_REFUSED)
UNANSWERED = Outcome(StepState.UNKNOWN, Reason.OUTCOME_OPEN)
REFUSED = Outcome(StepState.FAILED, Reason.REFUSED)
NOT_RENDERED = Outcome(StepState.FAILED, Reason.NOT_RENDERED)
GIVEN_UP = Outcome(StepState.FAILED, Reason.OUTCOME_UNKNOWN)


def accepted(message_id: str) -> Outcome:
    return Outcome(StepState.SENT, message_id=message_id)


def conclude(
    journey: Journey | None, enrolment: Enrolment, outcome: Outcome, now: datetime
) -> Enrolment:
    """Return the enrolment after its last attempt ended; the next step is looked at afresh."""
    claim = enrolment.standing()
    if claim is None or claim.state.settled:
        return enrolment
    if outcome.state is StepState.SKIPPED:
        return enrolment.released(now)
    record = _settled(claim, outcome)
    if outcome is UNANSWERED:
        return enrolment.with_record(enrolment.step or "", record)
    return enrolment.past_step(journey, record, now)


def give_up(journey: Journey | None, enrolment: Enrolment, now: datetime) -> Enrolment:
    """Return the enrolment with a claim given up that nothing was heard of for too long.

    A marketing mail that may have arrived is not worth a second one; a step that says
    ``retry_once`` is due for one more attempt, unless this was that one.
    """
    claim = enrolment.standing()
    if claim is None or not claim.state.open or now - claim.at < PATIENCE:
        return enrolment
    if enrolment.step and not claim.former_attempt and _may_be_retried(journey, enrolment):
        return replace(enrolment.with_record(enrolment.step, claim.retried()), due_at=now)
    return conclude(journey, enrolment, GIVEN_UP, now)


def _may_be_retried(journey: Journey | None, enrolment: Enrolment) -> bool:
    step = journey.step(enrolment.step) if journey and enrolment.step else None
    return step is not None and step.on_unknown is OnUnknown.RETRY_ONCE and not enrolment.exit


def hear(
    journey: Journey | None, enrolment: Enrolment, feedback: Feedback, now: datetime
) -> Enrolment:
    """Return the enrolment after feedback; the same one when it says nothing new.

    What shows that a former attempt went out settles the step as sent, too, so that a second
    mail that was not claimed yet never is.
    """
    step = feedback.key.step
    record = enrolment.steps.get(step)
    if record is None or feedback.attempt not in {record.attempt, record.former_attempt} - {""}:
        return enrolment
    if feedback.kind is FeedbackKind.REJECTED and feedback.attempt != record.attempt:
        return enrolment  # it says nothing of the attempt that followed
    if step == enrolment.step and not record.state.settled:
        enrolment = conclude(journey, enrolment, _outcome_heard(feedback), now)
    heard = _with_feedback(enrolment.steps[step], feedback)
    if _proves_the_former(record, heard, feedback):
        heard = replace(heard, shown=record.former_shown)
    return enrolment if heard == enrolment.steps[step] else enrolment.with_record(step, heard)


def _proves_the_former(before: StepRecord, after: StepRecord, feedback: Feedback) -> bool:
    """Tell whether it is by this that a mail is known to be out, and by the first attempt's."""
    news = before.state is not StepState.SENT and after.state is StepState.SENT
    return news and feedback.attempt == before.former_attempt != before.attempt


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
