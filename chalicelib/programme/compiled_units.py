"""The rules of units in a compiled programme: as JSON, and back."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from chalicelib.domain.ledger_expiry import Expiry, ExpiryKind, UnitRules


def units_data(rules: Mapping[str, UnitRules]) -> dict[str, Any]:
    return {unit: _data(each) for unit, each in rules.items()}


def units_of(data: Mapping[str, Any]) -> dict[str, UnitRules]:
    return {unit: _rules(*each) for unit, each in data.items()}


def _data(rules: UnitRules) -> list[Any]:
    expiry = rules.expiry
    day = expiry.day.isoformat() if expiry.day else None
    told = [expiry.kind.value, expiry.months, day, expiry.kept_by, expiry.warn_days]
    return [rules.floor, *told]


def _rules(  # noqa: PLR0913, PLR0917 - the fields in the order in which they were written
    floor: int, kind: str, months: int, day: str | None, kept_by: list[str], warn_days: int
) -> UnitRules:
    expiry = Expiry(
        kind=ExpiryKind(kind),
        months=months,
        day=date.fromisoformat(day) if day else None,
        kept_by=tuple(kept_by),
        warn_days=warn_days,
    )
    return UnitRules(expiry=expiry, floor=floor)
