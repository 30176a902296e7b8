"""Who has which tier, how long, and what there is to tell of it: judged from tallies, purely.

A tier is had at once when it is reached and held through the end of the next period; it is lost
one step at a time, after its grace, and the lower tier is held through the end of the period then.
It makes no difference on which days this is asked, if it is asked on each ``review_on`` and after
each event; asked twice, it changes nothing and tells nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from chalicelib.domain.news import News, NewsKind
from chalicelib.domain.tier_rules import DAY, Period, RuleSet, TierPlan, missing


@dataclass(frozen=True, slots=True)
class Floor:
    """A tier set by hand: through that day the member is never below it."""

    tier: str
    through: date
    reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """The tier that a partner told last, and through which day that counts."""

    tier: str
    through: date


@dataclass(frozen=True, slots=True, kw_only=True)
class TierStanding:
    """What is known of a member's tier.

    ``tier`` is "" until it is first judged; ``held_through`` is the last day on which it is held
    if nothing more is done, its grace not counted, None for the lowest; ``warned_for`` is the
    ``held_through`` of which the member was warned last.
    """

    tier: str = ""
    held_through: date | None = None
    floor: Floor | None = None
    told: Told | None = None
    warned_for: date | None = None


UNJUDGED = TierStanding()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """``review_on`` is the next day on which something may change by itself; None: never."""

    standing: TierStanding
    news: tuple[News, ...]
    review_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What is still missing, as alternatives: any one of them is enough.

    ``next_tier`` is the next that can be reached, "" at the top; ``to_reach`` is what it takes
    through the day ``through``, the period's last. ``to_keep`` is what the present tier takes
    beyond ``held_through``, no later than ``keep_by``; None where nothing can or need be done.
    """

    next_tier: str
    to_reach: tuple[Mapping[str, int], ...]
    to_keep: tuple[Mapping[str, int], ...]
    through: date
    keep_by: date | None


def judge(
    plan: TierPlan,
    standing: TierStanding | None,
    tallies: Mapping[str, int],
    joined_on: date,
    today: date,
) -> Judged:
    """Return the standing on this day, and what is new in it.

    Days on which something was lost and nobody looked are made up for, each under its own date;
    the warnings of such days are not: they come too late.
    """
    member = _Judging(plan, tallies, joined_on)
    known, news = member.known(standing or UNJUDGED, today), list[News]()
    while (day := member.lost_on(known)) and day < today:
        known, told = member.judged(known, day)
        news += told
    known, told = member.judged(known, today)
    known, warning = member.warned(known, today)
    return Judged(
        standing=known,
        news=(*news, *told, *warning),
        review_on=member.review_on(known, today),
    )


def needs(
    plan: TierPlan,
    standing: TierStanding | None,
    tallies: Mapping[str, int],
    joined_on: date,
    today: date,
) -> Needs:
    """Return what a member, judged today, has to do by the rules of the running period."""
    member = _Judging(plan, tallies, joined_on)
    known = member.known(standing or UNJUDGED, today)
    period = member.period(today)
    thresholds = plan.rule_set_of(period.start).thresholds
    higher = [tier for tier in plan.tiers[plan.rank(known.tier) + 1 :] if thresholds.get(tier)]
    held, over = known.held_through, member.lost_on(known)
    to_keep = member.missing(known.tier, period) if held and held <= period.last else ()
    return Needs(
        next_tier=higher[0] if higher else "",
        to_reach=member.missing(higher[0], period) if higher else (),
        to_keep=to_keep,
        through=period.last,
        keep_by=min(period.last, over - DAY) if over and to_keep else None,
    )


def set_floor(standing: TierStanding | None, floor: Floor | None) -> TierStanding:
    """Set a tier by hand, or take the hand off (None); it counts once it is judged.

    A floor that is taken off before its end is held through the end of the period, at most.
    """
    return replace(standing or UNJUDGED, floor=floor)


def tell(
    plan: TierPlan, standing: TierStanding | None, tier: str, joined_on: date, today: date
) -> TierStanding:
    """Take down the tier that a partner tells today; it counts once it is judged.

    It counts through the end of the next period, and in place of what was told before. A lower one
    cuts nothing that was earned here or set by hand; what only the partner had told is then held
    through the end of the period.
    """
    through = _Judging(plan, {}, joined_on).end_of_next(today)
    return replace(standing or UNJUDGED, told=Told(tier, through))


def higher(
    one: TierStanding, other: TierStanding, tiers: Sequence[str], today: date
) -> TierStanding:
    """Return the standing of a person who has both: of each thing that by which more is held.

    The higher tier, and of two that are equal the one that is held longer; so with what was set by
    hand or told, unless it is over.
    """

    def height(tier: str, through: date | None) -> tuple[int, date]:
        return tiers.index(tier) if tier in tiers else 0, through or date.min

    both = sorted((one, other), key=lambda each: height(each.tier, each.held_through))
    floors = [each.floor for each in both if each.floor and each.floor.through >= today]
    told = [each.told for each in both if each.told and each.told.through >= today]
    return replace(
        both[-1],
        floor=max(floors, key=lambda each: height(each.tier, each.through), default=None),
        told=max(told, key=lambda each: height(each.tier, each.through), default=None),
    )


