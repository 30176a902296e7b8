"""What the item looks like that stands in the place of an absorbed member's profile.

docs/data-model.md is the reference. Like a profile it holds personal data: of both members, as
they were when they were merged.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.adapters import keys, moments
from chalicelib.adapters.items import check_type, member_item, member_of, new_item
from chalicelib.adapters.wire import Item
from chalicelib.domain.member import Member
from chalicelib.domain.merging import MergeStone


def stone_item(stone: MergeStone) -> Item:
    """It has the profile's key and the next version, so that no writer can put a profile back."""
    return new_item(
        keys.profile(stone.member_id),
        type="MERGED",
        version=stone.version,
        member_id=stone.member_id,
        merged_into=stone.into,
        merged_at=moments.time_text(stone.merged_at),
        profile=_kept(stone.profile),
        survivor=_kept(stone.survivor),
    )


def stone_of(item: Mapping[str, Any]) -> MergeStone:
    check_type(item, "MERGED")
    return MergeStone(
        profile=member_of(item["profile"]),
        survivor=member_of(item["survivor"]),
        merged_at=moments.parse_time(item["merged_at"]),
        version=item["version"],
    )


def _kept(member: Member) -> Item:
    return {name: value for name, value in member_item(member).items() if name not in {"PK", "SK"}}
