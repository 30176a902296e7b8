"""What is to be done about a membership after a posting or when a day has come.

Pure: the caller stores what comes back. Everything that has to happen later by itself is found in
``due_at``, so that no list of members has to be gone through.
"""

from dataclasses import replace
from datetime import date, datetime

from chalicelib.domain.calendar import Calendar
from chalicelib.domain.ledger import Posting
from chalicelib.domain.ledger_booking import booked, carry_over, overdue
from chalicelib.domain.ledger_moves import Order, Rules
from chalicelib.domain.ledger_schedule import next_hold_end, next_look, to_warn_of
from chalicelib.domain.ledger_wallet import Wallet
from chalicelib.domain.member import Member
from chalicelib.domain.membership import Membership
from chalicelib.domain.news import News, NewsKind

MOST_OVERDUE = 3
"""How many postings for what is over go with another one, so that a transaction stays small."""


def lapsed(wallet: Wallet, rules: Rules, order: Order) -> tuple[Wallet, list[Posting]]:
    """Return the wallet once what is over was taken off, or the first few postings of that."""
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


def looked_at(
    membership: Membership, rules: Rules, calendar: Calendar, now: datetime
) -> Membership:
    """Return the membership with its news, and with the time of the next look at it."""
    warned = _warned(membership, rules, calendar.day_of(now))
    return replace(warned, due_at=_due_at(warned, rules, calendar, now))


def mirrored(member: Member, membership: Membership) -> Member:
    """Return the profile with what mails and conditions read of the membership."""
    units = dict.fromkeys([*member.granted, *membership.wallet.lots])
    balances = {unit: membership.wallet.available(unit) for unit in units}
    return member if balances == member.granted else replace(member, granted=balances)


def _warned(membership: Membership, rules: Rules, on: date) -> Membership:
    """Add what will lapse soon: one piece of news a unit, with the day that comes first."""
    lapses = to_warn_of(membership.wallet, rules, membership.warned, on)
    first = {lapse.unit: lapse.last_day for lapse in reversed(lapses)}
    last = {lapse.unit: lapse.last_day for lapse in lapses}
    news = [News(kind=NewsKind.MILES_EXPIRING, on=day, detail=unit) for unit, day in first.items()]
    return replace(membership.with_news(news), warned={**membership.warned, **last})


def _due_at(
    membership: Membership, rules: Rules, calendar: Calendar, now: datetime
) -> datetime | None:
    day = next_look(membership.wallet, rules, membership.warned)
    times = [
        now if membership.news else None,
        next_hold_end(membership.wallet),
        calendar.start_of(day) if day else None,
    ]
    return min((at for at in times if at), default=None)
