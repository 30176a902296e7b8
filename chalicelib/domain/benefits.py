"""What a programme gives besides units: benefits, each with who gets it, how long and how often.

Data, and questions that the data alone answers. Who is to be granted what is judged in
benefit_judge.py, what becomes of a grant in benefit_grants.py. All days are those of the
programme's time zone.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from chalicelib.domain.condition import Condition
from chalicelib.domain.ledger_expiry import plus_months
from chalicelib.domain.tier_rules import Period


class BenefitKind(StrEnum):
    """Whether somebody has to have it at hand."""

    MATERIAL = "material"
    """A thing or a service that costs something each time."""
    IMMATERIAL = "immaterial"
    """A right."""


class ValidityKind(StrEnum):
    """How the last day of what was granted is found."""

    ENDLESS = "endless"
    DAYS = "days"
    """So many days after it was granted."""
    MONTHS = "months"
    """So many months after it was granted."""
    TIER_YEAR = "tier_year"
    """The last day of the year in which tiers are reached, as it is when it was granted."""
    FIXED_DAY = "fixed_day"
    """The same day for everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """``count`` is of days or months, ``day`` the fixed one."""

    kind: ValidityKind = ValidityKind.ENDLESS
    count: int = 0
    day: date | None = None

    def last_day(self, start: date, period: Period) -> date | None:
        """Return the last day on which it can be used; None: there is none."""
        match self.kind:
            case ValidityKind.DAYS:
                return start + timedelta(days=self.count)
            case ValidityKind.MONTHS:
                return plus_months(start, self.count)
            case ValidityKind.TIER_YEAR:
                return period.last
            case ValidityKind.FIXED_DAY:
                return self.day
            case _:
                return None

    @property
    def is_relative(self) -> bool:
        """Whether what is granted later ends later."""
        return self.kind not in (ValidityKind.ENDLESS, ValidityKind.FIXED_DAY)


ENDLESS = Validity()


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """One benefit, for whom everything holds that is said of ``tier``, ``goal``, ``on``, ``when``.

    At least one of the first three is said: ``tier`` and those above it have it, or whoever reaches
    the ``goal``, or all who had joined by the day ``on``. ``since`` and ``until`` are the first and
    the last day on which the goal is reached, or else on which it is granted. ``uses`` and
    ``stock`` are how often a member, and how many members, may have it; None for no bound.
    """

    name: str
    title: str
    kind: BenefitKind = BenefitKind.IMMATERIAL
    tier: str | None = None
    goal: str | None = None
    on: date | None = None
    when: Condition | None = None
    validity: Validity = ENDLESS
    uses: int | None = None
    stock: int | None = None
    revoked_with_tier: bool = False
    announced: bool = True
    since: date | None = None
    until: date | None = None

    @property
    def by_tier(self) -> bool:
        """Whether having the tier is what it is given for."""
        return self.goal is None and self.on is None

    @property
    def renewed(self) -> bool:
        """Whether each tier year brings it anew."""
        return self.by_tier and self.validity.is_relative

    def is_given_on(self, day: date) -> bool:
        began = self.since is None or self.since <= day
        return began and (self.until is None or day <= self.until)

    def promise(self, period: Period) -> str:
        """Name what the member gets it for; the same promise is kept once."""
        return f"{self.name}@{self.on or self.goal or period.start.isoformat()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All benefits by name, and the ``tiers`` from the lowest, which is everybody's."""

    tiers: tuple[str, ...] = ()
    benefits: Mapping[str, Benefit] = field(default_factory=lambda: MappingProxyType({}))

    def brought_by(
        self, goals: Container[str], *, joined: bool = False, facts: bool = False
    ) -> bool:
        """Tell whether what has happened to a member may bring a benefit, or the day of one.

        That the member reached ``goals``, has ``joined``, or is known to be another: ``facts``.
        """
        return any(
            (facts and benefit.when is not None)
            or (benefit.goal in goals if benefit.goal else joined and self.entitles("", benefit))
            for benefit in self.benefits.values()
        )

    def entitles(self, tier: str, benefit: Benefit) -> bool:
        """Tell whether the tier is high enough; a tier that is gone is nobody's."""
        if benefit.tier is None:
            return True
        if benefit.tier not in self.tiers:
            return False
        rank = self.tiers.index(tier) if tier in self.tiers else 0
        return rank >= self.tiers.index(benefit.tier)


NO_BENEFITS = Catalogue()
