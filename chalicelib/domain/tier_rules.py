"""What a programme says of its tiers: how much in which year reaches which of them.

Data, and questions that the data alone answers. Who has which tier is judged in tier_judge.py. All
days are those of the programme's time zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeAlias

from chalicelib.domain.ledger_expiry import plus_months

DAY = timedelta(days=1)

Threshold: TypeAlias = Mapping[str, int]
"""So much of each measure, all of them in one period. A measure is a unit, or what is counted."""


class PeriodKind(StrEnum):
    """Which year a member has to reach a tier in."""

    CALENDAR_YEAR = "calendar_year"
    MEMBERSHIP_YEAR = "membership_year"
    """From the day of joining to the day before it in the next year."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A year of one member, both days included."""

    start: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rules of the periods that start on ``since`` or later, until the next set's.

    ``thresholds`` has by tier what reaches it, any of them; a tier without is only ever given.
    ``grace_days`` is how long a tier is kept after it is over, ``warn_days`` how long before that
    the member is told, 0 for never.
    """

    since: date
    period: PeriodKind
    thresholds: Mapping[str, tuple[Threshold, ...]]
    grace_days: int = 0
    warn_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TierPlan:
    """``tiers`` from the lowest, which is everybody's; ``rule_sets``, one or more, by ``since``.

    All rule sets have one kind of period: a member's years follow each other without a gap.
    """

    tiers: tuple[str, ...]
    rule_sets: tuple[RuleSet, ...]

    def rank(self, tier: str) -> int:
        """Return the tier's place from the lowest, 0; what is no tier (any more) is the lowest."""
        return self.tiers.index(tier) if tier in self.tiers else 0

    def rule_set_of(self, start: date) -> RuleSet:
        """Return the rules of the period that starts then.

        What started before there were any rules is judged by the first ones: else a member would
        have to wait for a new period to reach anything.
        """
        valid = [rules for rules in self.rule_sets if rules.since <= start]
        return valid[-1] if valid else self.rule_sets[0]

    def period_on(self, joined_on: date, day: date) -> Period:
        """Return the member's period that the day is in."""
        return period_of(self.rule_sets[0], joined_on, day)

    def rules_on(self, joined_on: date, day: date) -> RuleSet:
        """Return the rules of the member's period that the day is in."""
        return self.rule_set_of(self.period_on(joined_on, day).start)

    @property
    def measures(self) -> frozenset[str]:
        """All that any of the rules goes by; nothing else has to be counted."""
        thresholds = [
            each
            for rules in self.rule_sets
            for any_of in rules.thresholds.values()
            for each in any_of
        ]
        return frozenset(measure for each in thresholds for measure in each)

    def tallied(self, joined_on: date, day: date, amounts: Mapping[str, int]) -> dict[str, int]:
        """Return what amounts of that day add to the tallies of the member's period."""
        period = self.period_on(joined_on, day)
        measured = sorted(self.measures & amounts.keys())
        return {tally_of(measure, period): amounts[measure] for measure in measured}

    def reached(self, tallies: Mapping[str, int], period: Period) -> int:
        """Return the rank of the highest tier that was reached in the period."""
        reached = [0]
        for tier, any_of in self.rule_set_of(period.start).thresholds.items():
            if any(not missing(each, tallies, period) for each in any_of):
                reached.append(self.rank(tier))
        return max(reached)


def period_of(rules: RuleSet, joined_on: date, day: date) -> Period:
    """Return the period that the day is in.

    Whoever joined on 29 February has a year begin on the 28th where there is no 29th.
    """
    if rules.period is PeriodKind.CALENDAR_YEAR:
        return Period(date(day.year, 1, 1), date(day.year, 12, 31))
    years = day.year - joined_on.year
    if plus_months(joined_on, 12 * years) > day:
        years -= 1
    return Period(
        plus_months(joined_on, 12 * years), plus_months(joined_on, 12 * (years + 1)) - DAY
    )


def tally_of(measure: str, period: Period) -> str:
    """Return the key under which a wallet counts the measure in the period.

    >>> tally_of("qualifying", Period(date(2027, 1, 1), date(2027, 12, 31)))
    'qualifying@2027-01-01'
    """
    return f"{measure}@{period.start.isoformat()}"


def missing(threshold: Threshold, tallies: Mapping[str, int], period: Period) -> dict[str, int]:
    """Return how much of each measure is still to be had in the period; nothing once it is met."""
    have = {name: _counted(name, tallies, period) for name in threshold}
    return {name: need - have[name] for name, need in threshold.items() if have[name] < need}


def _counted(measure: str, tallies: Mapping[str, int], period: Period) -> int:
    """Return how much was counted in the period, and in years of others that began in it.

    A member who was merged into this one may have joined on another day.
    """
    first, last = tally_of(measure, period), f"{measure}@{period.last.isoformat()}"
    return sum(amount for key, amount in tallies.items() if first <= key <= last)
