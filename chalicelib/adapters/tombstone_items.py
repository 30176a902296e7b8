"""What the item looks like that stays in the place of an erased member's profile.

docs/data-model.md is the reference. It must never hold anything that was known of the person.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.adapters import keys, moments
from chalicelib.adapters.items import check_type, new_item
from chalicelib.adapters.wire import Item
from chalicelib.domain.member import Tombstone


def tombstone_item(tombstone: Tombstone) -> Item:
    """It has the profile's key and the next version, so that no writer can put a profile back."""
    return new_item(
        keys.profile(tombstone.member_id),
        type="TOMBSTONE",
        version=tombstone.version,
        member_id=tombstone.member_id,
        erased_at=moments.time_text(tombstone.erased_at),
        absorbed=" ".join(tombstone.absorbed) or None,
        merged_into=tombstone.into or None,
    )


def tombstone_over(profile: Mapping[str, Any], at: datetime) -> Tombstone:
    """Return what takes the place of this very version of a profile."""
    return Tombstone(
        member_id=profile["member_id"],
        erased_at=at,
        version=profile["version"] + 1,
        absorbed=tuple(sorted(profile.get("absorbed", {}))),
        into=profile.get("merged_into", ""),
    )


def is_tombstone(item: Mapping[str, Any] | None) -> bool:
    return item is not None and item["type"] == "TOMBSTONE"


def tombstone_of(item: Mapping[str, Any]) -> Tombstone:
    check_type(item, "TOMBSTONE")
    return Tombstone(
        member_id=item["member_id"],
        erased_at=moments.parse_time(item["erased_at"]),
        version=item["version"],
        absorbed=tuple(item.get("absorbed", "").split()),
        into=item.get("merged_into", ""),
    )
