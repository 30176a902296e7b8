"""The closed vocabulary of what is heard about a mail after it was sent.

Opens and clicks are inflated by proxies and scanners: they are reported raw and filtered,
and decide nothing. Any feedback proves that the mail was accepted.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FeedbackKind(StrEnum):
    """What happened to a mail."""

    SENT = "sent"
    """The mail service took it over."""
    DELIVERED = "delivered"
    """The receiving server took it over."""
    DELAYED = "delayed"
    """It can't be delivered yet; the service goes on trying."""
    OPENED = "opened"
    """Its pixel was fetched, by the member or by a machine."""
    OPENED_BY_PERSON = "opened_by_person"
    """Its pixel was fetched, and nothing speaks for a machine."""
    CLICKED = "clicked"
    """A link was followed, by the member or by a machine."""
    CLICKED_BY_PERSON = "clicked_by_person"
    """A link was followed, and nothing speaks for a machine."""
    SOFT_BOUNCED = "soft_bounced"
    """It was returned; the address may work another time."""
    HARD_BOUNCED = "hard_bounced"
    """It was returned; the address does not work."""
    COMPLAINED = "complained"
    """The member called it spam."""
    REJECTED = "rejected"
    """The mail service accepted it and then would not send it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepKey:
    """One step of one member's entry into a journey: the key that a mail carries in its tags."""

    member_id: str
    journey: str
    entry: int
    step: str


def feedback_step(journey: str, step: str) -> str:
    """Name a step for Gmail's feedback loop, which adds up what has one name in any field.

    A step is often called what its journey is called, and what other journeys' steps are; no name
    has a hyphen, so this is the step's alone.
    """
    return f"{journey}-{step}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One thing heard about the mail of one attempt at a step."""

    kind: FeedbackKind
    key: StepKey
    attempt: str
    at: datetime
    message_id: str = ""
