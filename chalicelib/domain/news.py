"""What the engine itself tells of a member: news that come of postings, days and judgements.

News are stored with the change that made them and taken off once they are told, so that none is
lost and none is told twice. No partner may tell any of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from chalicelib.domain.events import EventType


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

    @property
    def name(self) -> str:
        """Tell it from every other news of its kind that the member gets.

        >>> News(kind=NewsKind.TIER_REACHED, on=date(2027, 3, 1), detail="gold").name
        '2027-03-01 gold'
        """
        return f"{self.on.isoformat()} {self.detail}"


Happening: TypeAlias = EventType | NewsKind
"""What a journey may begin and end by: what partners tell, and what the engine tells itself."""


def happening(text: str) -> Happening:
    """Read what was written as a value of either kind.

    >>> happening("member.joined"), happening("tier.reached")
    (<EventType.MEMBER_JOINED: 'member.joined'>, <NewsKind.TIER_REACHED: 'tier.reached'>)
    """
    return NewsKind(text) if text in frozenset(NewsKind) else EventType(text)


NEWS_MEANINGS: Mapping[NewsKind, str] = MappingProxyType(
    {
        NewsKind.TIER_REACHED: "the member has come to a higher tier",
        NewsKind.TIER_AT_RISK: "the member will lose the tier unless more is done",
        NewsKind.TIER_LOST: "the member has gone one tier down",
        NewsKind.MILES_EXPIRING: "some of what the member has will lapse soon",
        NewsKind.BENEFIT_GRANTED: "the member has got a benefit",
    }
)
"""One line each for a person who writes a programme."""