def held_as_told(plan: TierPlan, tier: str, joined_on: date, today: date) -> TierStanding | None:
    """Take over what a member had been told before there were rules: it is held, and is no news."""
    if not plan.rank(tier):
        return None
    through = _Judging(plan, {}, joined_on).end_of_next(today)
    return TierStanding(tier=tier, held_through=through, told=Told(tier, through))


@dataclass(frozen=True, slots=True)
class _Claim:
    """A right to a tier, by rank, on its own grounds."""

    rank: int
    through: date


@dataclass(frozen=True, slots=True)
class _Judging:
    """One member under one plan, with all that was counted up to now."""

    plan: TierPlan
    tallies: Mapping[str, int]
    joined_on: date

    def period(self, day: date) -> Period:
        return self.plan.period_on(self.joined_on, day)

    def end_of_next(self, day: date) -> date:
        return self.period(self.period(day).last + DAY).last

    def rules(self, day: date) -> RuleSet:
        return self.plan.rules_on(self.joined_on, day)

    def missing(self, tier: str, period: Period) -> tuple[Mapping[str, int], ...]:
        any_of = self.plan.rule_set_of(period.start).thresholds.get(tier, ())
        return tuple(missing(each, self.tallies, period) for each in any_of)

    def known(self, standing: TierStanding, today: date) -> TierStanding:
        """Return the standing in the plan's terms: its tiers may be others than they were."""
        rank = self.plan.rank(standing.tier)
        if not rank:
            return replace(standing, tier=self.plan.tiers[0], held_through=None)
        return replace(standing, held_through=standing.held_through or self.period(today).last)

    def lost_on(self, standing: TierStanding) -> date | None:
        """Return the day after the grace, when the tier is lost if nothing is done."""
        held = standing.held_through
        return held and held + timedelta(days=self.rules(held).grace_days) + DAY

    def warned_on(self, standing: TierStanding) -> date | None:
        """Return the day of the warning; None if there is none, or none any more."""
        held = standing.held_through
        if held is None or held == standing.warned_for or not self.rules(held).warn_days:
            return None
        return held - timedelta(days=self.rules(held).warn_days)

    def review_on(self, standing: TierStanding, today: date) -> date | None:
        """Return the next day on which something may change; a later period may have begun well."""
        following = self.period(self.period(today).last + DAY)
        days = [self.warned_on(standing), self.lost_on(standing)]
        if self.plan.reached(self.tallies, following):
            days.append(following.start)
        return min((day for day in days if day), default=None)

    def claims(self, standing: TierStanding, day: date) -> list[_Claim]:
        """Return every right to a tier that counts on this day, whatever it was judged before."""
        running = self.period(day)
        before = self.period(running.start - DAY)
        given = [each for each in (standing.floor, standing.told) if each]
        return [
            _Claim(self.plan.reached(self.tallies, running), self.end_of_next(day)),
            _Claim(self.plan.reached(self.tallies, before), running.last),
            *(
                _Claim(self.plan.rank(each.tier), each.through)
                for each in given
                if day <= each.through
            ),
        ]

    def judged(self, standing: TierStanding, day: date) -> tuple[TierStanding, list[News]]:
        """Raise, keep or lower the tier on this day, one step down at most.

        Without a claim a tier is held through the end of the running period and no longer: what a
        return takes back does not hold a tier for another year.
        """
        claims, rank = self.claims(standing, day), self.plan.rank(standing.tier)
        best = max(claim.rank for claim in claims)
        if best > rank:
            return self._moved(standing, best, claims), [
                self._news(NewsKind.TIER_REACHED, day, best)
            ]
        end = self.period(day).last
        if standing.held_through:
            own = _Claim(rank, min(standing.held_through, end))
            standing = self._moved(standing, rank, [*claims, own])
        over = self.lost_on(standing)
        if over is None or day < over:
            return standing, []
        lower = self._moved(standing, rank - 1, [*claims, _Claim(rank - 1, end)])
        return lower, [self._news(NewsKind.TIER_LOST, day, rank)]

    def warned(self, standing: TierStanding, day: date) -> tuple[TierStanding, list[News]]:
        """Warn once for each day through which a tier is held, be it in the grace."""
        due = self.warned_on(standing)
        if due is None or day < due:
            return standing, []
        warning = self._news(NewsKind.TIER_AT_RISK, day, self.plan.rank(standing.tier))
        return replace(standing, warned_for=standing.held_through), [warning]

    def _moved(self, standing: TierStanding, rank: int, claims: list[_Claim]) -> TierStanding:
        """Return the standing with that tier, held as long as a claim to it or a higher one."""
        through = max(claim.through for claim in claims if claim.rank >= rank)
        tier = self.plan.tiers[rank]
        return replace(standing, tier=tier, held_through=through if rank else None)

    def _news(self, kind: NewsKind, day: date, rank: int) -> News:
        return News(kind=kind, on=day, detail=self.plan.tiers[rank])
