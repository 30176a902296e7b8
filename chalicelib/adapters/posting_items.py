"""What a posting's item looks like. It is written once, and it names nobody but by the opaque id.

docs/data-model.md is the reference. What is read back is what was posted, to the last field: the
posting's hash is held against it.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from chalicelib.adapters import keys, moments
from chalicelib.adapters.compact import (
    day_of,
    day_text,
    day_texts,
    days_of,
    json_text,
    listed,
    reference_in,
    reference_text,
)
from chalicelib.adapters.items import check_type, new_item
from chalicelib.adapters.wire import Item
from chalicelib.domain.ledger import Account, Entry, LotChange, Posting, PostingKind, Reasoned


def posting_item(posting: Posting) -> Item:
    return new_item(
        keys.posting(posting.member_id, posting.number),
        type="POSTING",
        member_id=posting.member_id,
        number=posting.number,
        kind=posting.kind.value,
        at=moments.time_text(posting.at),
        on=posting.on.isoformat(),
        amounts={**posting.amounts} or None,
        reference=reference_text(posting.reference),
        reverses=reference_text(posting.reverses),
        entries=json_text((each.unit, each.account, each.amount) for each in posting.entries),
        lots=_lots_text(posting.lots),
        parts=_lots_text(posting.parts),
        owed={**posting.owed} or None,
        counts={**posting.counts} or None,
        until=moments.time_text(posting.until) if posting.until else None,
        active=day_texts(posting.active) or None,
        why=json_text(
            (each.rule, each.unit, each.amount, each.line, each.note) for each in posting.why
        ),
        after={**posting.after} or None,
        previous=posting.previous or None,
        hash=posting.hash or None,
    )


def posting_of(item: Mapping[str, Any]) -> Posting:
    check_type(item, "POSTING")
    return Posting(
        member_id=item["member_id"],
        number=item["number"],
        kind=PostingKind(item["kind"]),
        at=moments.parse_time(item["at"]),
        on=date.fromisoformat(item["on"]),
        amounts=item.get("amounts", {}),
        reference=reference_in(item, "reference"),
        reverses=reference_in(item, "reverses"),
        entries=tuple(
            Entry(unit, Account(account), amount)
            for unit, account, amount in listed(item, "entries")
        ),
        lots=_lots_in(item, "lots"),
        parts=_lots_in(item, "parts"),
        owed=item.get("owed", {}),
        counts=item.get("counts", {}),
        until=moments.parse_time(item["until"]) if "until" in item else None,
        active=days_of(item.get("active", {})),
        why=tuple(Reasoned(*each) for each in listed(item, "why")),
        after=item.get("after", {}),
        previous=item.get("previous", ""),
        hash=item.get("hash", ""),
    )


def _lots_text(lots: Iterable[LotChange]) -> str | None:
    return json_text((each.unit, day_text(each.last_day), each.amount) for each in lots)


def _lots_in(item: Mapping[str, Any], name: str) -> tuple[LotChange, ...]:
    return tuple(LotChange(unit, day_of(day), amount) for unit, day, amount in listed(item, name))
