"""What programme.yaml says of reaching tiers: rule sets, each for the years from a day on.

Without any a programme judges no tiers: members have what partners tell. What takes more than one
field is checked in ``tier_declarations``.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.domain.tier_rules import PeriodKind, RuleSet, TierPlan
from chalicelib.programme.field_types import Day, Days, Name, Notation
from chalicelib.programme.section import Section

LARGEST = 1_000_000_000

Threshold = Annotated[
    dict[Name, Annotated[int, Field(ge=1, le=LARGEST)]], Field(min_length=1, max_length=5)
]
Thresholds = Annotated[
    list[Threshold],
    Field(min_length=1, max_length=10),
    Notation("list of measures with amounts", "", ""),
]


class TierRulesSection(Section):
    """What it takes to reach the tiers, and how they are lost, in the years from `since` on.

    A tier is reached at once and held through the end of the next year. It is lost one step at a
    time; the lower tier is held through the end of the year that is then.
    """

    since: Day = Field(
        description="The day from which the rules are valid: for every year that starts on it or "
        "later, until the next rules. The first rules hold for years before them as well.",
        examples=["2027-01-01"],
    )
    period: Literal["calendar year", "membership year"] = Field(
        description="The year that counts: from 1 January, or from the day of joining. It is the "
        "same in all rules.",
        examples=["calendar year"],
    )
    grace: Days | None = Field(
        default=None,
        description="How long a tier is kept when its time is over.",
        examples=["60 days"],
    )
    warn: Days | None = Field(
        default=None,
        description="How long before that `tier.at_risk` happens to a member who has not done "
        "enough to stay; without it, never.",
        examples=["60 days"],
    )
    reach: dict[Name, Thresholds] = Field(
        min_length=1,
        max_length=20,
        description="What reaches each tier, by name: any entry of the list does, and takes all "
        "measures in it, each at least so much in one year. A tier that is not here is only given.",
        examples=["{silver: [{qualifying: 25000}, {segments: 20}]}"],
    )

    def rules(self) -> RuleSet:
        """Say the same in the engine's terms."""
        return RuleSet(
            since=self.since,
            period=PeriodKind(self.period.replace(" ", "_")),
            thresholds={tier: tuple(any_of) for tier, any_of in self.reach.items()},
            grace_days=self.grace or 0,
            warn_days=self.warn or 0,
        )


def build_tiers(tiers: Iterable[str], rules: Iterable[TierRulesSection]) -> TierPlan | None:
    """Return the plan by which tiers are judged; None where there are no rules."""
    rule_sets = sorted((each.rules() for each in rules), key=lambda each: each.since)
    return TierPlan(tiers=tuple(tiers), rule_sets=tuple(rule_sets)) if rule_sets else None
