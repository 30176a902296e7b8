"""Tell a partner whether names are one member's, and nothing beyond what the partner has sent.

The strongest name has to lead to a member, and whatever else is told has to be that member's: the
answer is the same for a card nobody has and for a right card with a wrong address.
"""

from collections.abc import Sequence
from unicodedata import normalize

from chalicelib.domain.identity import Alias, strongest
from chalicelib.usecases.engine import Engine


def is_member(engine: Engine, names: Sequence[Alias], last_name: str) -> bool:
    """Tell whether all of it is told of one member who has not left."""
    leading = strongest(names)
    member_id = _whose(engine, leading)
    member = engine.members.load(member_id) if member_id else None
    if member is None or member.left_at:
        return False
    others = [name for name in names if name != leading]
    known = all(_whose(engine, name) == member_id for name in others)
    return known and (not last_name or _read(last_name) == _read(member.attribute("last_name")))


def _read(name: str) -> str:
    """Return the name as people read it: one letter may be written by other code points."""
    return normalize("NFKC", normalize("NFKC", name).casefold())


def _whose(engine: Engine, name: Alias) -> str | None:
    """Return the member whom a name leads to now: who was merged is the survivor."""
    member_id = engine.members.member_of(name)
    return engine.members.resolve(member_id) if member_id else None
