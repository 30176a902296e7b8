"""What other rules would do to the members there are: judged under both plans, and kept nowhere.

Everybody is followed through a day to come as though nothing more were done, since what rules take
away they take at the end of a period.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from chalicelib.domain.tier_judge import TierStanding, judge
from chalicelib.domain.tier_rules import TierPlan

MOST_NAMED = 10_000
"""So many members are named one by one; counted are all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What is known of a member whose tier is to be judged."""

    member_id: str
    standing: TierStanding | None
    tallies: Mapping[str, int]
    joined_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """A member's tier at the end under either plan, and since when they differ; None: they don't.

    ``rise`` is by how many tiers the new plan is kinder, negative where it is harder.
    """

    member_id: str
    old: str
    new: str
    rise: int
    since: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """``counts`` is by the tier under the old and the new plan; ``moved`` is who has another one.

    Of those ``MOST_NAMED`` at most. ``months`` counts all of them by the first day of the month
    since which they differ, and by 1 for who goes up, -1 for down, 0 for a tier of the same rank.
    """

    counts: Mapping[tuple[str, str], int]
    months: Mapping[tuple[date, int], int]
    moved: tuple[Fate, ...]


def rehearse(
    old: TierPlan, new: TierPlan, members: Iterable[Rehearsed], today: date, until: date
) -> Rehearsal:
    """Return the tiers that members would have under both plans at the end of the day ``until``."""
    counts, moved = Counter[tuple[str, str]](), list[Fate]()
    months = Counter[tuple[date, int]]()
    for member in members:
        fate = fate_of(old, new, member, today, until)
        counts[fate.old, fate.new] += 1
        if fate.since:
            months[fate.since.replace(day=1), (fate.rise > 0) - (fate.rise < 0)] += 1
            moved += [fate] if len(moved) < MOST_NAMED else []
    return Rehearsal(counts=dict(counts), months=dict(months), moved=tuple(moved))


def fate_of(old: TierPlan, new: TierPlan, member: Rehearsed, today: date, until: date) -> Fate:
    """Follow one member under both plans. Tiers are compared by name."""
    before, after = dict(_tiers(old, member, today, until)), dict(_tiers(new, member, today, until))
    kept, given, since = "", "", None
    for day in sorted({*before, *after}):
        kept, given = before.get(day, kept), after.get(day, given)
        since = None if kept == given else since or day
    rise = new.rank(given) - new.rank(kept)
    return Fate(member_id=member.member_id, old=kept, new=given, rise=rise, since=since)


def _tiers(
    plan: TierPlan, member: Rehearsed, today: date, until: date
) -> Iterator[tuple[date, str]]:
    """Yield the tier on each day on which it may change, from today."""
    standing, day = member.standing, today
    while True:
        judged = judge(plan, standing, member.tallies, member.joined_on, day)
        yield day, judged.standing.tier
        if judged.review_on is None or judged.review_on > until:
            return
        standing, day = judged.standing, judged.review_on
