"""What ``milepost rehearse-tiers`` tells, as JSON: tiers by the live rules and by others.

Nothing is stored. A stage is read once from end to end, so it is asked rarely.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from chalicelib.domain.journey import Programme
from chalicelib.domain.membership_look import standing_known
from chalicelib.domain.tier_rehearsal import Rehearsal, Rehearsed, rehearse
from chalicelib.domain.tier_rules import TierPlan
from chalicelib.operations.aws_faults import OperationError
from chalicelib.operations.days import day_of
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.loader import load_programme
from chalicelib.usecases.engine import Engine

AHEAD = timedelta(days=365)
LONGEST = timedelta(days=5 * 366)
MOST_SHOWN = 20
"""So many members are named, as examples."""


def rehearsed(engine: Engine, folder: Path, until: str = "") -> dict[str, Any]:
    """Tell what the rules in the folder would do to everybody who is a member now."""
    live = engine.programme
    old, new = _plan(live, "the live programme"), _plan(_loaded(folder), str(folder))
    today = live.calendar.day_of(engine.clock.now())
    last = _last(until, today)
    found = rehearse(old, new, _everybody(engine), today, last)
    return {"from": today.isoformat(), "until": last.isoformat(), **_told(found, old, new)}


def _loaded(folder: Path) -> Programme:
    try:
        return load_programme(folder)
    except ProgrammeError as error:
        raise OperationError(str(error)) from error


def _plan(programme: Programme, name: str) -> TierPlan:
    if programme.tier_plan is None:
        raise OperationError(f"{name} has no tier_rules: members have the tiers that partners tell")
    return programme.tier_plan


def _last(until: str, today: date) -> date:
    last = day_of(until) if until else today + AHEAD
    if not today <= last <= today + LONGEST:
        raise OperationError(f"{last} is not within five years from {today}")
    return last


def _everybody(engine: Engine) -> Iterator[Rehearsed]:
    """Yield all who have not left; who never had anything has nothing that a tier goes by."""
    programme, calendar = engine.programme, engine.programme.calendar
    today = calendar.day_of(engine.clock.now())
    for account in engine.memberships.accounts():
        member, membership = account.member, account.membership
        if member and member.left_at is None:
            yield Rehearsed(
                member_id=member.member_id,
                standing=standing_known(programme, member, membership, today),
                tallies=membership.wallet.tallies,
                joined_on=calendar.day_of(member.joined_at),
            )


def _told(found: Rehearsal, old: TierPlan, new: TierPlan) -> dict[str, Any]:
    return {
        "tiers": {"old": list(old.tiers), "new": list(new.tiers)},
        "members": sum(found.counts.values()),
        "moved": sum(found.months.values()),
        "counts": [
            {"old": before, "new": after, "members": count}
            for (before, after), count in sorted(found.counts.items())
        ],
        "months": [
            {
                "month": month.isoformat()[:7],
                **{word: found.months.get((month, way), 0) for word, way in _WAYS.items()},
            }
            for month in sorted({month for month, _ in found.months})
        ],
        "some": [
            {
                "member": fate.member_id,
                "old": fate.old,
                "new": fate.new,
                "since": fate.since.isoformat() if fate.since else None,
            }
            for fate in found.moved[:MOST_SHOWN]
        ],
    }


_WAYS = {"up": 1, "down": -1, "level": 0}
