"""Which benefits a member is to be granted, and which are lost, judged from what is known, purely.

It makes no difference on which days this is asked, if it is asked on each ``next_day`` and after
each event; asked twice, it grants nothing again. Whoever grants takes from the stock first, under
the grant's key.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

from chalicelib.domain.benefit_grants import BenefitGrant, RevokeReason, revoke
from chalicelib.domain.benefits import Benefit, Catalogue
from chalicelib.domain.ledger_expiry import plus_months
from chalicelib.domain.news import News, NewsKind
from chalicelib.domain.tier_rules import DAY, Period

MOST_LIVE = 64
"""Of one member; what comes on top is granted when something has ended."""
MOST_KEPT = 256
"""Those that are over included."""
MONTHS_KEPT = 12
"""How long what is over is kept, so that it can be said why it can't be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What is known of a member on a day.

    ``period`` is the member's year in which tiers are reached, ``goals`` has the day on which each
    was reached, ``facts`` are those that conditions ask for. ``elsewhere`` is what was granted to
    members who were merged into this one: it is the same person's.
    """

    today: date
    tier: str
    period: Period
    joined_on: date
    goals: Mapping[str, date]
    facts: Mapping[str, object]
    elsewhere: tuple[BenefitGrant, ...] = ()


def due_benefits(
    catalogue: Catalogue, grants: Mapping[str, BenefitGrant], holder: Holder
) -> tuple[BenefitGrant, ...]:
    """Return what is to be granted today; what has a stock, if there is some left."""
    live = sum(grant.is_live(holder.today) for grant in grants.values())
    room = max(min(MOST_LIVE - live, MOST_KEPT - len(grants)), 0)
    return tuple(islice(_due(catalogue, grants, holder), room))


def revoked(
    catalogue: Catalogue, grants: Mapping[str, BenefitGrant], tier: str, today: date
) -> tuple[BenefitGrant, ...]:
    """Return what goes with a tier that the member has no more, as it is from today on.

    A benefit that the programme no longer has stays with those who have it.
    """
    return tuple(
        revoke(grant, RevokeReason.TIER_LOST, today)
        for grant in grants.values()
        if (benefit := catalogue.benefits.get(grant.benefit))
        and benefit.revoked_with_tier
        and not catalogue.entitles(tier, benefit)
        and not grant.is_over(today)
    )


def kept(
    catalogue: Catalogue, grants: Mapping[str, BenefitGrant], today: date
) -> dict[str, BenefitGrant]:
    """Return the grants without those that have been over for a year.

    One whose promise could be made again stays: that it was kept is known from it alone.
    """
    return {
        key: grant
        for key, grant in grants.items()
        if not _is_long_over(grant, today) or _could_come_again(catalogue, grant)
    }


def next_day(
    catalogue: Catalogue, grants: Mapping[str, BenefitGrant], holder: Holder
) -> date | None:
    """Return the next day on which something ends or may be granted by itself; None: never."""
    days = [
        *_ends(grants.values(), holder.today),
        *(day for each in catalogue.benefits.values() for day in _days(catalogue, each, holder)),
    ]
    return min((day for day in days if day > holder.today), default=None)


def news_of(catalogue: Catalogue, granted: Iterable[BenefitGrant]) -> tuple[News, ...]:
    """Return what there is to tell of grants that were made."""
    return tuple(
        News(kind=NewsKind.BENEFIT_GRANTED, on=grant.granted_on, detail=grant.benefit)
        for grant in granted
        if (benefit := catalogue.benefits.get(grant.benefit)) and benefit.announced
    )


def _due(
    catalogue: Catalogue, grants: Mapping[str, BenefitGrant], holder: Holder
) -> Iterator[BenefitGrant]:
    for benefit in catalogue.benefits.values():
        if _is_promised(catalogue, benefit, holder):
            grant = _grant(benefit, grants.values(), holder)
            if grant and not grant.has_expired(holder.today):
                yield grant


def _grant(benefit: Benefit, grants: Iterable[BenefitGrant], holder: Holder) -> BenefitGrant | None:
    """Return the grant of a promise; None if it was kept, unless it was lost with the tier."""
    promise = benefit.promise(holder.period)
    own = [grant for grant in grants if grant.benefit == benefit.name]
    same = [grant for grant in own if grant.promise == promise]
    once = same if benefit.renewed or not benefit.by_tier else own
    others = [grant for grant in holder.elsewhere if _keeps(grant, benefit, holder)]
    if any(grant.reason is not RevokeReason.TIER_LOST for grant in (*once, *others)):
        return None
    return BenefitGrant(
        benefit=benefit.name,
        key=f"{promise}.{len(same) + 1}" if same else promise,
        promise=promise,
        granted_on=holder.today,
        valid_through=benefit.validity.last_day(benefit.on or holder.today, holder.period),
        uses=benefit.uses,
    )


def _keeps(grant: BenefitGrant, benefit: Benefit, holder: Holder) -> bool:
    """Tell whether a grant of an absorbed member keeps what is promised to the holder now.

    Their years may begin on other days: what was granted in the holder's year is that year's.
    """
    if grant.benefit != benefit.name:
        return False
    if benefit.renewed and grant.granted_on >= holder.period.start:
        return True
    once_for_all = benefit.by_tier and not benefit.renewed
    return once_for_all or grant.promise == benefit.promise(holder.period)


def _is_promised(catalogue: Catalogue, benefit: Benefit, holder: Holder) -> bool:
    day = _given_for(benefit, holder)
    return (
        day is not None
        and day <= holder.today
        and benefit.is_given_on(day)
        and catalogue.entitles(holder.tier, benefit)
        and (benefit.when is None or benefit.when(holder.facts))
    )


def _given_for(benefit: Benefit, holder: Holder) -> date | None:
    """Return the day that the promise is about; None: it is not made to this member."""
    if benefit.on:
        return benefit.on if holder.joined_on <= benefit.on else None
    return holder.goals.get(benefit.goal) if benefit.goal else holder.today


def _days(catalogue: Catalogue, benefit: Benefit, holder: Holder) -> Iterator[date]:
    """Yield the days on which the benefit may be granted though nothing happens."""
    if not catalogue.entitles(holder.tier, benefit):
        return
    if benefit.on and holder.joined_on <= benefit.on:
        yield benefit.on
    if benefit.by_tier and benefit.since:
        yield benefit.since
    following = holder.period.last + DAY
    if benefit.renewed and benefit.is_given_on(following):
        yield following


def _ends(grants: Iterable[BenefitGrant], today: date) -> Iterator[date]:
    for grant in grants:
        if grant.valid_through and not grant.is_over(today):
            yield grant.valid_through + DAY


def _is_long_over(grant: BenefitGrant, today: date) -> bool:
    ends = [day for day in (grant.revoked_on, grant.valid_through) if day]
    return bool(ends) and plus_months(min(ends), MONTHS_KEPT) < today


def _could_come_again(catalogue: Catalogue, grant: BenefitGrant) -> bool:
    benefit = catalogue.benefits.get(grant.benefit)
    return benefit is not None and not benefit.renewed
