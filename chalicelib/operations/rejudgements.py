"""What ``milepost rejudge`` does, and tells as JSON: everybody by the programme as it is now.

A stage is read once from end to end, so it is asked after a deployment and not more often.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from chalicelib.domain.journey import Programme
from chalicelib.domain.membership_look import tier_of
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.membership_ports import Account, Change
from chalicelib.usecases.rejudge import rejudge

SIGHTS = ("granted", "lost", "tier", "told", "other")
"""What is told of those who change, in this order."""
UNSEEN = ("other", "when to look again, or figures for mails")


def rejudged(engine: Engine, *, dry_run: bool, parallel: int = 1) -> dict[str, Any]:
    """Judge everybody, or only say what it would come to."""
    members, changed = 0, 0
    counts = Counter[tuple[str, str]]()
    for each in rejudge(engine, dry_run=dry_run, parallel=parallel):
        members += each.account.member is not None
        changed += each.change is not None
        if each.change:
            counts.update(set(_sights(engine.programme, each.account, each.change)) or {UNSEEN})
    return {
        "members": members,
        "changed": changed,
        "done": not dry_run,
        "counts": [
            {"what": what, "name": name, "members": count}
            for (what, name), count in sorted(counts.items(), key=_in_order)
        ],
    }


def _in_order(counted: tuple[tuple[str, str], int]) -> tuple[int, str]:
    (what, name), _ = counted
    return SIGHTS.index(what), name


def _sights(programme: Programme, account: Account, change: Change) -> Iterator[tuple[str, str]]:
    """Yield what of a member's change the member can notice."""
    before, after = account.membership, change.membership
    for key, grant in after.benefits.items():
        if key not in before.benefits:
            yield "granted", grant.benefit
        elif grant.revoked_on and not before.benefits[key].revoked_on:
            yield "lost", grant.benefit
    if member := account.member:
        had = tier_of(programme, member, before)
        has = tier_of(programme, change.member or member, after)
        if had != has:
            yield "tier", f"{had} → {has}"
    for news in after.news:
        if news not in before.news:
            yield "told", news.kind.value
