"""What a membership's item looks like: a wallet, what is to be told, and when to look again.

docs/data-model.md is the reference. It must hold nothing of the person: it outlives the profile.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from chalicelib.adapters import keys, moments
from chalicelib.adapters.benefit_items import grants_in, grants_text
from chalicelib.adapters.compact import day_of, day_text, day_texts, days_of, json_text, listed
from chalicelib.adapters.items import check_type, new_item
from chalicelib.adapters.standing_items import standing_map, standing_of
from chalicelib.adapters.wire import Item
from chalicelib.domain.ledger import Reference
from chalicelib.domain.ledger_lots import Lots
from chalicelib.domain.ledger_wallet import Hold, Wallet
from chalicelib.domain.membership import Membership
from chalicelib.domain.news import News, NewsKind
from chalicelib.domain.tier_judge import TierStanding

_NEVER = "never"
"""The name of the lot without a last day: an attribute's name can't be empty."""


def membership_item(membership: Membership, due_shards: int) -> Item:
    """The item has the index's keys only while something is due: the index is sparse."""
    wallet = membership.wallet
    return new_item(
        keys.membership(membership.member_id),
        type="MEMBERSHIP",
        version=membership.version,
        member_id=membership.member_id,
        lots={unit: _lots_map(lots) for unit, lots in wallet.lots.items()} or None,
        holds=json_text(_hold_parts(*hold) for hold in wallet.holds.items()),
        owed={**wallet.owed} or None,
        active_on=day_texts(wallet.active_on) or None,
        tallies={**wallet.tallies} or None,
        number=wallet.number or None,
        hash=wallet.hash or None,
        standing=standing_map(membership.standing),
        before=_before_map(membership.before) or None,
        benefits=grants_text(membership.benefits),
        news=json_text((each.kind, each.on.isoformat(), each.detail) for each in membership.news),
        warned=day_texts(membership.warned) or None,
        due_at=moments.time_text(membership.due_at) if membership.due_at else None,
        **due_index(membership, due_shards),
    )


def membership_of(item: Mapping[str, Any]) -> Membership:
    check_type(item, "MEMBERSHIP")
    news = listed(item, "news")
    return Membership(
        member_id=item["member_id"],
        wallet=_wallet_in(item),
        standing=standing_of(item),
        before={
            name: standing_of({"standing": each}) or TierStanding()
            for name, each in item.get("before", {}).items()
        },
        benefits=grants_in(item),
        news=tuple(
            News(kind=NewsKind(kind), on=date.fromisoformat(on), detail=detail)
            for kind, on, detail in news
        ),
        warned=days_of(item.get("warned", {})),
        due_at=moments.parse_time(item["due_at"]) if "due_at" in item else None,
        version=item["version"],
    )


def due_index(membership: Membership, due_shards: int) -> dict[str, str]:
    """Return the keys in the due index: none when nothing is due."""
    if membership.due_at is None:
        return {}
    shard = keys.shard_of(membership.member_id, due_shards)
    return {
        "GSI1PK": keys.member_due_shard(shard),
        "GSI1SK": keys.member_due(membership.due_at, membership.member_id),
    }


def _before_map(before: Mapping[str, TierStanding]) -> Item:
    return {name: standing_map(standing) or {} for name, standing in before.items()}


def _wallet_in(item: Mapping[str, Any]) -> Wallet:
    return Wallet(
        lots={unit: _lots_of(lots) for unit, lots in item.get("lots", {}).items()},
        holds=dict(_hold_of(*parts) for parts in listed(item, "holds")),
        owed=item.get("owed", {}),
        active_on=days_of(item.get("active_on", {})),
        tallies=item.get("tallies", {}),
        number=item.get("number", 0),
        hash=item.get("hash", ""),
    )


def _lots_map(lots: Lots) -> dict[str, int]:
    return {day_text(day) or _NEVER: amount for day, amount in lots.items()}


def _lots_of(amounts: Mapping[str, int]) -> dict[date | None, int]:
    return {day_of("" if day == _NEVER else day): amount for day, amount in amounts.items()}


def _hold_parts(reference: Reference, hold: Hold) -> list[object]:
    parts = [[day_text(day), amount] for day, amount in hold.parts.items()]
    return [reference.caller, reference.id, hold.unit, parts, moments.time_text(hold.until)]


def _hold_of(
    caller: str, id_: str, unit: str, parts: list[tuple[str | None, int]], until: str
) -> tuple[Reference, Hold]:
    held = {day_of(day): amount for day, amount in parts}
    return Reference(caller, id_), Hold(unit, held, moments.parse_time(until))
