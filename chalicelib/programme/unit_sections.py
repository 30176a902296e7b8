"""What programme.yaml says of a unit: its meaning, when it lapses, and how far below 0 one may be.

A meaning stands for a whole section where the unit never lapses.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from chalicelib.domain.ledger_expiry import Expiry, ExpiryKind, UnitRules
from chalicelib.programme.field_types import Day, Duration, Name, Notation, Text, read_by
from chalicelib.programme.notations import NotationError, shown
from chalicelib.programme.section import Section

LONGEST_MONTHS = 120
_MONTHS = re.compile(r"(?P<number>[1-9][0-9]{0,2}) *(?P<unit>months?|years?)")


def parse_months(text: object) -> int:
    """Read "24 months" or "2 years" as a number of months."""
    match = _MONTHS.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise NotationError(f"{shown(text)} is no span of months", "Write '24 months' or '2 years'")
    months = int(match["number"]) * (12 if match["unit"].startswith("year") else 1)
    if months > LONGEST_MONTHS:
        raise NotationError(f"{shown(text)} is too long", f"Stay within {LONGEST_MONTHS} months")
    return months


Months = Annotated[
    int,
    read_by(parse_months),
    Notation("months", "a whole number and months or years; 10 years at most", "24 months"),
]


class ExpirySection(Section):
    """When a unit lapses: on a day, some time after it was earned, or when a member is not active.

    The last day is the last on which it can be spent, where the programme is (`time_zone`).
    """

    on: Day | None = Field(
        default=None, description="The last day of all of it.", examples=["2027-12-31"]
    )
    after: Months | None = Field(
        default=None,
        description="How long after the day on which it was earned.",
        examples=["24 months"],
    )
    end_of: Literal["month", "year"] | None = Field(
        default=None,
        description="At the end of the month or year in which `after` is over; without `after`, "
        "of the one in which it was earned.",
        examples=["year"],
    )
    inactive: Months | None = Field(
        default=None,
        description="How long after the member was last active; then everything lapses, else "
        "nothing.",
        examples=["24 months"],
    )
    kept_by: list[Name] = Field(
        default=[],
        max_length=20,
        description="Kinds of lines of a transaction that count as activity; without it, every "
        "transaction does.",
        examples=["[flight]"],
    )
    warn: Duration = Field(
        default=timedelta(0),
        description="How long before the last day `miles.expiring` happens to the member, in "
        "whole days; nothing for never.",
        examples=["60 days"],
    )

    @model_validator(mode="after")
    def _one_way(self) -> "ExpirySection":
        spans = (self.after is not None or self.end_of is not None, self.inactive is not None)
        if sum((self.on is not None, *spans)) != 1:
            raise ValueError("say one of `on`, `after` (with `end_of`, or that alone), `inactive`")
        if self.kept_by and self.inactive is None:
            raise ValueError("`kept_by` goes with `inactive` only")
        return self

    def expiry(self) -> Expiry:
        """Say the same in the engine's terms."""
        return Expiry(
            kind=self._kind(),
            months=self.inactive or self.after or 0,
            day=self.on,
            kept_by=tuple(self.kept_by),
            warn_days=self.warn.days,
        )

    def _kind(self) -> ExpiryKind:
        if self.on:
            return ExpiryKind.FIXED_DAY
        if self.inactive:
            return ExpiryKind.INACTIVITY
        ends = {"month": ExpiryKind.MONTH_END, "year": ExpiryKind.YEAR_END}
        return ends[self.end_of] if self.end_of else ExpiryKind.ROLLING


class UnitSection(Section):
    """What members collect; a unit that never lapses can be written as its meaning alone."""

    title: Text = Field(description="What it is, for people.", examples=["Miles to spend"])
    expires: ExpirySection | None = Field(
        default=None,
        description="When it lapses; never without this.",
        examples=["{after: 24 months}"],
    )
    floor: int = Field(
        default=0,
        ge=-1_000_000_000,
        le=0,
        description="How far below 0 a member may be.",
        examples=["-5000"],
    )

    def rules(self) -> UnitRules:
        """Say the same in the engine's terms."""
        return UnitRules(
            expiry=self.expires.expiry() if self.expires else Expiry(), floor=self.floor
        )


def _unit_section(raw: object) -> object:
    return raw if isinstance(raw, Mapping) else {"title": raw}


UnitEntry = Annotated[UnitSection, read_by(_unit_section), Notation("text or section", "", "")]
