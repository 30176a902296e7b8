"""Change one profile by a pure function, however often others change it meanwhile.

Nobody else may change a stored profile in what mails can show: what it was before is written down
here, and web copies rest on that.
"""

from collections.abc import Callable

from chalicelib.domain.member import Member
from chalicelib.domain.profile_history import remembering
from chalicelib.usecases.engine import MAX_TRIES, Engine
from chalicelib.usecases.ports import UnavailableError


def change_member(
    engine: Engine, member_id: str, change: Callable[[Member], Member]
) -> Member | None:
    """Store what ``change`` makes of the profile; None when there is none (any more)."""
    for _ in range(MAX_TRIES):
        member = engine.members.load(member_id)
        if member is None:
            return None
        changed = change(member)
        if changed == member:
            return changed
        changed = remembering(member, changed)
        if engine.members.save(changed):
            return changed
    raise UnavailableError("the member's profile was busy; it is tried again")
