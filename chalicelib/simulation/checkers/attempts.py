"""Safety of single mails: no step's mail goes out twice (S1).

Judged by what the mail service saw, not by what the engine knows: an attempt that was called
and got no refusal may have been sent, whatever was recorded of it.
"""

from collections import defaultdict
from collections.abc import Iterator

from chalicelib.domain.enrolment import Enrolment, StepRecord, StepState
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.journey import OnUnknown
from chalicelib.domain.reasons import Reason
from chalicelib.simulation.checkers.history import (
    OPEN,
    SETTLED,
    Claim,
    History,
    enrolment_key,
    record_of,
)
from chalicelib.simulation.checkers.limits import PATIENCE, SKEW
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.record import Called

Found = Iterator[Violation]


def s1_never_twice(history: History) -> Found:
    """S1: at most one accepted mail for each member, journey, entry and step.

    Stronger, so that a broken rule shows long before two mails meet: an attempt is called once
    at most; it is called only while its claim stands; and no step is claimed again unless every
    attempt before it surely sent nothing. A step with ``retry_once`` may be claimed a second
    time, once, when the first attempt has been unknown for a day and was never seen settled.

    Limit: the mail service itself may deliver one accepted mail twice; that is not seen here.
    """
    for attempt, calls in history.calls.items():
        if len(calls) > 1:
            yield Violation("S1", calls[1].number, f"attempt {attempt} was called twice")
        for call in calls:
            yield from _called_without_a_claim(history, call)
    for key, claims in _by_step(history).items():
        yield from _claimed_again(history, claims)
        yield from _accepted_too_often(history, key, claims)


def _by_step(history: History) -> dict[StepKey, list[Claim]]:
    steps: dict[StepKey, list[Claim]] = defaultdict(list)
    for claim in history.claims:
        steps[claim.key].append(claim)
    return steps


def _called_without_a_claim(history: History, call: Called) -> Found:
    """A call needs its claim; one that late word of a first attempt settled was claimed, too."""
    enrolment = history.enrolment_at(enrolment_key(call), call.number)
    record = record_of(call, enrolment)
    attempt = call.mail.tags["attempt"]
    if record is None or record.attempt != attempt or not _is_claimed(record):
        yield Violation("S1", call.number, f"attempt {attempt} was called without a claim")


def _is_claimed(record: StepRecord) -> bool:
    settled_by_former = record.state is StepState.SENT and record.former_at is not None
    return record.state in OPEN or settled_by_former


def _claimed_again(history: History, claims: list[Claim]) -> Found:
    for place, claim in enumerate(claims[1:], start=1):
        unsure = [former for former in claims[:place] if not _surely_unsent(history, former)]
        if unsure and not _may_retry(history, unsure, claim):
            first = unsure[0].attempt
            yield Violation(
                "S1", claim.number, f"{claim} was claimed, though {first} may have been sent"
            )


def _surely_unsent(history: History, claim: Claim) -> bool:
    """No call was made, or the service said no: for a throttled call it did so on the spot."""
    return not history.calls.get(claim.attempt) or bool(history.refused.get(claim.attempt))


def _may_retry(history: History, unsure: list[Claim], claim: Claim) -> bool:
    [former, *more] = unsure
    return (
        not more
        and _retries(history, claim)
        and claim.at - former.at >= PATIENCE - SKEW
        and not _was_settled(history, former, claim.number)
    )


def _retries(history: History, claim: Claim) -> bool:
    return any(step.on_unknown is OnUnknown.RETRY_ONCE for step in history.steps_of(claim))


def _was_settled(history: History, claim: Claim, before: int) -> bool:
    """Tell whether the attempt was ever stored as sent or failed before this place."""
    for write in history.enrolments[claim.enrolment_key]:
        if claim.number < write.number < before:
            enrolment = history.enrolment_at(claim.enrolment_key, write.number + 1)
            record = enrolment.steps.get(claim.key.step) if enrolment else None
            if record and record.attempt == claim.attempt and record.state in SETTLED:
                return True
    return False


def _accepted_too_often(history: History, key: StepKey, claims: list[Claim]) -> Found:
    accepted = [seen for claim in claims for seen in history.accepted.get(claim.attempt, ())]
    most = 2 if any(_retries(history, claim) for claim in claims) else 1
    if len(accepted) > most:
        yield Violation("S1", accepted[-1].number, f"{len(accepted)} mails of {key} were accepted")


def s1_patience(history: History) -> Found:
    """S1: an open claim is given up, or tried again, only when nothing was heard for a day.

    Else a slow answer would find its step taken, and a second mail would be on its way.
    """
    for claim in history.claims:
        for write in history.enrolments[claim.enrolment_key]:
            after = write.after if isinstance(write.after, Enrolment) else None
            record = after.steps.get(claim.key.step) if after else None
            if write.number > claim.number and record and _is_given_up(record, claim):
                if write.at - claim.at < PATIENCE - SKEW:
                    yield Violation("S1", write.number, f"{claim} was given up too early")
                break


def _is_given_up(record: StepRecord, claim: Claim) -> bool:
    given_up = record.state is StepState.RETRY or record.reason is Reason.OUTCOME_UNKNOWN
    return record.attempt == claim.attempt and given_up
