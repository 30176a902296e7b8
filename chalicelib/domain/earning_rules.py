"""What transactions bring, as a programme declares it: rules, exclusions and caps. Data alone.

Amounts are whole numbers of a unit, money is in its smallest unit, percentages are whole
hundredths of a per cent: nothing here is ever a float. How rules are judged is in earning.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from chalicelib.domain.condition import Condition
from chalicelib.domain.transaction import Line, Transaction

WHOLE = 10_000
"""100%, in hundredths of a per cent."""
NO_PERCENTAGES: Mapping[str, int] = MappingProxyType({})


class Rounding(StrEnum):
    """What becomes of a part of a unit."""

    DOWN = "down"
    """It is dropped."""
    HALF_UP = "half_up"
    """From a half on it is a whole one."""

    def quotient(self, dividend: int, divisor: int) -> int:
        """Divide what is not negative."""
        if self is Rounding.DOWN:
            return dividend // divisor
        return (2 * dividend + divisor) // (2 * divisor)


class CapPeriod(StrEnum):
    """How long a cap counts before it begins anew; days are those of the transactions."""

    TRANSACTION = "transaction"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    LIFETIME = "lifetime"

    def holding(self, on: date) -> str:
        """Return the period that has the day, as tallies name it; "" for one transaction."""
        match self:
            case CapPeriod.TRANSACTION:
                return ""
            case CapPeriod.LIFETIME:
                return "ever"
            case _:
                return on.isoformat()[: _KEPT_CHARS[self]]


_KEPT_CHARS = {CapPeriod.DAY: 10, CapPeriod.MONTH: 7, CapPeriod.YEAR: 4}


@dataclass(frozen=True, slots=True)
class Cap:
    """The most that a rule gives one member in a period."""

    most: int
    per: CapPeriod

    def key(self, rule: str, on: date) -> str:
        """Return the name of the tally that the cap counts in; "" if it needs none."""
        period = self.per.holding(on)
        return f"cap.{rule}@{period}" if period else ""

    def __str__(self) -> str:
        if self.per is CapPeriod.LIFETIME:
            return f"{self.most} in all"
        return f"{self.most} a {self.per}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a rule is about; whatever is empty bars nothing.

    ``since`` and ``until`` are the first and the last day. ``when`` is asked about the member.
    """

    partners: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    when: Condition | None = None

    def covers(self, transaction: Transaction) -> bool:
        """Tell whether the rule is in force for the partner, on that day."""
        begun = self.since is None or self.since <= transaction.on
        over = self.until is not None and self.until < transaction.on
        return begun and not over and _among(transaction.partner, self.partners)

    def takes(self, line: Line) -> bool:
        return (
            line.quantity > 0
            and _among(line.kind, self.kinds)
            and _among(line.carrier, self.carriers)
            and _among(line.booking_class, self.classes)
        )


def _among(name: str, names: tuple[str, ...]) -> bool:
    return not names or name in names


@dataclass(frozen=True, slots=True, kw_only=True)
class PerMoney:
    """``each`` for every ``amount`` of the currency, and for parts of it in proportion."""

    each: int
    amount: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PerMile:
    """A percentage of each flight's miles; ``least`` is the minimum of a flight that earns at all.

    ``by_class`` has the percentage of booking classes for which it is not ``rate``.
    """

    rate: int
    by_class: Mapping[str, int] = field(default_factory=lambda: NO_PERCENTAGES)
    least: int = 0

    def rate_of(self, line: Line) -> int:
        return self.by_class.get(line.booking_class, self.rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class PerPiece:
    """``each`` for every piece of a line: as often as its quantity."""

    each: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PerTransaction:
    """``each`` once, however many lines the rule is about."""

    each: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonus:
    """A percentage of what the rules ``of`` give, their tier bonuses left out."""

    rate: int
    of: tuple[str, ...]


Basis = PerMoney | PerMile | PerPiece | PerTransaction | Bonus
"""What a rule goes by to say how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningRule:
    """One reason to earn: so much of ``gives``, or so much added to the count of ``counts``.

    ``tiers`` is the tier bonus, by tier, as a percentage of what is given without it.
    """

    name: str
    basis: Basis
    gives: str = ""
    counts: str = ""
    scope: Scope = field(default_factory=Scope)
    tiers: Mapping[str, int] = field(default_factory=lambda: NO_PERCENTAGES)
    caps: tuple[Cap, ...] = ()
    rounding: Rounding = Rounding.DOWN

    @property
    def unit(self) -> str:
        """What it is so much of: a unit of the programme, or what is counted."""
        return self.gives or self.counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Lines that earn nothing by the rules ``of``; by no rule at all when it names none."""

    name: str
    scope: Scope = field(default_factory=Scope)
    of: tuple[str, ...] = ()

    def bars(self, rule: str) -> bool:
        return _among(rule, self.of)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningRules:
    """All of a programme's rules, in the order in which they are written.

    A name is that of one rule or one exclusion; what is counted has no unit's name.
    """

    rules: tuple[EarningRule, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()

    @property
    def counted(self) -> frozenset[str]:
        """What the rules count, by its names."""
        return frozenset(rule.counts for rule in self.rules if rule.counts)


NO_EARNING = EarningRules()
