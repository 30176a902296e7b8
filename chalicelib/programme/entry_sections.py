"""What programme.yaml says of how a journey begins and ends."""

from pydantic import Field

from chalicelib.domain.events import EventType
from chalicelib.programme.field_types import Condition, HappeningName
from chalicelib.programme.section import Section


class EntersSection(Section):
    """Who enters a journey, and when."""

    on: HappeningName = Field(
        description="The event that lets a member enter, once, or the news that do so each time. "
        "Who could not be mailed when joining enters at the first address or consent that comes "
        "later.",
        examples=[EventType.MEMBER_JOINED.value],
    )
    when: Condition | None = Field(
        default=None, description="What must hold at that moment as well."
    )


class ExitsSection(Section):
    """What ends a journey when it happens."""

    on: list[HappeningName] = Field(
        min_length=1,
        max_length=10,
        description="The events and news that end it, each at once.",
        examples=["[tier.reached]"],
    )
    when: Condition | None = Field(
        default=None,
        description="What must hold at that moment as well.",
        examples=["tier == 'gold'"],
    )
