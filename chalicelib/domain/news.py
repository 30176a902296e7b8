"""What the engine itself tells of a member: news that come of postings, days and judgements.

News are stored with the change that made them and taken off once they are told, so that none is
lost and none is told twice. No partner may tell any of them.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class NewsKind(StrEnum):
    """What may have happened to a member that no partner tells."""

    TIER_REACHED = "tier.reached"
    """The member has come to a higher tier."""
    TIER_AT_RISK = "tier.at_risk"
    """The member will lose the tier unless more is done."""
    TIER_LOST = "tier.lost"
    """The member has gone one tier down."""
    MILES_EXPIRING = "miles.expiring"
    """Some of what the member has will lapse soon."""
    BENEFIT_GRANTED = "benefit.granted"
    """The member has got a benefit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One thing that happened, on a day of the programme's time zone.

    ``detail`` says to what: the tier, the unit or the benefit. Two news of one member that are
    equal are one.
    """

    kind: NewsKind
    on: date
    detail: str
