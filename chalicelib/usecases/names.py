"""To whom the names of members lead, and what follows where one leads to somebody erased.

A name belongs to whom it was given first, for ever. It must never lead a mail to an address that
was an erased member's, whoever tells that address now.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.events import EventType, PartnerEvent
from chalicelib.domain.identity import AliasType, alias_of, strongest
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
        alias: engine.members.claim_alias(alias, member_id)
        for alias in dict.fromkeys(event.names())
        if alias != leading
    }
    text = str(event.facts.get("email") or "")
    if not text:
        return None
    owner = owners.get(alias_of(AliasType.EMAIL, text), member_id)
    stone = engine.members.tombstone(owner) if owner != member_id else None
    return Address(text, owner, stone.erased_at if stone else None)


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
