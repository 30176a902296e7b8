"""A member's statement: what there is of each unit, when it lapses, and every posting with its why.

And the tier, with what it takes to keep it. Read-only. Balances as of a day are folded from the
postings, so they can be had of any day. What has lapsed is in none of them, even where nobody has
come to take it off yet.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from chalicelib.domain.benefit_grants import BenefitGrant
from chalicelib.domain.ledger import Posting, balances_as_of, broken_link
from chalicelib.domain.ledger_schedule import Lapse, schedule
from chalicelib.domain.ledger_wallet import Wallet
from chalicelib.domain.membership_look import opened, standing_known
from chalicelib.domain.tier_judge import UNJUDGED, Needs, TierStanding, needs
from chalicelib.usecases.benefits_held import benefits_held
from chalicelib.usecases.change_membership import order_for
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.membership_ports import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class TierStated:
    """A tier as of now; ``grace_through`` is the last day of it, its grace counted.

    What was set by hand or told counts in ``standing`` as long as it is not over.
    ``grace_through`` is None for the lowest tier, which nobody loses.
    """

    tier: str
    standing: TierStanding
    grace_through: date | None
    needs: Needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """``balances`` are as of the day ``on``; all else is of now.

    ``benefits`` are those that can be used. ``told`` are balances that partners keep in books of
    their own, which come on top.
    ``broken_at`` is the number of a posting that is not as it was posted; None: the chain holds.
    ``tier`` is None where the programme has no rules of tiers, or the member was erased.
    Of who was ``erased`` nothing is left but this.
    """

    member_id: str
    on: date
    balances: dict[str, int]
    told: dict[str, int]
    wallet: Wallet
    lapses: list[Lapse]
    benefits: list[BenefitGrant]
    postings: list[Posting]
    broken_at: int | None
    tier: TierStated | None
    erased: bool


def statement(engine: Engine, member_id: str, on: date | None = None) -> Statement | None:
    """Return the statement as of a day, today's without one; None when nobody has this id."""
    account = engine.memberships.load(member_id)
    if account is None:
        return None
    programme = engine.programme
    day = on or programme.calendar.day_of(engine.clock.now())
    postings = list(engine.memberships.postings(member_id))
    order = order_for(engine, member_id)
    wallet, over = opened(account.member, account.membership, programme.unit_rules, order)
    return Statement(
        member_id=member_id,
        on=day,
        balances={**dict.fromkeys(programme.units, 0), **balances_as_of([*postings, *over], day)},
        told=dict(account.member.balances) if account.member else {},
        wallet=wallet,
        lapses=schedule(wallet, programme.unit_rules),
        benefits=_benefits(engine, account, order.on),
        postings=[posting for posting in postings if posting.on <= day],
        broken_at=broken_link(postings),
        tier=_tier(engine, account),
        erased=account.member is None,
    )


def _benefits(engine: Engine, account: Account, today: date) -> list[BenefitGrant]:
    if account.member is None:
        return []
    every = benefits_held(engine, account.member, account.membership, today)
    live = [held.grant for held in every if held.grant.is_live(today)]
    return sorted(live, key=lambda grant: (grant.benefit, grant.valid_through or date.max))


def _tier(engine: Engine, account: Account) -> TierStated | None:
    """Say what tier it is by what was judged last, and what is missing by what is counted now."""
    plan, calendar = engine.programme.tier_plan, engine.programme.calendar
    if plan is None or account.member is None:
        return None
    today, joined_on = map(calendar.day_of, (engine.clock.now(), account.member.joined_at))
    known = standing_known(engine.programme, account.member, account.membership, today)
    standing, tallies = known or UNJUDGED, account.membership.wallet.tallies
    held = standing.held_through
    grace = plan.rules_on(joined_on, held).grace_days if held else 0
    return TierStated(
        tier=standing.tier or plan.tiers[0],
        standing=_in_force(standing, today),
        grace_through=held + timedelta(days=grace) if held else None,
        needs=needs(plan, standing, tallies, joined_on, today),
    )


def _in_force(standing: TierStanding, today: date) -> TierStanding:
    floor, told = standing.floor, standing.told
    return replace(
        standing,
        floor=floor if floor and floor.through >= today else None,
        told=told if told and told.through >= today else None,
    )
