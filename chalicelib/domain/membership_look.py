"""What is to be done about a membership after a posting or when a day has come.

Pure: the caller stores what comes back. Everything that has to happen later by itself is found in
``due_at``, so that no list of members has to be gone through.
"""

from dataclasses import replace
from datetime import date, datetime

from chalicelib.domain.journey import Programme
from chalicelib.domain.ledger import Posting
from chalicelib.domain.ledger_booking import booked, carry_over, overdue
from chalicelib.domain.ledger_moves import Order, Rules
from chalicelib.domain.ledger_schedule import next_hold_end, next_look, to_warn_of
from chalicelib.domain.ledger_wallet import MOST_HOLDS, Wallet
from chalicelib.domain.member import Member
from chalicelib.domain.membership import Membership
from chalicelib.domain.news import News, NewsKind
from chalicelib.domain.standing_look import standing_numbers
from chalicelib.domain.tier_judge import Judged, TierStanding, held_as_told, judge

MOST_OVERDUE = MOST_HOLDS + 1
"""As many as can be over at one time: every reservation, then all lots that have lapsed. They go
with another posting, so that it never spends what has lapsed, in a transaction that may be of 100.
"""


def lapsed(wallet: Wallet, rules: Rules, order: Order) -> tuple[Wallet, list[Posting]]:
    """Return the wallet once all that is over was taken off, and the postings of that."""
    own = replace(order, reference=None)
    postings: list[Posting] = []
    while len(postings) < MOST_OVERDUE and (draft := overdue(wallet, rules, own)):
        wallet, posting = booked(wallet, draft)
        postings.append(posting)
    return wallet, postings


def opened(
    member: Member | None, membership: Membership, rules: Rules, order: Order
) -> tuple[Wallet, list[Posting]]:
    """Return the wallet with nothing in it that has lapsed, and the postings that led to it.

    Releases without a ledger kept what was granted on the profile alone: it is carried over once.
    """
    wallet = membership.wallet
    if membership.version or member is None or not any(member.granted.values()):
        return lapsed(wallet, rules, order)
    own = replace(order, reference=None)
    wallet, posting = booked(wallet, carry_over(rules, own, member.granted))
    return wallet, [posting]


def judged(
    programme: Programme, member: Member | None, membership: Membership, now: datetime
) -> Membership:
    """Return the membership with its tier as of now and with its news."""
    today = programme.calendar.day_of(now)
    known = _judged(programme, member, membership, today)
    if known:
        membership = replace(membership.with_news(known.news), standing=known.standing)
    return _warned(membership, programme.unit_rules, today)


def due_at(
    programme: Programme,
    member: Member | None,
    membership: Membership,
    now: datetime,
    benefits_on: date | None,
) -> datetime | None:
    """Return when to look again at a membership that was judged; None: never by itself.

    ``benefits_on`` is the next day on which something may become of its benefits. News that wait
    already wait on: looked at twice, a membership does not go to the end of the line.
    """
    calendar, rules = programme.calendar, programme.unit_rules
    known = _judged(programme, member, membership, calendar.day_of(now))
    days = [
        known.review_on if known else None,
        next_look(membership.wallet, rules, membership.warned),
        benefits_on,
    ]
    times = [
        min(membership.due_at or now, now) if membership.news else None,
        next_hold_end(membership.wallet),
        *(calendar.start_of(day) for day in days if day),
    ]
    return min((at for at in times if at), default=None)


def mirrored(programme: Programme, member: Member, membership: Membership, today: date) -> Member:
    """Return the profile with what mails and conditions read of the membership."""
    joined_on = programme.calendar.day_of(member.joined_at)
    standing = standing_numbers(programme, membership, joined_on, today)
    balances = {unit: amount for unit, amount in membership.wallet.balances().items() if amount}
    attributes = dict(member.attributes)
    if programme.tier_plan and membership.standing:
        attributes["tier"] = membership.standing.tier
    after = replace(member, granted=balances, attributes=attributes, standing=standing)
    return member if after == member else after


def tier_of(programme: Programme, member: Member, membership: Membership) -> str:
    """Return the tier by the programme's rules; without any, or before they judge, what is told.

    Of whom nothing is told has the lowest.
    """
    standing = membership.standing if programme.tier_plan else None
    return standing.tier if standing else member.attribute("tier") or programme.tiers[0]


def standing_known(
    programme: Programme, member: Member, membership: Membership, today: date
) -> TierStanding | None:
    """Return what the tier is judged from; what was told before there were rules is held."""
    plan = programme.tier_plan
    if plan is None or membership.standing:
        return membership.standing
    joined_on = programme.calendar.day_of(member.joined_at)
    return held_as_told(plan, member.attribute("tier"), joined_on, today)


def _judged(
    programme: Programme, member: Member | None, membership: Membership, today: date
) -> Judged | None:
    """Judge the tier, where the programme does that: asked twice, it changes nothing more."""
    plan = programme.tier_plan
    if plan is None or member is None:
        return None
    joined_on = programme.calendar.day_of(member.joined_at)
    standing = standing_known(programme, member, membership, today)
    return judge(plan, standing, membership.wallet.tallies, joined_on, today)


def _warned(membership: Membership, rules: Rules, on: date) -> Membership:
    """Add what will lapse soon: one piece of news a unit, with the day that comes first."""
    lapses = to_warn_of(membership.wallet, rules, membership.warned, on)
    first = {lapse.unit: lapse.last_day for lapse in reversed(lapses)}
    last = {lapse.unit: lapse.last_day for lapse in lapses}
    news = [News(kind=NewsKind.MILES_EXPIRING, on=day, detail=unit) for unit, day in first.items()]
    return replace(membership.with_news(news), warned={**membership.warned, **last})
