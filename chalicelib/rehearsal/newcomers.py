"""The members of somebody's CSV file, as the events that bring them into the engine.

Rows are read by the import's own maps, and what an import would set aside is set aside here, too.
Nothing of the file is kept anywhere.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from chalicelib.domain.events import EventType, PartnerEvent
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.rehearsal.plan import PARTNER
from chalicelib.world.import_csv import require_columns, survey
from chalicelib.world.import_errors import RowError
from chalicelib.world.import_events import MappedRow, RowMapper
from chalicelib.world.import_map import ImportMap

Newcomer = PartnerEvent
"""A member is what the ``member.joined`` event tells."""


@dataclass(slots=True)
class Roll:
    """Who is in a file. ``rejected`` are rows of which no member can be made, by their line."""

    newcomers: list[Newcomer] = field(default_factory=list)
    rejected: dict[int, str] = field(default_factory=dict)


def read_roll(path: Path, mapping: ImportMap) -> Roll:
    """Read the whole file; raises ``MemberFileError`` for one that can't be read."""
    file = survey(path)
    require_columns(file, mapping.columns())
    mapper, roll = RowMapper(mapping, file.columns), Roll()
    for record in file.records():
        try:
            roll.newcomers.append(_newcomer(mapper(record)))
        except RowError as error:
            roll.rejected[record.line] = str(error)
    return roll


def sample(newcomers: list[Newcomer], members: int | None, seed: int) -> list[Newcomer]:
    """Return so many of them, the same for the same seed, in the order of the file."""
    if members is None or members >= len(newcomers):
        return newcomers
    places = Random(f"{seed}.sample").sample(range(len(newcomers)), members)
    return [newcomers[place] for place in sorted(places)]


def card_of(newcomer: Newcomer) -> str:
    return newcomer.aliases[0].value


def _newcomer(row: MappedRow) -> Newcomer:
    told: dict[str, Any] = row.event["data"]
    names: dict[str, str] = told["member"]
    facts = {name: value for name, value in told.items() if name not in _NO_FACTS}
    left_at = told.get("left_at")
    return PartnerEvent(
        partner=PARTNER,
        event_id=row.event["id"],
        type=EventType.MEMBER_JOINED,
        occurred_at=datetime.fromisoformat(row.event["timestamp"]),
        aliases=(alias_of(AliasType.CARD, names["card"]),),
        facts={**names, **facts},
        balances=dict(told["balances"]),
        left_at=datetime.fromisoformat(left_at) if left_at else None,
    )


_NO_FACTS = ("member", "balances", "left_at")
