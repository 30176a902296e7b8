"""Take down the tier that a partner tells of a member, where the programme judges tiers itself.

It counts for as long as the plan says, beside what the member has earned here: the profile then
shows the tier that was judged, not the one that was told. Who joins with a tier has had it before:
that is no news.
"""

from dataclasses import replace

from chalicelib.domain.events import EventType, PartnerEvent
from chalicelib.domain.member import Member
from chalicelib.domain.membership import Membership
from chalicelib.domain.tier_judge import TierStanding, tell
from chalicelib.usecases.change_membership import change_membership
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.look_at_member import tell_news


def tell_tier(engine: Engine, member: Member, event: PartnerEvent) -> None:
    """Let the event's tier count, if it tells one and none that is newer is known."""
    plan, tier = engine.programme.tier_plan, str(event.facts.get("tier") or "")
    if plan is None or not tier or member.set_at.get("tier") != event.occurred_at:
        return
    if not plan.rank(tier) and not member.standing:  # everybody's, of whom nothing else is known
        return
    calendar = engine.programme.calendar
    joined_on, today = calendar.day_of(member.joined_at), calendar.day_of(engine.clock.now())
    brought = TierStanding(tier=tier) if event.type is EventType.MEMBER_JOINED else None

    def told(known: Membership) -> Membership:
        standing = tell(plan, known.standing or brought, tier, joined_on, today)
        return replace(known, standing=standing)

    membership = change_membership(engine, member.member_id, told)
    if membership:
        tell_news(engine, membership)
