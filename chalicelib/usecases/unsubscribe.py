"""Take a member off the mails: effective for every mail claimed after this returns.

The profile says so first, then every live enrolment is ended: a sender that decided before
fails at its claim, one that decides later reads the profile.
"""

from chalicelib.usecases.change_member import change_member
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.settle_member import settle_member


def unsubscribe(engine: Engine, member_id: str) -> None:
    """Unsubscribe; a second time, or for a member who is gone, is fine."""
    member_id, now = engine.members.resolve(member_id), engine.clock.now()
    if change_member(engine, member_id, lambda member: member.unsubscribed(now)):
        settle_member(engine, member_id)
        engine.metrics.count("unsubscribed")
