"""What members have is what was posted, once, and nothing is left to do (S13, S14, L5).

The postings are added up a second time, in ledger_fold.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

from chalicelib.domain.ledger import Posting
from chalicelib.domain.member import Member
from chalicelib.domain.membership import Membership
from chalicelib.simulation.checkers.history import History
from chalicelib.simulation.checkers.ledger_fold import Fold, Originals
from chalicelib.simulation.checkers.limits import TICKED
from chalicelib.simulation.checkers.merged import families
from chalicelib.simulation.checkers.told import effects
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.final import FinalState
from chalicelib.simulation.record import Stored
from chalicelib.usecases.membership_ports import ReferenceRecord

Found = Iterator[Violation]
PARTNER = "demo"
_TAKEN, _CONFLICT = range(200, 300), 409


def s13_the_books_add_up(history: History) -> Found:
    """S13: postings are never changed, numbered without a gap, chained and balanced.

    What they add up to is never below the floor and is what is stored of the member. Nothing is
    spent after its last day, a reservation ends once, and no more is taken back than there was.
    """
    folds: dict[str, Fold] = {}
    heads, shared = families(history), defaultdict[str, Originals](Originals)
    for write in _of_ledger(history):
        owner = write.key.partition("#")[0]
        fold = folds.setdefault(owner, Fold(of_all=shared[heads.get(owner, owner)]))
        if isinstance(write.after, Posting):
            if write.before is not None:
                yield Violation("S13", write.number, f"posting {write.key} was changed")
            for fault in fold.add(write.after):
                yield Violation("S13", write.number, f"{write.after.member_id}: {fault}")
        elif isinstance(write.after, Membership) and (what := fold.differs(write.after.wallet)):
            text = f"{write.key}: {what} of the wallet are not what was posted"
            yield Violation("S13", write.number, text)


def _of_ledger(history: History) -> list[Stored]:
    writes = (*history.writes["POSTING"], *history.writes["MEMBERSHIP"])
    return sorted(writes, key=lambda write: write.number)


def s14_a_reference_stands(history: History) -> Found:
    """S14: what a reference stands for never changes: its body, its posting, or its refusal.

    Whoever asks under it is told the same every time.
    """
    for write in history.writes["REFERENCE"]:
        before, after = write.before, write.after
        if isinstance(before, ReferenceRecord) and _standing(before) != _standing(after):
            yield Violation("S14", write.number, f"reference {write.key} stands for another")
    told: dict[str, tuple[object, bytes]] = {}
    refused: set[str] = set()
    for answer in history.answers:
        said = answer.webhook_id, str(answer.body)
        if answer.what == "ledger" and answer.status == _CONFLICT:
            refused.add(str(said))
        if answer.what == "ledger" and answer.status in _TAKEN:
            first = told.setdefault(answer.webhook_id, (answer.body, answer.page))
            if first != (answer.body, answer.page) or str(said) in refused:
                text = f"reference {answer.webhook_id} was answered in two ways"
                yield Violation("S14", answer.number, text)


def _standing(record: object) -> object:
    if not isinstance(record, ReferenceRecord):
        return None
    return record.member_id, record.body_hash, record.number, record.refusal


def l5_what_was_told_is_booked(history: History, final: FinalState) -> Found:
    """L5: each transaction and return that was taken has one posting; so has each answered request.

    At the end no news is untold, no reservation is open past its time, nothing of what has lapsed
    is there, and nobody is due to be looked at.
    """
    references = [posting.reference for posting in final.postings if posting.reference]
    known = Counter(each.id for each in references if each.caller == PARTNER)
    for effect in effects(history):
        name = effect.told.transaction
        if effect.told.type == "transaction.returned":
            name = f"return.{effect.told.event_id}"
        if name and known[name] != 1:
            yield Violation("L5", effect.number, f"{name} was posted {known[name]} times")
    for answer in history.answers:
        if answer.what == "ledger" and answer.status in _TAKEN and not known[answer.webhook_id]:
            yield Violation("L5", answer.number, f"{answer.webhook_id} was never posted")
    members = {member.member_id: member for member in final.members}
    for membership in final.memberships:
        for fault in _left_over(membership, members.get(membership.member_id), final):
            yield Violation("L5", 0, f"{membership.member_id}: {fault}")


def _left_over(membership: Membership, member: Member | None, final: FinalState) -> Iterator[str]:
    due, late = membership.due_at, final.now - TICKED
    if member and membership.news:
        yield f"{len(membership.news)} news were never told"
    if due and due < late:
        yield f"nobody looked, and it was due at {due}"
    for hold in membership.wallet.holds.values():
        if hold.until < late:
            yield f"a reservation is open that was over at {hold.until}"
    today = final.programme.calendar.day_of(late)
    for unit, lots in membership.wallet.lots.items():
        if any(day and day < today for day in lots):
            yield f"{unit} are there that have lapsed"
