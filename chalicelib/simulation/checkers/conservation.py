"""Nothing comes from nothing, nothing vanishes: mails that went out are steps that were sent.

due = sent + skipped (with its reason) + failed (with its reason) + unknown + pending, for every
member, journey and step; and each of these words is true by what the mail service saw.
"""

from collections.abc import Iterator

from chalicelib.domain.arms import Arm
from chalicelib.domain.enrolment import Enrolment, StepRecord, StepState
from chalicelib.domain.journey import Journey
from chalicelib.domain.reasons import Reason
from chalicelib.simulation.checkers.history import SETTLED, History, enrolment_key
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.final import FinalState

Found = Iterator[Violation]


def every_step_is_accounted_for(history: History, final: FinalState) -> Found:
    """Conservation: each step of each enrolment is in one of the five classes, with its reason.

    No step before the one that the member stands at is without a record, and none after the
    last; who is held out has no records at all. A step counts that every programme had.
    """
    for enrolment in final.enrolments:
        for fault in _unaccounted(history, final, enrolment):
            text = f"{enrolment.journey} of {enrolment.member_id}: {fault}"
            yield Violation("conservation", 0, text)


def _unaccounted(history: History, final: FinalState, enrolment: Enrolment) -> Iterator[str]:
    for step, record in enrolment.steps.items():
        reasoned = record.state in (StepState.SKIPPED, StepState.FAILED)
        if reasoned != (record.reason is not None) and record.state in SETTLED:
            yield f"{step} is {record.state} with the reason {record.reason}"
    if enrolment.arm is Arm.CONTROL:
        if enrolment.steps:
            yield "the control group has records of steps"
        return
    journey = final.programme.journeys.get(enrolment.journey)
    if journey and not (enrolment.exit and enrolment.exit.reason is not Reason.COMPLETED):
        for step in _passed(history, journey, enrolment):
            if step not in enrolment.steps:
                yield f"{step} was passed over without a record"


def _passed(history: History, journey: Journey, enrolment: Enrolment) -> list[str]:
    """Return the steps that lie behind the member, of those that every programme had.

    Of who stands at a step that is gone, nobody can say: a pause may hold them there.
    """
    names = [step.name for step in journey.steps]
    if enrolment.step and enrolment.step not in names:
        return []
    behind = names[: names.index(enrolment.step)] if enrolment.step else names
    every = [seen.programme.journeys.get(journey.name) for seen in history.deployed]
    return [name for name in behind if all(each and each.step(name) for each in every)]


def every_mail_is_a_sent_step(history: History, final: FinalState) -> Found:
    """Conservation: a mail that the service took is recorded as sent; nothing else is.

    It may be recorded as given up, for an unknown outcome, when no feedback about it was ever
    published; and as refused when the service said later that it would not send it.
    """
    enrolments = {(e.member_id, e.journey, e.entry): e for e in final.enrolments}
    for attempt, accepted in history.accepted.items():
        enrolment = enrolments.get(enrolment_key(accepted[0]))
        step = accepted[0].mail.tags["step"]
        record = enrolment.steps.get(step) if enrolment else None
        if fault := _untrue(history, attempt, record):
            text = f"{step}, attempt {attempt}, was accepted and {fault}"
            yield Violation("conservation", accepted[0].number, text)


def _untrue(history: History, attempt: str, record: StepRecord | None) -> str:
    """Say what is untrue in the record of an accepted mail; "" when nothing is."""
    if record is None or attempt not in (record.attempt, record.former_attempt):
        return "is forgotten"
    if attempt != record.attempt or record.state is StepState.SENT:
        return ""
    kinds = {heard.kind for heard in history.heard.get(attempt, ())}
    if record.reason is Reason.REFUSED:
        return "" if "rejected" in kinds else "is recorded as refused"
    if record.state not in SETTLED:
        return ""  # L4 is about it
    if record.reason is Reason.OUTCOME_UNKNOWN:
        return f"is given up, though {sorted(kinds)} were heard" if kinds else ""
    return f"is {record.state}, {record.reason}"


def every_sent_step_is_a_mail(history: History, final: FinalState) -> Found:
    """Conservation: a step that is recorded as sent was accepted, as refused was refused."""
    for enrolment in final.enrolments:
        for step, record in enrolment.steps.items():
            if fault := _unfounded(history, record):
                yield Violation("conservation", 0, f"{enrolment.key(step)}: {fault}")


def _unfounded(history: History, record: StepRecord) -> str:
    attempts = (record.attempt, record.former_attempt)
    if record.state is StepState.SENT:
        accepted = any(history.accepted.get(attempt) for attempt in attempts)
        return "" if accepted else "it is recorded as sent, and was never accepted"
    if record.reason is Reason.REFUSED:
        refused = history.refused.get(record.attempt)
        heard = any(each.kind == "rejected" for each in history.heard.get(record.attempt, ()))
        return "" if refused or heard else "it is recorded as refused, and never was"
    if record.reason is Reason.NOT_RENDERED and history.calls.get(record.attempt):
        return "it is recorded as not rendered, and was called"
    return ""


def feedback_is_remembered(history: History, final: FinalState) -> Found:
    """Conservation: what was heard of a mail stands in its step's record; nothing else does.

    What says no more than that the mail is on its way is not kept. Feedback about a first
    attempt is kept with the second, but for a rejection, which says nothing of the second.
    """
    for enrolment in final.enrolments:
        for step, record in enrolment.steps.items():
            published, kept = _published(history, record), set(record.feedback)
            if kept != published:
                text = f"{enrolment.key(step)} has {sorted(kept)}, published: {sorted(published)}"
                yield Violation("conservation", 0, text)


def _published(history: History, record: StepRecord) -> set[str]:
    """Return the kinds that were published of a step's attempts, those that are kept."""
    former = {each.kind for each in history.heard.get(record.former_attempt, ())} - {"rejected"}
    kinds = former | {each.kind for each in history.heard.get(record.attempt, ())}
    return (kinds | {kind.removesuffix("_by_person") for kind in kinds}) & _KEPT


_KEPT = frozenset(
    {"opened", "opened_by_person", "clicked", "clicked_by_person"}
    | {"soft_bounced", "hard_bounced", "complained", "rejected"}
)
