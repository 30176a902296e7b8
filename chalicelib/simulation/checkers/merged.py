"""Members who are one person: nothing doubles, nothing is lost, and parting undoes it (S16, L6).

Who was merged is read off what stood in a profile's place; a family is all members whom merges of
the run ever joined.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from chalicelib.domain.ledger import Posting
from chalicelib.domain.member import Member
from chalicelib.domain.merging import MergeStone
from chalicelib.simulation.checkers.history import Claim, History
from chalicelib.simulation.checkers.told import effects
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.final import FinalState
from chalicelib.simulation.record import Stored

Found = Iterator[Violation]
MERGES = "merge"
"""Who asks for what is moved between wallets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A stone that stood, from the write that set it to the one that ended it (0: none did)."""

    stone: MergeStone
    by: str
    since: int
    until: int

    def stood_at(self, number: int) -> bool:
        return self.since <= number and (not self.until or number < self.until)


def merges(history: History) -> list[Merge]:
    return history.once(_merges)


def _merges(history: History) -> list[Merge]:
    found = []
    for write in history.writes["MERGED"]:
        if isinstance(write.after, MergeStone):
            later = (each.number for each in history.profiles[write.key])
            until = next((number for number in later if number > write.number), 0)
            found.append(Merge(stone=write.after, by=write.by, since=write.number, until=until))
    return found


def families(history: History) -> Mapping[str, str]:
    """Return by member who stands for the family; whoever was never merged is not there."""
    return history.once(_families)


def _families(history: History) -> Mapping[str, str]:
    heads: dict[str, str] = {}
    for merge in merges(history):
        one, other = (heads.get(each, each) for each in (merge.stone.into, merge.stone.member_id))
        joined = [each for each, head in heads.items() if head == other]
        heads |= dict.fromkeys([*joined, other, one], one)
    return heads


def s16_merging_loses_and_doubles_nothing(history: History) -> Found:
    """S16: no mail of a step reaches one person twice, once the merge is stored.

    Parting gives the absorbed member the profile back, but for a later word against mails.

    Limit: a mail that the survivor's sender had in hand when the merge was stored.
    """
    for merge in merges(history):
        yield from _mailed_twice(history, merge)
    for write in history.writes["PROFILE"]:
        if isinstance(write.before, MergeStone) and isinstance(write.after, Member):
            yield from _parted(write, write.before.profile, write.after)


def _mailed_twice(history: History, merge: Merge) -> Found:
    own = [c for c in history.called_claims() if c.key.member_id == merge.stone.member_id]
    mails = {(c.key.journey, c.key.step) for c in own if _went_out(history, c, merge.since)}
    for claim in history.called_claims() if mails else ():
        read = max(history.began_at(claim.by, claim.number), history.replaced_at(claim))
        ours = claim.key.member_id == merge.stone.into and (claim.key.journey, claim.key.step)
        if ours in mails and merge.stood_at(read) and merge.stood_at(claim.number):
            yield Violation("S16", claim.number, f"{claim}: the person has had this mail")


def _went_out(history: History, claim: Claim, before: int) -> bool:
    accepted = history.accepted.get(claim.attempt, ())
    rejected = any(heard.kind == "rejected" for heard in history.heard.get(claim.attempt, ()))
    return not rejected and any(each.number < before for each in accepted)


def _parted(write: Stored, was: Member, after: Member) -> Found:
    """A later no, a choice and a complaint speak for both; all else is as it was."""
    expected = replace(
        was,
        version=after.version,
        consent=after.consent,
        preferences=after.preferences,
        suppression=after.suppression,
    )
    if after != expected:
        names = [n for n in was.__dataclass_fields__ if getattr(expected, n) != getattr(after, n)]
        yield Violation("S16", write.number, f"{write.key} has another {names} than before")


def l6_merges_are_finished(history: History, final: FinalState) -> Found:
    """L6: what was moved out of one wallet came into another, in every unit.

    Whoever is merged has no journey that goes on and nothing to spend left behind; whoever was
    parted has it back.
    """
    heads = families(history)
    standing = {merge.stone.member_id for merge in merges(history) if not merge.until}
    for text in (
        *_on_their_way(heads, final),
        *_left_behind(standing, final),
        *_left_with_others(standing, final),
    ):
        yield Violation("L6", 0, text)
    for member in final.members:
        for goal in _goals_forgotten(history, final, member) if member.member_id in heads else ():
            yield Violation("L6", 0, f"{member.member_id} has reached {goal}, and it was forgotten")


def _on_their_way(heads: Mapping[str, str], final: FinalState) -> list[str]:
    moved: Counter[tuple[str, str]] = Counter()
    for posting in final.postings:
        for entry in posting.entries:
            if entry.account == "moved":
                moved[heads.get(posting.member_id, posting.member_id), entry.unit] += entry.amount
    return [
        f"{each} {unit} are lost in {head}'s family" for (head, unit), each in moved.items() if each
    ]


def _left_behind(standing: set[str], final: FinalState) -> list[str]:
    full = [each for each in final.memberships if each.wallet.lots or each.wallet.owed]
    return [
        f"{each.member_id} was merged and has a wallet still"
        for each in full
        if each.member_id in standing
    ]


def _goals_forgotten(history: History, final: FinalState, member: Member) -> list[str]:
    """Return the goals of which the member was told by name, and which the profile has not."""
    told = [each.told.type for each in effects(history) if each.member_id == member.member_id]
    goals = final.programme.goals.values()
    return [each.name for each in goals if each.event in told and each.name not in member.goals]


def _left_with_others(standing: set[str], final: FinalState) -> list[str]:
    """Return who is merged no more, is there, and has not all moves taken back."""
    present = {member.member_id for member in final.members} - standing
    moves: Counter[str] = Counter()
    for posting in final.postings:
        member_id, _, what = _move(posting).partition(".")
        moves[member_id] += 1 if what and not what.endswith(".back") else -1
    left = [name for name, more in moves.items() if more and name in present]
    return [f"{name} was parted, and what was moved is with another still" for name in left]


def _move(posting: Posting) -> str:
    """Return what the move is called: whose, which turn, which way; "" for another posting."""
    reference = posting.reference
    return reference.id if reference and reference.caller == MERGES else ""
