"""What the item of a caller's reference looks like: what became of what was asked for under it.

docs/data-model.md is the reference. It is kept for ever, so that nothing is ever posted twice.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from chalicelib.adapters import keys, moments
from chalicelib.adapters.compact import json_text, listed
from chalicelib.adapters.items import check_type, grant_of, new_item
from chalicelib.adapters.wire import Item
from chalicelib.domain.earning import Standpoint
from chalicelib.domain.gifts import GIFTS
from chalicelib.domain.ledger import LedgerRefusal, Reference
from chalicelib.domain.transaction import Line, Transaction
from chalicelib.usecases.membership_ports import ReferenceRecord


def reference_item(record: ReferenceRecord) -> Item:
    transaction = record.transaction
    return new_item(
        keys.reference(record.reference),
        type="REFERENCE",
        caller=record.reference.caller,
        id=record.reference.id,
        member_id=record.member_id,
        body_hash=record.body_hash or None,
        kept_at=moments.time_text(record.kept_at),
        number=record.number or None,
        refusal=record.refusal.value if record.refusal else None,
        reversed={**record.reversed} or None,
        uncounted={**record.uncounted} or None,
        transaction=json_text(_transaction_parts(transaction)) if transaction else None,
        judged_by=_standpoint_parts(record.judged_by) if record.judged_by else None,
        returned=json_text(record.returned),
    )


def reference_of(item: Mapping[str, Any]) -> ReferenceRecord:
    """Read it back; a grant of an older release is a gift's reference without a posting."""
    if item["type"] == "GRANT":
        return _granted_before(item)
    check_type(item, "REFERENCE")
    return ReferenceRecord(
        reference=Reference(item["caller"], item["id"]),
        member_id=item["member_id"],
        body_hash=item.get("body_hash", ""),
        kept_at=moments.parse_time(item["kept_at"]),
        number=item.get("number", 0),
        refusal=LedgerRefusal(item["refusal"]) if "refusal" in item else None,
        reversed=item.get("reversed", {}),
        uncounted=item.get("uncounted", {}),
        transaction=_transaction_in(item),
        judged_by=_standpoint_in(item),
        returned=tuple(listed(item, "returned")),
    )


def _granted_before(item: Mapping[str, Any]) -> ReferenceRecord:
    grant = grant_of(item)
    return ReferenceRecord(
        reference=Reference(GIFTS, f"{grant.member_id}.{grant.source}"),
        member_id=grant.member_id,
        body_hash="",
        kept_at=grant.granted_at,
    )


def _transaction_parts(transaction: Transaction) -> list[object]:
    lines = [_line_parts(line) for line in transaction.lines]
    return [transaction.partner, transaction.reference, transaction.on.isoformat(), lines]


def _line_parts(line: Line) -> dict[str, object]:
    """Fields by name, without those that are as in most lines."""
    known = ((field, getattr(line, field.name)) for field in fields(line))
    return {field.name: value for field, value in known if value != field.default}


def _standpoint_parts(standpoint: Standpoint) -> Item:
    met = json_text(sorted(standpoint.met))
    told: Item = {"tier": standpoint.tier, "met": met or "", "tallies": {**standpoint.tallies}}
    return {name: value for name, value in told.items() if value}


def _standpoint_in(item: Mapping[str, Any]) -> Standpoint | None:
    if "judged_by" not in item:
        return None
    told = item["judged_by"]
    return Standpoint(
        tier=told.get("tier", ""),
        met=frozenset(listed(told, "met")),
        tallies=told.get("tallies", {}),
    )


def _transaction_in(item: Mapping[str, Any]) -> Transaction | None:
    if "transaction" not in item:
        return None
    partner, reference, on, lines = listed(item, "transaction")
    return Transaction(
        partner=partner,
        reference=reference,
        on=date.fromisoformat(on),
        lines=tuple(Line(**line) for line in lines),
    )
