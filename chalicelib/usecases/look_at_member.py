"""Look at a member of whom something is due: take off what is over, and tell the news.

Safe to run at any time and as often as one likes: what is not due changes nothing. News are taken
off once they are told; who died in between tells them again, and that enters nothing twice.
"""

from chalicelib.domain.membership import Membership
from chalicelib.domain.news import News
from chalicelib.usecases.change_membership import change_membership
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.erase_member import end_enrolments
from chalicelib.usecases.settle_member import Cause, settle_member


def look_at_member(engine: Engine, member_id: str) -> None:
    """Do whatever is due of the member now."""
    membership = change_membership(engine, member_id, lambda known: known)
    if membership:
        tell_news(engine, membership)


def tell_news(engine: Engine, membership: Membership) -> None:
    """Let journeys begin, go on and end by what happened; then it is no news any more.

    One kind after the other is taken off: told once more, a tier that was lost would end what the
    next one, reached after it, has begun.
    """
    for kind in dict.fromkeys(news.kind for news in membership.news):
        _tell(engine, membership.member_id, [news for news in membership.news if news.kind is kind])


def _tell(engine: Engine, member_id: str, every: list[News]) -> None:
    for news in every:
        settle_member(engine, member_id, Cause(news))
        engine.metrics.count(f"news_{news.kind.name.lower()}")
    if engine.members.is_erased(member_id):  # who erased meanwhile has not seen these
        end_enrolments(engine, member_id, engine.programme.journeys)
    change_membership(engine, member_id, lambda known: known.told(every))
