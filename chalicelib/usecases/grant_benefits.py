"""Grant a member the benefits that are due, and take away those that go with a lost tier.

Who has left is granted nothing; what there was stays, for whoever comes back. Of what there is a
stock of, one is taken before the grant is stored, under the grant's own key: who
dies in between takes nothing more when it is done again.
"""

from dataclasses import replace
from datetime import date, datetime

from chalicelib.domain.benefit_judge import (
    Holder,
    due_benefits,
    kept,
    news_of,
    next_day,
    revoked,
)
from chalicelib.domain.benefits import Benefit
from chalicelib.domain.journey import Programme
from chalicelib.domain.member import Member
from chalicelib.domain.membership import Membership
from chalicelib.domain.membership_look import tier_of
from chalicelib.domain.tier_rules import Period
from chalicelib.usecases.benefit_ports import Stock
from chalicelib.usecases.benefits_held import granted_elsewhere
from chalicelib.usecases.engine import Engine


def with_benefits(
    engine: Engine, stock: Stock, member: Member | None, membership: Membership
) -> Membership:
    """Return the membership with the benefits as they are from now on, and with their news."""
    catalogue = engine.programme.benefits
    if member is None or not (catalogue.benefits or membership.benefits):
        return membership
    holder = holder_of(engine.programme, member, membership, engine.clock.now())
    others = granted_elsewhere(engine, member) if catalogue.benefits else ()
    holder = replace(holder, elsewhere=tuple(held.grant for held in others))
    lost = revoked(catalogue, membership.benefits, holder.tier, holder.today)
    grants = {**membership.benefits, **{grant.key: grant for grant in lost}}
    due = () if member.left_at else due_benefits(catalogue, grants, holder)
    granted = [
        grant
        for grant in due
        if _is_taken(catalogue.benefits[grant.benefit], stock, grant.key, membership.member_id)
    ]
    grants |= {grant.key: grant for grant in granted}
    changed = replace(membership, benefits=kept(catalogue, grants, holder.today))
    return changed.with_news(news_of(catalogue, granted))


def benefits_due_on(
    programme: Programme, member: Member | None, membership: Membership, now: datetime
) -> date | None:
    """Return the next day on which a benefit ends or may be granted by itself; None: never."""
    if member is None or not (programme.benefits.benefits or membership.benefits):
        return None
    holder = holder_of(programme, member, membership, now)
    return next_day(programme.benefits, membership.benefits, holder)


def holder_of(
    programme: Programme, member: Member, membership: Membership, now: datetime
) -> Holder:
    """Return what benefits are judged by; without tier rules a year is the calendar's."""
    calendar, plan = programme.calendar, programme.tier_plan
    today, joined_on = calendar.day_of(now), calendar.day_of(member.joined_at)
    facts = programme.facts(member)
    tier = tier_of(programme, member, membership)
    year = Period(date(today.year, 1, 1), date(today.year, 12, 31))
    return Holder(
        today=today,
        tier=tier,
        period=plan.period_on(joined_on, today) if plan else year,
        joined_on=joined_on,
        goals={name: calendar.day_of(at) for name, at in member.goals.items()},
        facts={**facts, "tier": tier},
    )


def _is_taken(benefit: Benefit, stock: Stock, key: str, member_id: str) -> bool:
    return benefit.stock is None or stock.take(benefit, key, member_id)
