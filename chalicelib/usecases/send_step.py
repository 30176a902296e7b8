"""Send one step's mail: decide, claim, send, record.

Two conditional writes and one call. The claim stores the enrolment under the version that
was decided on, so a change in between, or another sender, makes it fail, and then nothing
is sent. After the claim it is looked once more, then there is one call, and whatever becomes
of it is recorded; what can't be known stays open for feedback or the audit to settle.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.domain.decision import Send, settle, why_held_back
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.journey import Step
from chalicelib.domain.outcome import (
    ACCOUNT_REFUSED,
    NOT_RENDERED,
    REFUSED,
    TAKEN_BACK,
    THROTTLED,
    UNANSWERED,
    Outcome,
    accepted,
    conclude,
)
from chalicelib.domain.reasons import Reason
from chalicelib.mail.errors import MailError
from chalicelib.usecases.change_enrolment import change_enrolment, settled
from chalicelib.usecases.compose_mail import Mailing, compose_mail
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.erase_member import end_enrolments
from chalicelib.usecases.gone_member import why_gone
from chalicelib.usecases.names import with_address_checked
from chalicelib.usecases.ports import Accepted, Case, OutgoingMail, Refusal, UnavailableError
from chalicelib.usecases.settle_member import settle_member
from chalicelib.usecases.shown_mail import what_is_shown
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
    journeys = dict.fromkeys((*engine.programme.journeys, key.journey))  # a gone one has to end
    case = engine.enrolments.load_case(key.member_id, journeys)
    enrolment = case.enrolments.get(key.journey) if case else None
    now = engine.clock.now()
    if case is None:  # what an erasing or a merge that died half-way has left
        end_enrolments(engine, key.member_id, [key.journey])
        return Unsent.NOT_DUE
    if enrolment is None or enrolment.due_at is None or enrolment.due_at > now:
        return Unsent.NOT_DUE
    mailed = case.mailed_at()
    ready, decision = settle(engine.programme, enrolment, case.member, now, mailed, case.pauses)
    if not isinstance(decision, Send):
        if ready != enrolment and not store_enrolment(engine, enrolment, ready):
            return Unsent.CLAIM_LOST
        return decision.reason
    return _attempt(engine, case, ready, decision.step)


def _attempt(engine: Engine, case: Case, enrolment: Enrolment, step: Step) -> SendResult:
    """Compose before the claim: a mail that can't be made then leaves no claim behind."""
    attempt = engine.ids.attempt()
    now = engine.clock.now()
    mailing = Mailing(key=enrolment.key(step.name), arm=enrolment.arm, attempt=attempt)
    try:
        shown = what_is_shown(engine, case.member, step)
        mail = compose_mail(engine, case.member, step, mailing)
    except MailError:
        return _record(engine, case, enrolment.claimed(attempt, now), NOT_RENDERED)
    claimed = enrolment.claimed(attempt, now, shown)
    standing = _claim(engine, case.enrolments[claimed.journey], claimed)
    if standing is None:
        return Unsent.CLAIM_LOST
    known, unsent = _look_again(engine, case, standing)
    if unsent:
        _record(engine, known, standing, TAKEN_BACK)
        if known and known.member.suppression != case.member.suppression:
            settle_member(engine, standing.member_id)  # the other journeys end for it, too
        return unsent
    return _record(engine, known, standing, _call(engine, mail))


def _claim(engine: Engine, before: Enrolment, claimed: Enrolment) -> Enrolment | None:
    """Store the claim and return it as it stands; None when another writer was quicker.

    A write that got no answer may have been made, so it is looked up: nobody else knows the
    attempt's name. While that can't be read, nothing is sent.
    """
    try:
        stored = store_enrolment(engine, before, claimed)
    except UnavailableError:
        found = engine.enrolments.load(claimed.member_id, claimed.journey, claimed.entry)
        if found is None or found.standing() != claimed.standing():
            raise
        return found
    return replace(claimed, version=claimed.version + 1) if stored else None


def _look_again(
    engine: Engine, case: Case, claimed: Enrolment
) -> tuple[Case | None, Reason | Unsent | None]:
    """Look once more now that the claim stands; return what is known now, and why not to send.

    The mail was made before: when the address has changed since, it must not go to the old one,
    which may be an erased member's.

    Pauses and the other journeys are not touched by the claim's condition, so what was stored
    of them before the claim is seen only here. Of two journeys that claim at one time each sees
    the other's claim, or one of them does: never do both go on when a cap allows one mail.
    """
    try:
        known = _known_now(engine, case, claimed)
        known = with_address_checked(engine, known) if known else None
    except UnavailableError:  # no call was made, so the claim can be taken back
        return case, Reason.UNAVAILABLE
    if known is None:
        return None, why_gone(engine, claimed.member_id) or Reason.UNAVAILABLE
    if known.member.attribute("email") != case.member.attribute("email"):
        return known, Unsent.CLAIM_LOST
    now = engine.clock.now()
    mailed = known.with_enrolment(claimed.released(now)).mailed_at()
    step = engine.programme.journeys[claimed.journey].step(claimed.step or "")
    topic = step.topic if step else None
    return known, why_held_back(
        engine.programme, claimed.journey, topic, known.member, now, mailed, known.pauses
    )


def _known_now(engine: Engine, case: Case, claimed: Enrolment) -> Case | None:
    others = [name for name in engine.programme.journeys if name != claimed.journey]
    if others:
        return engine.enrolments.load_case(claimed.member_id, others)
    return replace(case, pauses=engine.brakes.pauses())


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


def _record(engine: Engine, case: Case | None, claimed: Enrolment, outcome: Outcome) -> Sent:
    """Keep the outcome and settle what follows.

    Feedback or an event may have changed the enrolment since the claim: then it is read again,
    and the outcome is kept if this very claim still stands.
    """
    journey = engine.programme.journeys[claimed.journey]
    now = engine.clock.now()

    def concluded(known: Enrolment) -> Enrolment:
        ours = known.standing() == claimed.standing()
        return conclude(journey, known, outcome, now) if ours else known

    after = settled(engine, case, concluded(claimed))
    try:
        stored = store_enrolment(engine, claimed, after)
    except UnavailableError:  # made or not: what is read next tells
        stored = False
    if not stored:
        change_enrolment(engine, claimed.member_id, claimed.journey, claimed.entry, concluded)
    return Sent(outcome)


def _metric(result: SendResult) -> str:
    match result:
        case Sent(outcome):
            return f"mail_{outcome.reason or outcome.state}"
        case _:
            return f"step_{result}"
