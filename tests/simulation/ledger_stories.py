"""Postings as the engine makes them, for tests that break one of them."""

from datetime import UTC, datetime, timedelta

from simulation.stories import ANN

from chalicelib.domain.ledger import Reference
from chalicelib.domain.ledger_booking import (
    Earning,
    Reversal,
    booked,
    capture,
    earn,
    overdue,
    reserve,
    reverse,
    spend,
)
from chalicelib.domain.ledger_expiry import Expiry, ExpiryKind, UnitRules
from chalicelib.domain.ledger_moves import Order
from chalicelib.domain.ledger_wallet import EMPTY

START = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
UNIT = "redeemable"
RULES = {UNIT: UnitRules(expiry=Expiry(kind=ExpiryKind.MONTH_END))}


def name(number):
    return Reference("demo", f"r{number}")


def booked_one_by_one(acts):
    """Yield the wallet and the posting after each act, an hour or more apart."""
    wallet, at, made = EMPTY, START, []
    for act, amount in acts:
        at += HOUR * (24 * amount if act == "wait" else 1)
        order = Order(member_id=ANN, at=at, on=at.date(), reference=name(len(made) + 1))
        match act:
            case "earn":
                earning = Earning(amounts={UNIT: amount}, earned_on=at.date())
                draft = earn(wallet, RULES, order, earning)
            case "spend":
                draft = spend(wallet, RULES, order, UNIT, amount)
            case "reserve":
                draft = reserve(wallet, RULES, order, (UNIT, amount), at + 5 * HOUR)
            case "capture":
                draft = capture(wallet, order, made[-1].reference, amount)
            case "reverse":
                reversal = Reversal(original=made[0], amounts={UNIT: amount})
                draft = reverse(wallet, RULES, order, reversal)
            case _:
                own = Order(member_id=ANN, at=at, on=at.date())
                draft = overdue(wallet, RULES, own)
        wallet, posting = booked(wallet, draft)
        made.append(posting)
        yield wallet, posting


def posted(*acts):
    return [posting for _, posting in booked_one_by_one(acts)]
