"""To whom the names of members lead, and what follows where one leads to somebody else.

A name belongs to whom it was given first, for ever. It must never lead a mail to an address that
was an erased member's, whoever tells that address now. Two members with one name may be one person:
that is kept for people to judge, and never acted on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.events import EventType, PartnerEvent
from chalicelib.domain.identity import (
    PROFILE_NAMES,
    Alias,
    AliasError,
    AliasType,
    Suspect,
    alias_of,
    strongest,
)
from chalicelib.domain.member import Member, SuppressionCause
from chalicelib.usecases.change_member import change_member
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import Case

NAMING = (EventType.MEMBER_JOINED, EventType.MEMBER_UPDATED)
"""Events that give a member names."""


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address that an event tells: whose it is, and since when that one is erased."""

    text: str
    owner: str
    erased_at: datetime | None = None

    def kept_by(self, member: Member) -> Member:
        return member.sharing_address(self.text, self.owner, self.erased_at)


def claim_names(engine: Engine, event: PartnerEvent, member_id: str) -> Address | None:
    """Let new names lead to the member; return the address that the event tells, if it tells one.

    Before the profile is stored: it must not hold an erased member's address for a moment in
    which it could be mailed.
    """
    if event.type not in NAMING:
        return None
    leading = strongest(event.aliases)
    owners = {
        alias: member_id if alias == leading else engine.members.claim_alias(alias, member_id)
        for alias in dict.fromkeys(event.names())
    }
    erased = {
        owner: stone.erased_at
        for owner in dict.fromkeys(owners.values())
        if owner != member_id and (stone := engine.members.tombstone(owner))
    }
    for alias, owner in owners.items():
        if _leads_to(engine, owner, member_id):
            _keep_name(engine, event, owner, alias)
        elif owner not in erased:
            engine.members.suspect(_suspect(event, member_id, owner, alias))
    text = str(event.facts.get("email") or "")
    if not text:
        return None
    owner = owners[alias_of(AliasType.EMAIL, text)]
    return Address(text, owner, erased.get(owner))


def _keep_name(engine: Engine, event: PartnerEvent, member_id: str, alias: Alias) -> None:
    """Keep of a name what the profile does not: that it is verified, or one of several."""
    verified = alias.type in event.verified
    found_by = event.type is not EventType.MEMBER_JOINED and alias == strongest(event.aliases)
    if verified or not (found_by or alias.type in PROFILE_NAMES):
        at = event.occurred_at
        engine.members.note_alias(member_id, alias, since=at, verified=verified)


def _leads_to(engine: Engine, owner: str, member_id: str) -> bool:
    """Tell whether the owner of a name is the member, or was merged into it."""
    return owner == member_id or engine.members.resolve(owner) == member_id


def _suspect(event: PartnerEvent, member_id: str, owner: str, alias: Alias) -> Suspect:
    return Suspect(member_id=member_id, other=owner, type=alias.type, since=event.occurred_at)


def keep_former_names(engine: Engine, event: PartnerEvent, member: Member) -> None:
    """Keep of each name that the member no longer has when it was given up.

    From what the profile remembers, so that an event which died half-way finds them once more. A
    name that came back is in use again.
    """
    for type_ in PROFILE_NAMES if event.type in NAMING else ():
        had = _aliases(type_, (past.value for past in member.past if past.name == type_.value))
        if had and type_.value in event.facts:
            _keep_when_given_up(engine, member, had, type_)


def _keep_when_given_up(
    engine: Engine, member: Member, had: Iterable[Alias], type_: AliasType
) -> None:
    at, present = member.set_at[type_.value], _aliases(type_, [member.attribute(type_.value)])
    for alias in had:
        owner = engine.members.member_of(alias)
        if owner and _leads_to(engine, owner, member.member_id):
            since, until = (at, None) if alias in present else (None, at)
            engine.members.note_alias(owner, alias, since=since, until=until)


def _aliases(type_: AliasType, texts: Iterable[str]) -> list[Alias]:
    """Return each that is still a name: rules may have been others when it was told."""
    found = {}
    for text in texts:
        try:
            found[alias_of(type_, text)] = True
        except AliasError:
            continue
    return list(found)


def with_address_checked(engine: Engine, case: Case) -> Case | None:
    """Return the case with the member suppressed if the address's owner has been erased since.

    Costs nothing for a member whose address is nobody else's. None: the member is gone, too.
    """
    owner = case.member.address_owner
    stone = engine.members.tombstone(owner) if owner else None
    if stone is None:
        return case

    def checked(known: Member) -> Member:
        erased = known.suppressed(SuppressionCause.ERASED, stone.erased_at)
        return erased if known.address_owner == owner else known

    member = change_member(engine, case.member.member_id, checked)
    return replace(case, member=member) if member else None
