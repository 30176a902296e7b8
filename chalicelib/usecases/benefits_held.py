"""What benefits a member has, with those of members who were merged into this one.

A merge moves no grant: each stays in the membership that it was granted in, and is that member's
again when they are parted. Until then it is the survivor's, as long as the tier allows.
"""

from dataclasses import dataclass, replace
from datetime import date

from chalicelib.domain.benefit_grants import BenefitGrant
from chalicelib.domain.benefit_judge import revoked
from chalicelib.domain.member import Member
from chalicelib.domain.membership import Membership
from chalicelib.domain.membership_look import tier_of
from chalicelib.usecases.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A grant, and in whose membership it is."""

    member_id: str
    grant: BenefitGrant


def benefits_held(
    engine: Engine, member: Member, membership: Membership, today: date
) -> tuple[Held, ...]:
    """Return every grant that the member has or had, as it is for them today."""
    own = tuple(
        Held(member_id=membership.member_id, grant=grant) for grant in membership.benefits.values()
    )
    tier = tier_of(engine.programme, member, membership)
    others = granted_elsewhere(engine, member)
    return (*own, *(_by_tier(engine, held, tier, today) for held in others))


def granted_elsewhere(engine: Engine, member: Member) -> tuple[Held, ...]:
    """Return the grants of members who were merged into this one; most have absorbed nobody."""
    return tuple(
        Held(member_id=member_id, grant=grant)
        for member_id in sorted(member.absorbed)
        if (account := engine.memberships.load(member_id))
        for grant in account.membership.benefits.values()
    )


def _by_tier(engine: Engine, held: Held, tier: str, today: date) -> Held:
    """Show as lost what would be if the survivor had been granted it. Nothing is stored of this."""
    grants = {held.grant.key: held.grant}
    lost = revoked(engine.programme.benefits, grants, tier, today)
    return replace(held, grant=next(iter(lost), held.grant))
