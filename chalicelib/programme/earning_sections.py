"""What programme.yaml says of earning: one section a rule, be it one that gives or one that bars.

A rule says how much by exactly one of ``per_mile``, ``each``, ``bonus`` and ``excludes``; which
fields go with which is checked in ``earning_declarations``.
"""

from typing import Literal

from pydantic import Field

from chalicelib.programme.field_types import (
    BookingClass,
    Carrier,
    Condition,
    Day,
    Name,
    Partner,
    Per,
    Percentage,
    Switch,
)
from chalicelib.programme.section import Section


class CapSection(Section):
    """The most that a rule gives one member in a period; what still fits is given."""

    most: int = Field(
        ge=1, le=1_000_000_000, description="The most, tier bonuses included.", examples=[5000]
    )
    per: Literal["transaction", "day", "month", "year", "lifetime"] = Field(
        description="The period; it is that of the transaction's day.", examples=["month"]
    )


class EarningSection(Section):
    """A rule of earning, judged by the day of the transaction.

    It says how much by one of `per_mile`, `each`, `bonus` and `excludes`, and what it is about by
    the others; all of them have to fit. A rule that has given something is not edited: give it an
    `until`, and write another.
    """

    gives: Name | None = Field(
        default=None,
        description="What is given: a declared unit.",
        examples=["redeemable"],
    )
    counts: Name | None = Field(
        default=None,
        description="What is counted, in place of `gives`: a name of your own that is no unit.",
        examples=["segments"],
    )
    per_mile: Percentage | None = Field(
        default=None,
        description="The percentage of each flight's miles.",
        examples=["100%"],
    )
    by_class: dict[BookingClass, Percentage] = Field(
        default={},
        max_length=60,
        description="The percentage of booking classes for which it is not `per_mile`; `0%`: they "
        "earn nothing.",
        examples=["{J: 150%, M: 50%}"],
    )
    least: int = Field(
        default=0,
        ge=0,
        le=100_000,
        description="The least for a flight, unless its class earns nothing.",
        examples=[500],
    )
    each: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="How much is given for each `per`.",
        examples=[1],
    )
    per: Per = Field(
        default="piece",
        description="What `each` is given for. Parts of a price earn in proportion, all lines of a "
        "transaction together.",
        examples=["100.00 EUR"],
    )
    bonus: Percentage | None = Field(
        default=None,
        description="The percentage of what the rules `of` give, their tier bonuses left out.",
        examples=["100%"],
    )
    excludes: Switch = Field(
        default=False,
        description="Whether its lines earn nothing: by the rules `of`, or by any without it.",
        examples=["true"],
    )
    of: list[Name] = Field(
        default=[],
        max_length=50,
        description="The rules that `bonus` or `excludes` is about.",
        examples=["[flight_miles]"],
    )
    partners: list[Partner] = Field(
        default=[], max_length=100, description="Only these partners.", examples=["[shop]"]
    )
    kinds: list[Name] = Field(
        default=[], max_length=100, description="Only lines of these kinds.", examples=["[flight]"]
    )
    carriers: list[Carrier] = Field(
        default=[], max_length=100, description="Only flights of these.", examples=["[SU, FV]"]
    )
    classes: list[BookingClass] = Field(
        default=[], max_length=60, description="Only these booking classes.", examples=["[J, C]"]
    )
    when: Condition | None = Field(
        default=None,
        description="Which members; `tier` is the one of the transaction's day.",
        examples=["tier in ['gold', 'platinum']"],
    )
    since: Day | None = Field(default=None, description="The first day.", examples=["2027-03-01"])
    until: Day | None = Field(default=None, description="The last day.", examples=["2027-04-30"])
    tiers: dict[Name, Percentage] = Field(
        default={},
        max_length=20,
        description="What each tier gets on top, as a percentage of what is given without it.",
        examples=["{silver: 25%, gold: 50%}"],
    )
    caps: list[CapSection] = Field(
        default=[],
        max_length=5,
        description="The most that it gives; every cap in the list holds.",
        examples=["[{most: 5000, per: month}]"],
    )
    rounding: Literal["down", "half_up"] = Field(
        default="down",
        description="What becomes of parts of a unit. `down`: they are dropped. `half_up`: a half "
        "and more is a whole one.",
        examples=["half_up"],
    )
