"""What must have happened at least once over many runs: otherwise they prove nothing.

Each fault, each reason, a crash at each call that functions make, and the coincidences that the
engine's rules exist for. Nothing here is a promise, so nothing here is a violation of one run.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from chalicelib.domain.enrolment import Enrolment, StepRecord, StepState
from chalicelib.domain.events import EventOutcome
from chalicelib.domain.gifts import Grant
from chalicelib.domain.member import ConsentStatus, Member
from chalicelib.domain.reasons import Reason
from chalicelib.simulation.checkers.history import OPEN, Claim, History
from chalicelib.simulation.checkers.ledger_sometimes import ON_WALLETS, on_wallets
from chalicelib.simulation.checkers.merged_sometimes import ON_MERGES, on_merges
from chalicelib.simulation.checkers.told import effects
from chalicelib.simulation.faults import DEATHS, Fault
from chalicelib.simulation.record import (
    DeadLettered,
    Erased,
    Faulted,
    Logged,
    Outdone,
    Paused,
    Record,
    Stored,
)
from chalicelib.usecases.ports import EventRecord

OFTEN = 2_000
"""Calls of one place over all runs after which a crash there must have come."""

NEVER_HERE = (Reason.NOT_RENDERED, Reason.NOT_CONSENTED, Reason.NO_ADDRESS)
"""Reasons that no run can meet, but tests of the use cases: the shipped mails can be made for
every member whom the intake lets in, and whoever has no address or has not consented where that
is asked for never enters a journey."""

COINCIDENCES = (
    "an event waited for its member",
    "an event was parked: its member is unknown",
    "an event was parked: its id stands for another body",
    "an event was stale",
    "an event was about an erased member",
    "a sender's write was outdone",
    "a claim was taken back for a pause",
    "a claim was taken back for a cap",
    "a claim was taken back for a declined topic",
    "a claim was taken back, for the member may not be mailed any more",
    "a member declined between a claim and its record",
    "a member declined a topic between a claim and its record",
    "a member was erased between a claim and its record",
    "an operator erased a member",
    "feedback came before the sender's record",
    "an open outcome was settled by feedback",
    "an open outcome was given up",
    "a mail was given up, then heard of",
    "a step was tried once more",
    "a retry was spared by late feedback",
    "a gift was granted for a mail whose outcome was open",
    "a breaker tripped",
    "a message died after five receives",
    "a step was claimed by one programme and recorded by another",
)


RARE = (
    "a claim was taken back for a declined topic",
    "a member declined a topic between a claim and its record",
    "a claim was taken back, for the member may not be mailed any more",
    "a member was erased between a claim and its record",
    "a retry was spared by late feedback",
    "a step was claimed by one programme and recorded by another",
)
"""Coincidences that a thousand runs meet a few times: they may miss one by chance."""

MANY = 5_000_000
"""Calls over all runs after which the rare coincidences must have come, too."""


def happened(record: Record) -> Counter[str]:
    """Count what happened in one run, by names that ``missing`` knows."""
    history = History.of(record)
    counts: Counter[str] = Counter()
    counts.update(_faults(history))
    counts.update(_reasons(history))
    for part in (_events, _claims, _outcomes, on_wallets, on_merges, _rest):
        counts.update(part(history))
    return counts


def missing(counts: Mapping[str, int], sites: Mapping[str, int]) -> list[str]:
    """Return what never happened and should have; ``sites`` counts the calls of each place."""
    expected = [f"fault: {fault}" for fault in Fault]
    expected += [f"reason: {reason}" for reason in Reason if reason not in NEVER_HERE]
    many = sum(sites.values()) >= MANY
    expected += [
        name for name in (*COINCIDENCES, *ON_WALLETS, *ON_MERGES) if many or name not in RARE
    ]
    expected += [f"crash: {site}" for site, calls in sorted(sites.items()) if calls >= OFTEN]
    return [name for name in expected if not counts.get(name)]


def _faults(history: History) -> Iterator[str]:
    for fault in history.of_kind(Faulted):
        yield f"fault: {fault.kind}"
        if fault.kind in DEATHS:
            yield f"crash: {fault.where}"


def _reasons(history: History) -> Iterator[str]:
    """Yield what was stored and what was logged: why a step waits is only seen from outside."""
    log = "\n".join(line.text for line in history.of_kind(Logged))
    yield from (f"reason: {reason}" for reason in Reason if f'"{reason}"' in log)
    for enrolment in history.final_enrolments():
        if enrolment.exit:
            yield f"reason: {enrolment.exit.reason}"
        yield from (f"reason: {r.reason}" for r in enrolment.steps.values() if r.reason)


_OUTCOMES = {
    EventOutcome.PARKED_UNKNOWN_MEMBER: "an event was parked: its member is unknown",
    EventOutcome.STALE: "an event was stale",
    EventOutcome.ERASED: "an event was about an erased member",
}


def _events(history: History) -> Iterator[str]:
    for write in history.writes["EVENT"]:
        outcome = write.after.outcome if isinstance(write.after, EventRecord) else None
        if outcome in _OUTCOMES:
            yield _OUTCOMES[outcome]
    for letter in history.of_kind(DeadLettered):
        if letter.reason == "conflict":
            yield "an event was parked: its id stands for another body"
        if not letter.reason:
            yield "a message died after five receives"
    yield from _waited(history)


def _waited(history: History) -> Iterator[str]:
    """An event was taken before there was a profile, and had its effect all the same."""
    born = {member: writes[0].number for member, writes in history.profiles.items()}
    for effect in effects(history):
        since = born.get(effect.member_id, 0)
        if effect.told.type != "member.joined" and effect.received < since:
            yield "an event waited for its member"


def _claims(history: History) -> Iterator[str]:
    lines = history.of_kind(Logged)
    for outdone in history.of_kind(Outdone):
        if outdone.by.startswith("queue_sends"):
            yield "a sender's write was outdone"
    for claim in history.claims:
        if history.calls.get(claim.attempt):
            yield from _during(history, claim)
        else:
            yield from _taken_back(history, claim, [line for line in lines if line.by == claim.by])


_TAKEN_BACK = {
    Reason.PAUSED: "a claim was taken back for a pause",
    Reason.FREQUENCY_CAP: "a claim was taken back for a cap",
    Reason.TOPIC_DECLINED: "a claim was taken back for a declined topic",
    Reason.DECLINED: "a claim was taken back, for the member may not be mailed any more",
    Reason.SUPPRESSED: "a claim was taken back, for the member may not be mailed any more",
    Reason.LEFT_PROGRAMME: "a claim was taken back, for the member may not be mailed any more",
    Reason.ERASED: "a claim was taken back, for the member may not be mailed any more",
}


def _taken_back(history: History, claim: Claim, lines: list[Logged]) -> Iterator[str]:
    if _next_write(history, claim) is None:
        return
    for reason, name in _TAKEN_BACK.items():
        if any(f'"{reason}"' in line.text and claim.key.member_id in line.text for line in lines):
            yield name


def _next_write(history: History, claim: Claim) -> Stored | None:
    writes = history.enrolments[claim.enrolment_key]
    return next((write for write in writes if write.number > claim.number), None)


def _during(history: History, claim: Claim) -> Iterator[str]:
    call, member = history.calls[claim.attempt][0], claim.key.member_id
    recorded = _next_write(history, claim)
    end = recorded.number if recorded else call.number
    for write in history.profiles.get(member, ()):
        if claim.number < write.number <= end and _declines(write):
            yield "a member declined between a claim and its record"
        if claim.number < write.number <= end and _declines_a_topic(write):
            yield "a member declined a topic between a claim and its record"
    for write in history.writes["TOMBSTONE"]:
        if write.key == member and claim.number < write.number <= end:
            yield "a member was erased between a claim and its record"
    for heard in history.heard.get(claim.attempt, ()):
        if heard.number < end:
            yield "feedback came before the sender's record"
    for deployed in history.deployed:
        if claim.number < deployed.number < end:
            yield "a step was claimed by one programme and recorded by another"


def _declines(write: Stored) -> bool:
    before, after = write.before, write.after
    if not (isinstance(before, Member) and isinstance(after, Member)):
        return False
    no = ConsentStatus.DECLINED
    return after.consent.status is no and before.consent.status is not no


def _declines_a_topic(write: Stored) -> bool:
    before, after = write.before, write.after
    if not (isinstance(before, Member) and isinstance(after, Member)):
        return False
    return bool(after.preferences.declined_topics - before.preferences.declined_topics)


def _outcomes(history: History) -> Iterator[str]:
    for writes in history.enrolments.values():
        for write in writes:
            before, after = write.before, write.after
            if isinstance(after, Enrolment):
                yield from _waits(write, after)
            if isinstance(before, Enrolment) and isinstance(after, Enrolment):
                for step, record in after.steps.items():
                    yield from _change(write, before.steps.get(step), record)


def _waits(write: Stored, after: Enrolment) -> Iterator[str]:
    """Tell why an enrolment waits, by when it is looked at next."""
    if after.exit or (after.step or "") in after.steps:
        return
    if after.due_at is None:
        yield f"reason: {Reason.CONDITION_AWAITED}"
    elif after.due_at == after.ready_at > write.at:
        yield f"reason: {Reason.WAIT_NOT_OVER}"


def _change(write: Stored, before: StepRecord | None, after: StepRecord) -> Iterator[str]:
    if before is None:
        return
    by_feedback = write.by.startswith("queue_feedback")
    if before.state in OPEN and after.state is StepState.SENT and by_feedback:
        yield "an open outcome was settled by feedback"
    if before.state in OPEN and after.reason is Reason.OUTCOME_UNKNOWN:
        yield "an open outcome was given up"
    if before.reason is Reason.OUTCOME_UNKNOWN and after.state is StepState.SENT:
        yield "a mail was given up, then heard of"
    if before.state is StepState.RETRY and after.state is StepState.SENDING:
        yield "a step was tried once more"
    if before.state is StepState.RETRY and after.state is StepState.SENT:
        yield "a retry was spared by late feedback"


def _rest(history: History) -> Iterator[str]:
    for write in history.writes["GRANT"]:
        if isinstance(write.after, Grant) and _was_open(history, write, write.after):
            yield "a gift was granted for a mail whose outcome was open"
    for brake in history.brakes:
        if isinstance(brake, Paused) and brake.by.startswith("queue_feedback"):
            yield "a breaker tripped"
    yield from ("an operator erased a member" for _ in history.of_kind(Erased))


def _was_open(history: History, write: Stored, grant: Grant) -> bool:
    journey, entry, step = grant.source.split(".")
    enrolment = history.enrolment_at((grant.member_id, journey, int(entry)), write.number)
    record = enrolment.steps.get(step) if enrolment else None
    return record is not None and record.state is not StepState.SENT
