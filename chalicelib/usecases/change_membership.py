"""Change what a member has by a pure function, however often others change it meanwhile.

All that follows of a change is stored with it: what has lapsed, the tier, news, the next look, and
what the profile shows of it.
"""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.domain.ledger import Reference
from chalicelib.domain.ledger_moves import Order
from chalicelib.domain.member import Member
from chalicelib.domain.membership import Membership
from chalicelib.domain.membership_look import due_at, judged, mirrored, opened
from chalicelib.domain.profile_history import remembering
from chalicelib.usecases.benefit_ports import Stock
from chalicelib.usecases.engine import MAX_TRIES, Engine
from chalicelib.usecases.grant_benefits import benefits_due_on, with_benefits
from chalicelib.usecases.membership_ports import Account, Change
from chalicelib.usecases.ports import UnavailableError


def change_membership(
    engine: Engine, member_id: str, change: Callable[[Membership], Membership]
) -> Membership | None:
    """Store what ``change`` makes of the membership once nothing in it is overdue.

    None when nobody has this id, or ever had.
    """
    for _ in range(MAX_TRIES):
        account = engine.memberships.load(member_id)
        if account is None:
            return None
        after = _changed(engine, account, change, engine.stock)
        if after.membership == account.membership and after.member is None:
            return account.membership
        if engine.memberships.store(after):
            return after.membership
    raise UnavailableError("the membership was busy; it is tried again")


def order_for(engine: Engine, member_id: str, reference: Reference | None = None) -> Order:
    """Return an order of now."""
    now = engine.clock.now()
    day = engine.programme.calendar.day_of(now)
    return Order(member_id=member_id, at=now, on=day, reference=reference)


def foreseen(engine: Engine, account: Account, stock: Stock) -> Change | None:
    """Return what a look at the member would store now; None: nothing. Takes from ``stock``."""
    after = _changed(engine, account, lambda known: known, stock)
    return None if after.membership == account.membership and after.member is None else after


def with_all_that_follows(
    engine: Engine, member: Member | None, change: Change, stock: Stock
) -> Change:
    """Return the change with its news, the next look, and the profile that shows it."""
    programme, now = engine.programme, engine.clock.now()
    membership = judged(programme, member, change.membership, now)
    membership = with_benefits(engine, stock, member, membership)
    benefits_on = benefits_due_on(programme, member, membership, now)
    due = due_at(programme, member, membership, now, benefits_on)
    membership = replace(membership, due_at=due)
    if member is None:
        return replace(change, membership=membership)
    profile = mirrored(programme, member, membership, programme.calendar.day_of(now))
    if profile == member:
        return replace(change, membership=membership)
    return replace(change, membership=membership, member=remembering(member, profile))


def _changed(
    engine: Engine, account: Account, change: Callable[[Membership], Membership], stock: Stock
) -> Change:
    """An erased member's wallet lapses like any other; there is nobody to tell of it."""
    member, membership = account.member, account.membership
    order = order_for(engine, membership.member_id)
    wallet, postings = opened(member, membership, engine.programme.unit_rules, order)
    changed = change(replace(membership, wallet=wallet))
    if member is None:
        changed = replace(changed, news=())
    return with_all_that_follows(
        engine, member, Change(membership=changed, postings=postings), stock
    )
