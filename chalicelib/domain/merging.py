"""Two members who are one person: what the survivor takes over, and how it is given back.

A merge forgets nothing: what stands in the absorbed member's place keeps both profiles as they
were. Unmerging takes back what the merge gave, and nothing that was learnt since.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.goal_times import earliest, goal_name
from chalicelib.domain.member import ConsentStatus, Mails, Member, SuppressionCause
from chalicelib.domain.preferences import Preferences

MOST_ABSORBED = 16
"""How many members may be merged into one, those included that were merged into them before."""

T = TypeVar("T")


class MergeRefusal(StrEnum):
    """Why two members are not merged, or not parted."""

    SAME_MEMBER = "same_member"
    UNKNOWN = "unknown"
    ERASED = "erased"
    TOO_MANY = "too_many"
    NOT_MERGED = "not_merged"
    MERGED_ON = "merged_on"
    OPEN_HOLD = "open_hold"

    @property
    def explanation(self) -> str:
        """One sentence for a person who asks why."""
        return _EXPLANATIONS[self]


_EXPLANATIONS = {
    MergeRefusal.SAME_MEMBER: "both names lead to one member already",
    MergeRefusal.UNKNOWN: "nobody has joined under one of these names",
    MergeRefusal.ERASED: "one of the members was erased",
    MergeRefusal.TOO_MANY: f"no more than {MOST_ABSORBED} members can be merged into one",
    MergeRefusal.NOT_MERGED: "the member was not merged into another",
    MergeRefusal.OPEN_HOLD: "something of the member's is reserved; merge them once that is over",
    MergeRefusal.MERGED_ON: "the survivor was merged into another member since; unmerge that first",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeStone:
    """What stands in the place of a profile that was absorbed: personal data, as that was.

    ``profile`` is the absorbed one, and ``survivor`` the other, as they were stored before.
    """

    profile: Member
    survivor: Member
    merged_at: datetime
    version: int

    @property
    def member_id(self) -> str:
        return self.profile.member_id

    @property
    def into(self) -> str:
        return self.survivor.member_id

    @property
    def merged(self) -> Member:
        """Return the survivor as the merge made it, but for mails."""
        return absorb(self.survivor, self.profile, {})

    @property
    def taken(self) -> list[str]:
        """Name what the survivor took over, without its values."""
        before, after = self.survivor, self.merged
        fields = [name for name in _FIELDS if getattr(before, name) != getattr(after, name)]
        attributes = [
            f"attributes.{name}" for name in _changed(before.attributes, after.attributes)
        ]
        goals = [f"goals.{name}" for name in _changed(before.goals, after.goals)]
        return [*attributes, *goals, *fields]


_FIELDS = ("consent", "suppression", "preferences", "address_owner")
"""What is taken as a whole; attributes and goals are taken one by one."""


def absorb(survivor: Member, absorbed: Member, mails: Mails) -> Member:
    """Return the survivor with what it takes over; ``mails`` are the absorbed member's.

    Attributes that it lacks, the earliest of each goal, the later word on mails, the choices
    that mean fewer mails. Balances stay: each tells of a card of its own.
    """
    told = [name for name, value in absorbed.attributes.items() if value]
    taken = [name for name in told if not survivor.attribute(name)]
    owner = absorbed.address_owner if "email" in taken else survivor.address_owner
    merged = replace(
        survivor,
        attributes={**survivor.attributes, **_only(taken, absorbed.attributes)},
        set_at={**survivor.set_at, **_only(taken, absorbed.set_at)},
        goals=earliest(survivor.goals, absorbed.goals),
        consent=survivor.consent.revised(absorbed.consent.status, absorbed.consent.at),
        preferences=_fewer(survivor.preferences, absorbed.preferences),
        address_owner="" if owner == survivor.member_id else owner,
        absorbed={**survivor.absorbed, **absorbed.absorbed, absorbed.member_id: mails},
    )
    return _suppressed(merged, absorbed)


def part(now: Member, stone: MergeStone) -> tuple[Member, Member]:
    """Return the survivor as it is ``now`` without what the merge gave, and the absorbed one.

    A refusal of mails, a choice of fewer, and a complaint that came since the merge speak for both.
    """
    after = stone.merged
    given = [
        name
        for name in _changed(stone.survivor.attributes, after.attributes)
        if now.attributes.get(name) == after.attributes.get(name)
        and now.set_at.get(name) == after.set_at.get(name)
    ]
    goals = [
        name
        for name in _changed(stone.survivor.goals, after.goals)
        if now.goals.get(name) == after.goals[name]
    ]
    reached = {name: now.set_at.get(goal_name(name)) for name in goals}
    own = {name: at for name, at in reached.items() if at} | dict(stone.survivor.goals)
    gone = {stone.member_id, *stone.profile.absorbed}
    fields = {
        name: getattr(stone.survivor, name)
        for name in _FIELDS
        if getattr(now, name) == getattr(after, name)
    }
    survivor = replace(
        now,
        attributes=_restored(now.attributes, stone.survivor.attributes, given),
        set_at=_restored(now.set_at, stone.survivor.set_at, given),
        goals=_restored(now.goals, own, goals),
        absorbed={name: mails for name, mails in now.absorbed.items() if name not in gone},
        **fields,
    )
    return survivor, _parted(stone, now, after)


def _parted(stone: MergeStone, now: Member, after: Member) -> Member:
    absorbed = replace(stone.profile, version=stone.version)
    if now.consent != after.consent and now.consent.status is ConsentStatus.DECLINED:
        said = absorbed.consent.revised(now.consent.status, now.consent.at)
        absorbed = replace(absorbed, consent=said)
    if now.preferences != after.preferences:
        chosen = _fewer(absorbed.preferences, now.preferences)
        absorbed = replace(absorbed, preferences=chosen)
    complained = now.suppression and now.suppression.cause is SuppressionCause.COMPLAINT
    if now.suppression and complained and now.suppression != after.suppression:
        return absorbed.suppressed(now.suppression.cause, now.suppression.at)
    return absorbed


def mails_of(enrolments: Iterable[Enrolment]) -> Mails:
    """Return every mail that a member got, or may have got, or may be getting just now.

    Those of former entries are a journey's and no step's: a later entry sends each step again.
    """
    known = list(enrolments)
    former = {(each.journey, ""): each.before.mailed for each in known if each.before}
    return {key: times for key, times in former.items() if times} | {
        (enrolment.journey, step): tuple(sorted(times))
        for enrolment in known
        for step, record in enrolment.steps.items()
        if (times := record.mailed_at())
    }


def _suppressed(member: Member, absorbed: Member) -> Member:
    """What ends with an address speaks of that address alone; a complaint is the person's."""
    known = absorbed.suppression
    if known is None:
        return member
    same = member.attribute("email").lower() == absorbed.attribute("email").lower()
    personal = not known.cause.ends_with_the_address
    return member.suppressed(known.cause, known.at) if same or personal else member


def _fewer(one: Preferences, other: Preferences) -> Preferences:
    spacing = max(filter(None, (one.spacing, other.spacing)), default=None)
    declined = one.declined_topics | other.declined_topics
    return replace(
        one, declined_topics=declined, spacing=spacing, language=one.language or other.language
    )


def _changed(before: Mapping[str, T], after: Mapping[str, T]) -> list[str]:
    return [name for name in after if before.get(name) != after[name]]


def _only(names: Iterable[str], values: Mapping[str, T]) -> dict[str, T]:
    return {name: values[name] for name in names if name in values}


def _restored(now: Mapping[str, T], before: Mapping[str, T], names: list[str]) -> dict[str, T]:
    kept = {name: value for name, value in now.items() if name not in names}
    return {**kept, **_only(names, before)}
