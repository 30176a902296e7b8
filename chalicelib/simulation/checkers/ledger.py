"""What members were given: each promise once, and balances that are sums (S6)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from chalicelib.domain.enrolment import StepRecord, StepState
from chalicelib.domain.gifts import Grant
from chalicelib.domain.journey import Gift
from chalicelib.domain.ledger import Posting
from chalicelib.domain.member import Member
from chalicelib.domain.reasons import Reason
from chalicelib.simulation.checkers.history import History
from chalicelib.simulation.checkers.merged import families
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.record import Stored

Found = Iterator[Violation]

_MAY_BE_SENT = (StepState.SENDING, StepState.UNKNOWN, StepState.SENT, StepState.RETRY)


def s6_one_grant_a_promise(history: History) -> Found:
    """S6: one grant for each promise that a mail made, and none that no mail made.

    A grant names the journey, entry and step whose mail promised it; that mail was claimed
    before the goal was reached, be it by whom the member was merged into, and was not known to have
    failed when the enrolment was read.
    """
    kept: set[tuple[str, str]] = set()
    for write in history.writes["GRANT"]:
        grant = write.after
        if not isinstance(grant, Grant):
            yield Violation("S6", write.number, f"grant {write.key} was taken away")
            continue
        if write.before is not None or (grant.member_id, grant.source) in kept:
            yield Violation("S6", write.number, f"grant {grant.source} was stored twice")
        kept.add((grant.member_id, grant.source))
        if fault := _unfounded(history, write, grant):
            yield Violation("S6", write.number, f"grant {grant.source}: {fault}")


def _unfounded(history: History, write: Stored, grant: Grant) -> str:
    """Say what is wrong with the grant's ground; "" when nothing is."""
    parts = grant.source.split(".")
    if len(parts) != 3 or not parts[1].isdigit():  # noqa: PLR2004 - journey, entry, step
        return "it names no promise"
    journey, entry, step = parts
    key = (grant.member_id, journey, int(entry))
    enrolment, gift = history.enrolment_at(key, write.number), _gift(history, write, journey, step)
    if enrolment is None or step not in enrolment.steps or gift is None:
        return "no mail promised it"
    if (gift.unit, gift.amount) != (grant.unit, grant.amount):
        return "another amount was promised"
    records = [
        each.steps[step] for each in history.enrolments_read(key, write) if step in each.steps
    ]
    claimed_at = [each.former_at or each.at for each in records if _may_have_been_sent(each)]
    if not claimed_at:
        return "the mail surely did not go out"
    reached_at = enrolment.goals.get(gift.goal) or _reached_as_another(history, grant)
    return "" if reached_at and min(claimed_at) <= reached_at else "the goal was reached before"


def _reached_as_another(history: History, grant: Grant) -> datetime | None:
    """Return when whoever goes on for the member can have reached the goal at the latest.

    Limit: of whom was never merged this is never asked, and of the others no more is.
    """
    return grant.granted_at if grant.member_id in families(history) else None


def _may_have_been_sent(record: StepRecord) -> bool:
    open_or_sent = record.state in _MAY_BE_SENT or record.reason is Reason.OUTCOME_UNKNOWN
    return open_or_sent or record.former_at is not None


def _gift(history: History, write: Stored, journey: str, step: str) -> Gift | None:
    """Return the promise, of any programme that the granting function may have had."""
    for programme in history.programmes_of(write):
        declared = programme.journeys.get(journey)
        found = declared.step(step) if declared else None
        if found and found.gift:
            return found.gift
    return None


def s6_balances_are_sums(members: Sequence[Member], postings: Sequence[Posting]) -> Found:
    """S6: what the profile shows is the sum of all that came to the member, at the end of the run.

    What the partner told last is held by S11.
    """
    sums: Counter[tuple[str, str]] = Counter()
    for posting in postings:
        for entry in posting.entries:
            if entry.account == "available":
                sums[posting.member_id, entry.unit] += entry.amount
    for member in members:
        own = {unit: amount for (owner, unit), amount in sums.items() if owner == member.member_id}
        ours = {unit: amount for unit, amount in own.items() if amount}
        known = {unit: amount for unit, amount in member.granted.items() if amount}
        if ours != known:
            text = f"{member.member_id} has {known}, the entries sum up to {ours}"
            yield Violation("S6", 0, text)
