"""What items say of names and of people: names that members have, and who may be one person.

docs/data-model.md is the reference. Names stand in them as keyed digests alone.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.adapters import keys, moments
from chalicelib.adapters.items import check_type, new_item
from chalicelib.adapters.wire import Item
from chalicelib.domain.identity import AliasFact, AliasType, Suspect

FACT_OPTIONAL = ("since", "until", "verified")
"""What such an item may have at one time and not at another."""


def fact_item(fact: AliasFact) -> Item:
    return new_item(
        keys.member_alias(fact.member_id, fact.type, fact.digest),
        type="MEMBER_ALIAS",
        version=fact.version,
        member_id=fact.member_id,
        alias_type=fact.type.value,
        alias_digest=fact.digest,
        since=moments.time_text(fact.since) if fact.since else None,
        until=moments.time_text(fact.until) if fact.until else None,
        verified=1 if fact.verified else None,
    )


def fact_of(item: Mapping[str, Any]) -> AliasFact:
    check_type(item, "MEMBER_ALIAS")
    return AliasFact(
        member_id=item["member_id"],
        type=AliasType(item["alias_type"]),
        digest=item["alias_digest"],
        since=moments.parse_time(item["since"]) if "since" in item else None,
        until=moments.parse_time(item["until"]) if "until" in item else None,
        verified="verified" in item,
        version=item["version"],
    )


def suspect_item(suspect: Suspect) -> Item:
    return new_item(
        keys.suspect(suspect.member_id, suspect.other, suspect.type),
        type="SUSPECT",
        member_id=suspect.member_id,
        other=suspect.other,
        alias_type=suspect.type.value,
        since=moments.time_text(suspect.since),
    )


def suspect_of(item: Mapping[str, Any]) -> Suspect:
    check_type(item, "SUSPECT")
    return Suspect(
        member_id=item["member_id"],
        other=item["other"],
        type=AliasType(item["alias_type"]),
        since=moments.parse_time(item["since"]),
    )
