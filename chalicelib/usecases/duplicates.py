"""Who may be one person: members who were told to have a name of another's. For people to judge."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.identity import AliasType, Suspect
from chalicelib.usecases.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """``member_id`` was told to have names that are ``other``'s, since the first of them."""

    member_id: str
    other: str
    types: tuple[AliasType, ...]
    since: datetime


def duplicates(engine: Engine) -> list[Duplicate]:
    """Return all pairs that are two members still, the longest suspected first."""
    pairs: dict[tuple[str, str], list[Suspect]] = defaultdict(list)
    for suspect in engine.members.suspects():
        one, other = map(engine.members.resolve, (suspect.member_id, suspect.other))
        if one != other and engine.members.load(one) and engine.members.load(other):
            pairs[one, other].append(suspect)
    found = [_duplicate(pair, suspects) for pair, suspects in pairs.items()]
    return sorted(found, key=lambda each: (each.since, each.member_id, each.other))


def _duplicate(pair: tuple[str, str], suspects: list[Suspect]) -> Duplicate:
    types = {suspect.type for suspect in suspects}
    return Duplicate(
        member_id=pair[0],
        other=pair[1],
        types=tuple(type_ for type_ in AliasType if type_ in types),
        since=min(suspect.since for suspect in suspects),
    )
