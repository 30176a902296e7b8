"""What programme.yaml says of benefits: one section each, with who gets it and what it is worth.

What takes more than one field is checked in ``benefit_declarations``.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.domain.benefits import (
    ENDLESS,
    Benefit,
    BenefitKind,
    Catalogue,
    Validity,
    ValidityKind,
)
from chalicelib.programme.earning_notations import FarDayError, parse_day
from chalicelib.programme.field_types import (
    Condition,
    Day,
    Name,
    Notation,
    Switch,
    Text,
    read_by,
)
from chalicelib.programme.notations import NotationError, parse_days, shown
from chalicelib.programme.section import Section
from chalicelib.programme.unit_sections import parse_months

_TIER_YEAR = "tier year"


def parse_validity(text: object) -> Validity:
    """Read "90 days", "6 months", "tier year" and "2027-12-31"."""
    if text == _TIER_YEAR:
        return Validity(kind=ValidityKind.TIER_YEAR)
    try:
        return Validity(kind=ValidityKind.DAYS, count=parse_days(text))
    except NotationError:
        pass
    try:
        return Validity(kind=ValidityKind.MONTHS, count=parse_months(text))
    except NotationError:
        pass
    try:
        return Validity(kind=ValidityKind.FIXED_DAY, day=parse_day(text))
    except FarDayError:
        raise
    except NotationError:
        cure = "Write it like '90 days', '6 months', 'tier year' or 2027-12-31"
        raise NotationError(f"{shown(text)} is no validity", cure) from None


Valid = Annotated[
    Validity,
    read_by(parse_validity),
    Notation("validity", "days, months, `tier year` or a day", "90 days"),
]


class BenefitSection(Section):
    """Something that members get besides units: for a tier, for a goal, or on a day.

    All has to hold that is said of `tier`, `goal`, `on` and `when`, and one of the first three is
    said. Each promise is kept once. A benefit that somebody has is not edited: give it an `until`,
    and write another.
    """

    title: Text = Field(description="What it is, for people.", examples=["Lounge access"])
    kind: Literal["material", "immaterial"] = Field(
        description="Whether it is a thing or a service, or a right.", examples=["immaterial"]
    )
    tier: Name | None = Field(
        default=None,
        description="The lowest tier that has it; those above have it as well.",
        examples=["gold"],
    )
    goal: Name | None = Field(
        default=None,
        description="The goal for which it is given, once.",
        examples=["app_installed"],
    )
    on: Day | None = Field(
        default=None,
        description="The day on which all get it who have joined by then.",
        examples=["2027-03-17"],
    )
    when: Condition | None = Field(
        default=None, description="Which members.", examples=["channel == 'online'"]
    )
    valid: Valid | None = Field(
        default=None,
        description="How long it can be used: so many days, weeks, months or years from when it is "
        "given (or from `on`), through the end of the `tier year`, or through a day; without it, "
        "for ever. What only a tier brings comes anew in each tier year, unless it is valid "
        "for ever or through a day.",
        examples=["90 days"],
    )
    uses: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="How often it can be used; without it, always.",
        examples=[2],
    )
    stock: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000_000,
        description="How often it is given to all members together; without it, to everybody. It "
        "can be raised.",
        examples=[1000],
    )
    revoked_with_tier: Switch = Field(
        default=False,
        description="Whether it is lost with the tier; who reaches the tier again gets it anew.",
        examples=["true"],
    )
    announced: Switch = Field(
        default=True,
        description="Whether `benefit.granted` happens to the member.",
        examples=["false"],
    )
    since: Day | None = Field(
        default=None,
        description="The first day: of reaching the goal, or else of giving it.",
        examples=["2027-03-01"],
    )
    until: Day | None = Field(
        default=None,
        description="The last day, in the same way.",
        examples=["2027-04-30"],
    )

    def benefit(self, name: str) -> Benefit:
        """Say the same in the engine's terms."""
        return Benefit(
            name=name,
            title=self.title,
            kind=BenefitKind(self.kind),
            tier=self.tier,
            goal=self.goal,
            on=self.on,
            when=self.when,
            validity=self.valid or ENDLESS,
            uses=self.uses,
            stock=self.stock,
            revoked_with_tier=self.revoked_with_tier,
            announced=self.announced,
            since=self.since,
            until=self.until,
        )


def build_benefits(tiers: Iterable[str], sections: Mapping[str, BenefitSection]) -> Catalogue:
    """Make the catalogue of sections that have been checked."""
    return Catalogue(
        tiers=tuple(tiers),
        benefits={name: each.benefit(name) for name, each in sections.items()},
    )
