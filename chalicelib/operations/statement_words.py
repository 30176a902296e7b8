"""What ``milepost statement`` tells, as JSON, whichever engine it asks."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from chalicelib.domain.ledger import Posting
from chalicelib.operations.days import day_of
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.explain import find_member
from chalicelib.usecases.statement import Statement, TierStated, statement


def stated(engine: Engine, name: str, on: str = "") -> dict[str, Any] | None:
    """Tell the statement of the member whom a person names, as of a day; None for nobody."""
    day = day_of(on) if on else None
    member_id = find_member(engine, name)
    found = statement(engine, member_id, day) if member_id else None
    return _told(found) if found else None


def _told(found: Statement) -> dict[str, Any]:
    wallet = found.wallet
    units = dict.fromkeys([*found.balances, *wallet.lots, *wallet.owed])
    return {
        "member": found.member_id,
        "on": found.on.isoformat(),
        "tier": _tier(found.tier) if found.tier else None,
        "units": {
            unit: {
                "balance": found.balances.get(unit, 0),
                "told": found.told.get(unit, 0),
                "held": wallet.held(unit),
                "owed": wallet.owed.get(unit, 0),
            }
            for unit in units
        },
        "lapses": [
            {"unit": lapse.unit, "amount": lapse.amount, "last_day": lapse.last_day.isoformat()}
            for lapse in found.lapses
        ],
        "benefits": [
            {
                "benefit": grant.benefit,
                "valid_through": grant.valid_through.isoformat() if grant.valid_through else "",
                "uses_left": grant.uses_left,
            }
            for grant in found.benefits
        ],
        "holds": list(_holds(found)),
        "postings": [_posting(posting) for posting in found.postings],
        "chain": "whole" if found.broken_at is None else f"broken at {found.broken_at}",
    }


def _tier(stated: TierStated) -> dict[str, Any]:
    standing, needs = stated.standing, stated.needs
    floor, told = standing.floor, standing.told
    return {
        "tier": stated.tier,
        "held_through": _iso(standing.held_through),
        "grace_through": _iso(stated.grace_through),
        "floor": floor
        and {"tier": floor.tier, "through": _iso(floor.through), "reason": floor.reason},
        "told": told and {"tier": told.tier, "through": _iso(told.through)},
        "next_tier": needs.next_tier,
        "to_reach": [dict(each) for each in needs.to_reach],
        "through": _iso(needs.through),
        "to_keep": [dict(each) for each in needs.to_keep],
        "keep_by": _iso(needs.keep_by),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _holds(found: Statement) -> Iterator[dict[str, Any]]:
    for reference, hold in sorted(found.wallet.holds.items()):
        yield {
            "reference": f"{reference.caller}/{reference.id}",
            "unit": hold.unit,
            "amount": hold.amount,
            "until": hold.until.isoformat(),
        }


def _posting(posting: Posting) -> dict[str, Any]:
    reference, reverses = posting.reference, posting.reverses
    return {
        "number": posting.number,
        "on": posting.on.isoformat(),
        "at": posting.at.isoformat(),
        "kind": posting.kind.value,
        "amounts": dict(posting.amounts),
        "entries": [[each.unit, each.account.value, each.amount] for each in posting.entries],
        "after": dict(posting.after),
        "reference": f"{reference.caller}/{reference.id}" if reference else "",
        "reverses": f"{reverses.caller}/{reverses.id}" if reverses else "",
        "why": [
            {"rule": why.rule, "unit": why.unit, "amount": why.amount, "note": why.note}
            | ({} if why.line is None else {"line": why.line})
            for why in posting.why
        ],
        "hash": posting.hash,
    }
