"""How a member's tier stands in the item of the membership: a map, without what is not known."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from chalicelib.adapters.compact import day_of, day_text, json_text, listed
from chalicelib.adapters.wire import Value
from chalicelib.domain.tier_judge import Floor, TierStanding, Told


def standing_map(standing: TierStanding | None) -> dict[str, Value] | None:
    """Return None for a membership that was never judged."""
    if standing is None:
        return None
    floor, told = standing.floor, standing.told
    fields = {
        "tier": standing.tier,
        "held_through": day_text(standing.held_through),
        "floor": json_text([floor.tier, day_text(floor.through), floor.reason]) if floor else None,
        "told": json_text([told.tier, day_text(told.through)]) if told else None,
        "warned_for": day_text(standing.warned_for),
    }
    return {name: value for name, value in fields.items() if value}


def standing_of(item: Mapping[str, Any]) -> TierStanding | None:
    if "standing" not in item:
        return None
    fields = item["standing"]
    floor, told = listed(fields, "floor"), listed(fields, "told")
    return TierStanding(
        tier=fields.get("tier", ""),
        held_through=day_of(fields.get("held_through")),
        floor=_floor(*floor) if floor else None,
        told=_told(*told) if told else None,
        warned_for=day_of(fields.get("warned_for")),
    )


def _floor(tier: str, through: str, reason: str) -> Floor:
    return Floor(tier, date.fromisoformat(through), reason)


def _told(tier: str, through: str) -> Told:
    return Told(tier, date.fromisoformat(through))
