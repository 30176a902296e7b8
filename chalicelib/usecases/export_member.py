"""Everything that is kept about one member, for the member to have.

It holds personal data: it is for the one who asked, and must never get into a log.
"""

from dataclasses import dataclass

from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.identity import AliasError, AliasFact, AliasType, alias_of
from chalicelib.domain.ledger import Posting
from chalicelib.domain.member import Member, Tombstone
from chalicelib.domain.merging import MergeStone
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import EventRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFile:
    """What is kept: a profile, or the tombstone in its place, and what names the opaque id.

    ``names`` are the profile's that lead to the member; ``aliases`` what else is known of names:
    former ones, verified ones, devices and vehicles, as digests only, which nobody can turn back.
    ``absorbed`` are the profiles of before a merge; of all that follows, an item names whose it is.
    ``events`` is None when they were not looked for.
    """

    member_id: str
    profile: Member | None
    tombstone: Tombstone | None
    names: dict[AliasType, str]
    aliases: list[AliasFact]
    absorbed: list[MergeStone]
    enrolments: list[Enrolment]
    postings: list[Posting]
    events: list[EventRecord] | None


def export_member(engine: Engine, member_id: str, *, with_events: bool = True) -> MemberFile | None:
    """Return what is kept; None when nobody has this id. Events take a look at the whole table."""
    member_id = engine.members.resolve(member_id)
    profile, tombstone = engine.members.load(member_id), engine.members.tombstone(member_id)
    if profile is None and tombstone is None:
        return None
    absorbed = profile.absorbed if profile else tombstone.absorbed if tombstone else ()
    ids = [member_id, *absorbed]
    every = engine.events.every() if with_events else ()
    events = [record for record in every if record.member_id in ids]
    facts = [fact for each in ids for fact in engine.members.aliases_of(each)]
    return MemberFile(
        member_id=member_id,
        profile=profile,
        tombstone=tombstone,
        names=_names(engine, profile) if profile else {},
        aliases=sorted(facts, key=lambda fact: fact.digest),
        absorbed=[stone for each in absorbed if (stone := engine.members.merge_stone(each))],
        enrolments=[one for each in ids for one in engine.enrolments.of(each)],
        postings=[one for each in ids for one in engine.memberships.postings(each)],
        events=sorted(events, key=lambda record: record.received_at) if with_events else None,
    )


def _names(engine: Engine, profile: Member) -> dict[AliasType, str]:
    """Return the names that lead here: one that another member had first leads there."""
    told = {type_: profile.attribute(type_.value) for type_ in AliasType}
    return {type_: text for type_, text in told.items() if _leads_to(engine, type_, text, profile)}


def _leads_to(engine: Engine, type_: AliasType, text: str, profile: Member) -> bool:
    try:
        owner = engine.members.member_of(alias_of(type_, text))
    except AliasError:
        return False
    return owner is not None and engine.members.resolve(owner) == profile.member_id
