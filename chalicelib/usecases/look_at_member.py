"""Look at a member of whom something is due: take off what is over, and tell the news.

Safe to run at any time and as often as one likes: what is not due changes nothing. News are taken
off once they are told; who died in between tells them again, and that enters nothing twice.
"""

from dataclasses import replace

from chalicelib.domain.membership import Membership
from chalicelib.domain.membership_look import opened
from chalicelib.usecases.book import changed_by, order_for
from chalicelib.usecases.engine import MAX_TRIES, Engine
from chalicelib.usecases.erase_member import end_enrolments
from chalicelib.usecases.membership_ports import Account, Change
from chalicelib.usecases.ports import UnavailableError
from chalicelib.usecases.settle_member import settle_member


def look_at_member(engine: Engine, member_id: str) -> None:
    """Do whatever is due of the member now."""
    for _ in range(MAX_TRIES):
        account = engine.memberships.load(member_id)
        if account is None:
            return
        change = _change(engine, account)
        if change.membership == account.membership and change.member is None:
            break
        if engine.memberships.store(change):
            break
    else:
        raise UnavailableError("the membership was busy; it is looked at again")
    tell_news(engine, change.membership)


def tell_news(engine: Engine, membership: Membership) -> None:
    """Let journeys begin, go on and end by what happened; then it is no news any more."""
    if not membership.news:
        return
    for news in membership.news:
        settle_member(engine, membership.member_id, news)
        engine.metrics.count(f"news_{news.kind}")
    if engine.members.is_erased(membership.member_id):  # who erased meanwhile has not seen these
        end_enrolments(engine, membership.member_id, engine.programme.journeys)
    _taken_off(engine, membership)


def _taken_off(engine: Engine, told: Membership) -> None:
    for _ in range(MAX_TRIES):
        account = engine.memberships.load(told.member_id)
        if account is None:
            return
        known = account.membership
        left = tuple(news for news in known.news if news not in told.news)
        if left == known.news:
            return
        change = Change(membership=replace(known, news=left))
        if engine.memberships.store(changed_by(engine, account.member, change)):
            return
    raise UnavailableError("the membership was busy; its news are told again")


def _change(engine: Engine, account: Account) -> Change:
    """Return what the look comes to; an erased member's wallet lapses like any other."""
    order = order_for(engine, account.membership.member_id)
    rules = engine.programme.unit_rules
    wallet, postings = opened(account.member, account.membership, rules, order)
    membership = replace(account.membership, wallet=wallet)
    if account.member is None:
        membership = replace(membership, news=())
    change = Change(membership=membership, postings=postings)
    return changed_by(engine, account.member, change)
