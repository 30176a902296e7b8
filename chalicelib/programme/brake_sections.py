"""What programme.yaml says of holding mails back: quiet hours, caps, and a journey's breaker."""

from pydantic import Field

from chalicelib.domain.breaker import DEFAULT_BREAKER
from chalicelib.programme.field_types import Clock, Duration, Share
from chalicelib.programme.section import Section


class QuietHoursSection(Section):
    """When no mail goes out, by the clock where the member lives; it may span midnight."""

    start: Clock = Field(alias="from", description="The first quiet minute.", examples=["21:00"])
    until: Clock = Field(description="The first minute with mails again.", examples=["09:00"])


class FrequencySection(Section):
    """A cap on the mails to one member, over all journeys. Every cap in the list holds."""

    mails: int = Field(
        ge=1, le=100, description="The most mails in any span of that length.", examples=[2]
    )
    per: Duration = Field(description="The length of the span.", examples=["7d"])


class BreakerSection(Section):
    """When a journey pauses itself: at either share, of so many mails or more.

    Looked at are the newest days, in UTC, that hold enough mails together. `milepost resume` lets
    the journey go on, and counting begins afresh.
    """

    complaints: Share = Field(
        default=DEFAULT_BREAKER.complaints,
        gt=0,
        description="The share of mails that are called spam.",
        examples=["0.05%"],
    )
    bounces: Share = Field(
        default=DEFAULT_BREAKER.bounces,
        gt=0,
        description="The share of mails whose address does not work.",
        examples=["2%"],
    )
    mails: int = Field(
        default=DEFAULT_BREAKER.mails,
        ge=1,
        le=1_000_000,
        description="How many mails a share must be of: few say little.",
        examples=[5000],
    )
