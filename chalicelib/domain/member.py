"""A member, and what each partner event makes of one.

The profile is the only place of personal data. A fact that is older than what is known
never overwrites it: partners deliver late and out of order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from chalicelib.domain.events import EventType, PartnerEvent

ATTRIBUTES = (
    "channel",
    "locale",
    "first_name",
    "last_name",
    "name_on_card",
    "card",
    "email",
    "phone",
    "home_airport",
    "time_zone",
    "tier",
)
"""What a partner may set, and what a condition or a mail may name ("" when unknown)."""


class ConsentStatus(StrEnum):
    """What the member said about getting mails."""

    UNSAID = "unsaid"
    GIVEN = "given"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Consent:
    """The member's last word on mails, and when it was said."""

    status: ConsentStatus
    at: datetime

    def revised(self, status: ConsentStatus, at: datetime) -> "Consent":
        """Return the later word; of two at one time the one that mails less.

        A word outdoes silence whenever it was said: it may be older than the membership.
        """
        return max(self, Consent(status, at), key=Consent._weight)

    def _weight(self) -> tuple[bool, datetime, bool]:
        said = self.status is not ConsentStatus.UNSAID
        return said, self.at, self.status is ConsentStatus.DECLINED


class SuppressionCause(StrEnum):
    """What makes an address unusable."""

    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Suppression:
    """No mail may go to this member any more."""

    cause: SuppressionCause
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One customer under one opaque id.

    ``attributes`` holds the keys of ``ATTRIBUTES`` that are known; ``goals`` when each was
    first reached; ``set_at`` the partner's time of the event that set each attribute or
    balance; ``version`` counts the stored writes (0: not stored yet).
    """

    member_id: str
    joined_at: datetime
    consent: Consent
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    balances: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    goals: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    set_at: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    suppression: Suppression | None = None
    left_at: datetime | None = None
    version: int = 0

    def attribute(self, name: str) -> str:
        """Return the attribute's value, "" when it is not known."""
        return self.attributes.get(name, "")

    def unsubscribed(self, now: datetime) -> "Member":
        """Decline by the member's own hand, which outdoes whatever was said before.

        A partner's clock may run ahead: a consent from the future must not survive.
        """
        at = max(now, self.consent.at)
        return replace(self, consent=self.consent.revised(ConsentStatus.DECLINED, at))

    def suppressed(self, cause: SuppressionCause, at: datetime) -> "Member":
        """Suppress; a complaint outweighs a bounce, and the first time of each is kept."""
        known = self.suppression
        if known and (known.cause is cause or known.cause is SuppressionCause.COMPLAINT):
            return self
        return replace(self, suppression=Suppression(cause, at))

    def reached(self, goals: Mapping[str, datetime]) -> "Member":
        """Add goals; the first time counts."""
        return replace(self, goals=earliest(self.goals, goals))


def earliest(known: Mapping[str, datetime], told: Mapping[str, datetime]) -> dict[str, datetime]:
    """Return all that was reached, each at its earliest time: news may come out of order."""
    return {**known, **{name: min(at, known.get(name, at)) for name, at in told.items()}}


def new_member(member_id: str, event: PartnerEvent) -> Member:
    """Return the member whom ``member.joined`` introduces, before its facts are applied."""
    return Member(
        member_id=member_id,
        joined_at=event.occurred_at,
        consent=Consent(ConsentStatus.UNSAID, event.occurred_at),
    )


def apply_event(member: Member, event: PartnerEvent) -> Member:
    """Return the member after the event; the same member when it says nothing new."""
    return _with_facts(_with_standing(member, event), event)


def is_stale(member: Member, event: PartnerEvent) -> bool:
    """Tell whether all that the event sets is known in a newer state already."""
    told = [*event.facts, *map(_balance, event.balances)]
    return bool(told) and not any(_is_news(member, event, name) for name in told)


def _balance(unit: str) -> str:
    """Return the unit's name in ``set_at``, where it must not meet an attribute's."""
    return f"balances.{unit}"


def _is_news(member: Member, event: PartnerEvent, name: str) -> bool:
    return name not in member.set_at or event.occurred_at >= member.set_at[name]


def _with_standing(member: Member, event: PartnerEvent) -> Member:
    at = event.occurred_at
    match event.type:
        case EventType.MAIL_CONSENTED:
            return replace(member, consent=member.consent.revised(ConsentStatus.GIVEN, at))
        case EventType.MAIL_DECLINED:
            return replace(member, consent=member.consent.revised(ConsentStatus.DECLINED, at))
        case EventType.MEMBER_LEFT:
            return _left(member, at)
        case EventType.MEMBER_JOINED if event.left_at:
            return _left(member, event.left_at)
        case EventType.MEMBER_JOINED if member.left_at and at > member.left_at:
            return replace(member, left_at=None)
        case _:
            return member


def _left(member: Member, at: datetime) -> Member:
    """Keep the last time: a return before it that is told late does not undo it."""
    return replace(member, left_at=max(at, member.left_at or at))


def _with_facts(member: Member, event: PartnerEvent) -> Member:
    """Set what is news, each fact for itself: a late event may still bring one."""
    facts = {k: str(v) for k, v in event.facts.items() if _is_news(member, event, k)}
    balances = {k: v for k, v in event.balances.items() if _is_news(member, event, _balance(k))}
    return replace(
        member,
        attributes={**member.attributes, **facts},
        balances={**member.balances, **balances},
        suppression=_suppression_after(member, facts),
        set_at={
            **member.set_at,
            **dict.fromkeys([*facts, *map(_balance, balances)], event.occurred_at),
        },
    )


def _suppression_after(member: Member, facts: Mapping[str, str]) -> Suppression | None:
    """A bounce speaks of an address and ends with it; a complaint speaks for the person."""
    known, address = member.suppression, member.attribute("email")
    moved = facts.get("email", address).lower() != address.lower()
    if known and known.cause is SuppressionCause.HARD_BOUNCE and moved:
        return None
    return known
