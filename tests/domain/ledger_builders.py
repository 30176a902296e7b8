"""Short ways to post on a wallet, for tests of the ledger."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from chalicelib.domain.ledger import Posting, Reasoned, Reference
from chalicelib.domain.ledger_booking import Earning, adjust, booked, earn, overdue
from chalicelib.domain.ledger_expiry import Expiry, ExpiryKind, UnitRules
from chalicelib.domain.ledger_moves import Order
from chalicelib.domain.ledger_wallet import EMPTY

TODAY = date(2026, 3, 10)
MILES = "miles"


def rules(kind=ExpiryKind.ROLLING, months=12, floor=0, **more):
    """Return the rules of one unit, ``miles``."""
    return {MILES: UnitRules(expiry=Expiry(kind=kind, months=months, **more), floor=floor)}


ROLLING = rules()
NEVER = rules(ExpiryKind.NEVER, 0)


def order(on=TODAY, reference=None, member_id="m", hour=12):
    at = datetime.combine(on, time(hour), UTC)
    named = Reference("shop", reference) if reference else None
    return Order(member_id=member_id, at=at, on=on, reference=named)


def moment(on=TODAY, hour=12):
    return datetime.combine(on, time(hour), UTC)


def days(number):
    return TODAY + timedelta(days=number)


def earned(wallet, amount, rules=ROLLING, on=TODAY, **more):
    """Return the wallet after an earning of miles, and the posting."""
    earning = Earning(**{"amounts": {MILES: amount}, "earned_on": on, **more})
    return booked(wallet, earn(wallet, rules, order(on, "earned"), earning))


def adjusted(wallet, amount, rules=NEVER, on=TODAY):
    return booked(wallet, adjust(wallet, rules, order(on), MILES, Reasoned("hand", MILES, amount)))


def wallet_of(lots, owed=0):
    """Return a wallet with these lots of miles, as if a posting had said so."""
    return replace(EMPTY, lots={MILES: lots} if lots else {}, owed={MILES: owed} if owed else {})


def settled(wallet, rules, order):
    """Post all that is over; return the wallet and the postings."""
    postings = []
    while draft := overdue(wallet, rules, order):
        wallet, posting = booked(wallet, draft)
        postings.append(posting)
    return wallet, postings


def accounts(posting, unit=MILES):
    """Return what each account of the unit changes by."""
    sums = {}
    for entry in posting.entries:
        if entry.unit == unit:
            sums[entry.account] = sums.get(entry.account, 0) + entry.amount
    return {account: amount for account, amount in sums.items() if amount}


def same_but_for_the_chain(wallet):
    return replace(wallet, number=0, hash="")


def is_balanced(posting: Posting):
    units = {entry.unit for entry in posting.entries}
    return all(sum(accounts(posting, unit).values()) == 0 for unit in units)
