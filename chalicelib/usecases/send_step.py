"""Send one step's mail: decide, claim, send, record.

Two conditional writes and one call. The claim stores the enrolment under the version that
was decided on, so a change in between, or another sender, makes it fail, and then nothing
is sent. After the claim there is one call, and whatever becomes of it is recorded; what
can't be known stays open for feedback or the audit to settle, and is never sent again.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.domain.decision import Send, settle
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.journey import Step
from chalicelib.domain.outcome import (
    ACCOUNT_REFUSED,
    NOT_RENDERED,
    REFUSED,
    THROTTLED,
    UNANSWERED,
    Outcome,
    accepted,
    conclude,
)
from chalicelib.domain.reasons import Reason
from chalicelib.mail.errors import MailError
from chalicelib.usecases.change_enrolment import change_enrolment, settled
from chalicelib.usecases.compose_mail import compose_mail
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import Accepted, Case, OutgoingMail, Refusal, UnavailableError
from chalicelib.usecases.store_enrolment import store_enrolment


class Unsent(StrEnum):
    """Why a message of the sends queue led to no call, other than a decision's reason."""

    NOT_DUE = "not_due"
    """It was dealt with already, or is not due any more: a message came twice or late."""
    CLAIM_LOST = "claim_lost"
    """Another sender, or an event, was quicker."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A call was made, and this is what was recorded of it."""

    outcome: Outcome


SendResult = Sent | Unsent | Reason


def send_step(engine: Engine, key: StepKey) -> SendResult:
    """Send the step's mail if it is to be sent now; say what was done."""
    result = _send_if_due(engine, key)
    engine.metrics.count(_metric(result))
    return result


def _send_if_due(engine: Engine, key: StepKey) -> SendResult:
    journeys = {*engine.programme.journeys, key.journey}  # one that is gone has to be ended
    case = engine.enrolments.load_case(key.member_id, journeys)
    enrolment = case.enrolments.get(key.journey) if case else None
    now = engine.clock.now()
    if case is None or enrolment is None or enrolment.due_at is None or enrolment.due_at > now:
        return Unsent.NOT_DUE
    ready, decision = settle(engine.programme, enrolment, case.member, now, case.mailed_at())
    if not isinstance(decision, Send):
        if ready != enrolment and not store_enrolment(engine, enrolment, ready):
            return Unsent.CLAIM_LOST
        return decision.reason
    return _attempt(engine, case, ready, decision.step)


def _attempt(engine: Engine, case: Case, enrolment: Enrolment, step: Step) -> SendResult:
    """Compose before the claim: a mail that can't be made then leaves no claim behind."""
    attempt = engine.ids.attempt()
    claimed = enrolment.claimed(attempt, engine.clock.now())
    try:
        mail = compose_mail(engine, case.member, step, claimed.key(step.name), attempt)
    except MailError:
        return _record(engine, case, claimed, NOT_RENDERED)
    if not store_enrolment(engine, case.enrolments[claimed.journey], claimed):
        return Unsent.CLAIM_LOST
    claimed = replace(claimed, version=claimed.version + 1)
    if len(engine.programme.journeys) > 1 and _capped_meanwhile(engine, claimed):
        return _record(engine, case, claimed, THROTTLED)
    return _record(engine, case, claimed, _call(engine, mail))


def _capped_meanwhile(engine: Engine, claimed: Enrolment) -> bool:
    """Look once more at the other journeys now that the claim stands.

    Two journeys that claim at one time each see the other's claim here, or one of them does:
    never do both go on when the cap allows one.
    """
    now = engine.clock.now()
    case = engine.enrolments.load_case(claimed.member_id, engine.programme.journeys)
    ours = claimed.released(now)
    mailed = case.with_enrolment(ours).mailed_at() if case else ours.mailed_at()
    return any(cap.allowed_from(now, mailed) for cap in engine.programme.frequency_caps)


def _call(engine: Engine, mail: OutgoingMail) -> Outcome:
    """Make the one call. No answer is an outcome too: nobody knows if the mail went out."""
    try:
        answer = engine.mailer.send(mail)
    except UnavailableError:
        return UNANSWERED
    match answer:
        case Accepted(message_id):
            return accepted(message_id)
        case Refusal.THROTTLED:
            return THROTTLED
        case Refusal.ACCOUNT_REFUSED:
            return ACCOUNT_REFUSED
        case Refusal.REFUSED:
            return REFUSED


def _record(engine: Engine, case: Case, claimed: Enrolment, outcome: Outcome) -> Sent:
    """Keep the outcome and settle what follows.

    Feedback or an event may have changed the enrolment since the claim: then it is read again,
    and the outcome is kept if this very claim still stands.
    """
    journey = engine.programme.journeys[claimed.journey]
    now = engine.clock.now()

    def concluded(known: Enrolment) -> Enrolment:
        ours = known.standing() == claimed.standing()
        return conclude(journey, known, outcome, now) if ours else known

    if not store_enrolment(engine, claimed, settled(engine, case, concluded(claimed))):
        change_enrolment(engine, claimed.member_id, claimed.journey, concluded)
    return Sent(outcome)


def _metric(result: SendResult) -> str:
    match result:
        case Sent(outcome):
            return f"mail_{outcome.reason or outcome.state}"
        case _:
            return f"step_{result}"
