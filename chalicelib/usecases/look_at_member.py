"""Look at a member of whom something is due: take off what is over, and tell the news.

Safe to run at any time and as often as one likes: what is not due changes nothing. News are taken
off once they are told; who died in between tells them again, and that enters nothing twice.
"""

from chalicelib.domain.membership import Membership
from chalicelib.usecases.change_membership import change_membership
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.erase_member import end_enrolments
from chalicelib.usecases.settle_member import settle_member


def look_at_member(engine: Engine, member_id: str) -> None:
    """Do whatever is due of the member now."""
    membership = change_membership(engine, member_id, lambda known: known)
    if membership:
        tell_news(engine, membership)


def tell_news(engine: Engine, membership: Membership) -> None:
    """Let journeys begin, go on and end by what happened; then it is no news any more."""
    if not membership.news:
        return
    for news in membership.news:
        settle_member(engine, membership.member_id, news)
        engine.metrics.count(f"news_{news.kind.name.lower()}")
    if engine.members.is_erased(membership.member_id):  # who erased meanwhile has not seen these
        end_enrolments(engine, membership.member_id, engine.programme.journeys)
    change_membership(engine, membership.member_id, lambda known: known.told(membership.news))
