"""What must have happened to merged members at least once over many runs, while others worked."""

from collections.abc import Iterator

from chalicelib.domain.events import EventOutcome
from chalicelib.domain.ledger import Posting, PostingKind, Reference
from chalicelib.simulation.checkers.history import History
from chalicelib.simulation.checkers.merged import MERGES, Merge, families, merges
from chalicelib.simulation.record import Stored
from chalicelib.usecases.ports import EventRecord

_MERGED, _PARTED = "two members were merged", "two members were parted"
_REFUSED = "a merge was refused"
_POSTED = "a member was merged while something was booked"
_MAILED = "a member was merged between a claim and its record"
_FINISHED = "a merge that died half-way was finished"
_BACK = "what one member had earned was taken back from another"
_MOVED = "something was moved from wallet to wallet"

ON_MERGES = (_MERGED, _PARTED, _REFUSED, _POSTED, _MAILED, _FINISHED, _BACK, _MOVED)


def on_merges(history: History) -> Iterator[str]:
    """Yield what happened, by names of ``ON_MERGES``."""
    for write in history.writes["EVENT"]:
        if isinstance(write.after, EventRecord) and write.after.outcome is EventOutcome.REFUSED:
            yield _REFUSED
    postings = [each for each in history.writes["POSTING"] if isinstance(each.after, Posting)]
    for merge in merges(history):
        yield _MERGED
        yield from (_POSTED for each in postings if _overlaps(history, merge, each))
        yield from (_FINISHED for each in postings if _finishes(merge, each))
        yield from _claimed(history, merge)
    yield from (_PARTED for merge in merges(history) if merge.until)
    yield from _on_wallets(history, postings)


def _overlaps(history: History, merge: Merge, write: Stored) -> bool:
    """Tell whether somebody else who began before the merge booked for one of the two after it."""
    both = merge.stone.into, merge.stone.member_id
    ours = isinstance(write.after, Posting) and write.after.member_id in both
    began = history.began_at(write.by, write.number)
    return ours and write.by != merge.by and began < merge.since < write.number


def _finishes(merge: Merge, write: Stored) -> bool:
    name = _name(write)
    out = name.startswith(merge.stone.member_id) and name.endswith(".out")
    return out and write.by != merge.by and merge.stood_at(write.number)


def _name(write: Stored) -> str:
    reference = write.after.reference if isinstance(write.after, Posting) else None
    return reference.id if reference and reference.caller == MERGES else ""


def _claimed(history: History, merge: Merge) -> Iterator[str]:
    for claim in history.called_claims():
        writes = history.enrolments[claim.enrolment_key]
        end = next((each.number for each in writes if each.number > claim.number), 0)
        if claim.key.member_id == merge.stone.member_id and claim.number < merge.since < end:
            yield _MAILED


def _on_wallets(history: History, postings: list[Stored]) -> Iterator[str]:
    owners: dict[Reference, str] = {}
    for write in postings if families(history) else ():
        posting = write.after
        if not isinstance(posting, Posting):
            continue
        if posting.kind is PostingKind.MOVED and posting.entries:
            yield _MOVED
        if posting.reference:
            owners[posting.reference] = posting.member_id
        earned_by = owners.get(posting.reverses) if posting.reverses else None
        if posting.kind is PostingKind.REVERSED and earned_by not in {None, posting.member_id}:
            yield _BACK
