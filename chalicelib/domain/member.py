"""A member, and what each partner event makes of one.

The profile is the only place of personal data. A fact that is older than what is known
never overwrites it: partners deliver late and out of order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from chalicelib.domain.events import EventType, PartnerEvent
from chalicelib.domain.goal_times import again_reached, earliest
from chalicelib.domain.preferences import NO_PREFERENCES, Preferences

Mails = Mapping[tuple[str, str], tuple[datetime, ...]]
"""When mails went out, or may have, by journey and step."""
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
    """Mails to it come back. Ends with the address."""
    ERASED = "erased"
    """It leads to a member who was erased. Ends with the address."""
    COMPLAINT = "complaint"
    """The member called a mail spam. Speaks for the person: a new address changes nothing."""

    @property
    def ends_with_the_address(self) -> bool:
        return self is not SuppressionCause.COMPLAINT


@dataclass(frozen=True, slots=True)
class Suppression:
    """No mail may go to this member any more."""

    cause: SuppressionCause
    at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """A former value: ``name`` had it up to and including the stored version ``until``.

    A name is an attribute's, or ``goals.<name>``; the value "" is that it was not known, or not
    reached.
    """

    name: str
    value: str
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One customer under one opaque id.

    ``attributes`` holds the keys of ``ATTRIBUTES`` that are known; ``balances`` what the partner
    told last and ``granted`` the sum of all grants, so that neither overwrites the other; ``goals``
    when each was first reached; ``set_at`` the partner's time of the event that set each attribute
    or balance, and of the last return; ``address_owner`` the member to whom the e-mail address
    leads, when that is another ("" else); ``preferences`` what the member chose by hand;
    ``standing`` how the membership stood when it changed last, in numbers;
    ``past`` the former values of what mails can show, the oldest first; ``absorbed`` the mails of
    members merged into this one, by their ids; ``version`` counts the stored writes (0: none yet).
    """

    member_id: str
    joined_at: datetime
    consent: Consent
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    balances: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    granted: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    goals: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    set_at: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    suppression: Suppression | None = None
    left_at: datetime | None = None
    address_owner: str = ""
    preferences: Preferences = NO_PREFERENCES
    past: tuple[Past, ...] = ()
    standing: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    absorbed: Mapping[str, Mails] = field(default_factory=lambda: MappingProxyType({}))
    version: int = 0

    def attribute(self, name: str) -> str:
        """Return the attribute's value, "" when it is not known."""
        return self.attributes.get(name, "")

    def balance(self, unit: str) -> int:
        """Return what the member has: the balance told last, and every grant on top."""
        return self.balances.get(unit, 0) + self.granted.get(unit, 0)

    def mailed_elsewhere(self, *step: str) -> list[datetime]:
        """Return when members merged into this one got mails: all, or of a journey and step."""
        mails = (each for mails in self.absorbed.values() for each in mails.items())
        return [at for key, times in mails if key == step or not step for at in times]

    def units(self) -> list[str]:
        """Return the units that the member has a balance in, each once."""
        return list(dict.fromkeys([*self.balances, *self.granted]))

    def with_grant(self, unit: str, amount: int) -> "Member":
        return replace(self, granted={**self.granted, unit: self.granted.get(unit, 0) + amount})

    def unsubscribed(self, now: datetime) -> "Member":
        """Decline by the member's own hand, which outdoes whatever was said before.

        A partner's clock may run ahead: a consent from the future must not survive.
        """
        at = max(now, self.consent.at)
        return replace(self, consent=self.consent.revised(ConsentStatus.DECLINED, at))

    def subscribed(self, now: datetime) -> "Member":
        """Want mails again by the member's own hand, which outdoes whatever was said before.

        It is a new word also where mails are on: a partner may tell later of a refusal from before.
        A refusal of later counts again. What makes the address unusable is not undone by this.
        """
        at = max(now, self.consent.at + timedelta.resolution)
        return replace(self, consent=Consent(ConsentStatus.GIVEN, at))

    def suppressed(self, cause: SuppressionCause, at: datetime) -> "Member":
        """Suppress; the heavier cause is kept, and the first time of each."""
        known = self.suppression
        if known and _WEIGHTS.index(cause) <= _WEIGHTS.index(known.cause):
            return self
        return replace(self, suppression=Suppression(cause, at))

    def sharing_address(
        self, address: str, owner: str, erased_at: datetime | None = None
    ) -> "Member":
        """Keep to whom the address leads, if it still is the member's; not usable once erased."""
        if self.attribute("email").lower() != address.lower():
            return self
        member = replace(self, address_owner="" if owner == self.member_id else owner)
        return member.suppressed(SuppressionCause.ERASED, erased_at) if erased_at else member

    def reached(self, goals: Mapping[str, datetime]) -> "Member":
        """Add goals; the first time counts."""
        again = again_reached(self.goals, goals) if self.absorbed else {}
        set_at = {**again, **self.set_at} if again else self.set_at
        return replace(self, goals=earliest(self.goals, goals), set_at=set_at)


_WEIGHTS = list(SuppressionCause)
"""From the lightest to the heaviest, as they are declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What stays of a member who was erased, and of the ``absorbed`` ones: that they are nobody.

    ``into`` is whom an absorbed one was merged into: an erasure is repeated under any name.
    """

    member_id: str
    erased_at: datetime
    version: int
    absorbed: tuple[str, ...] = ()
    into: str = ""


def new_member(member_id: str, event: PartnerEvent) -> Member:
    """Return the member whom ``member.joined`` introduces, before its facts are applied."""
    return Member(
        member_id=member_id,
        joined_at=event.occurred_at,
        left_at=event.left_at,
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
        case EventType.MEMBER_JOINED if at > _standing_since(member):
            return replace(member, left_at=None, set_at={**member.set_at, _RETURN: at})
        case _:
            return member


_RETURN = "membership"
"""The last return's name in ``set_at``: no attribute has it."""


def _standing_since(member: Member) -> datetime:
    """Return the partner's time of the newest word on whether this is a member."""
    return member.left_at or member.set_at.get(_RETURN, member.joined_at)


def _left(member: Member, at: datetime) -> Member:
    """Leave unless a newer word is known; of two at one time the one that mails less."""
    return member if at < _standing_since(member) else replace(member, left_at=at)


def _with_facts(member: Member, event: PartnerEvent) -> Member:
    """Set what is news, each fact for itself: a late event may still bring one."""
    told = {k: str(v) for k, v in event.facts.items() if k in ATTRIBUTES}  # the rest are names
    facts = {k: v for k, v in told.items() if _is_news(member, event, k)}
    balances = {k: v for k, v in event.balances.items() if _is_news(member, event, _balance(k))}
    moved = _moves(member, facts)
    return replace(
        member,
        attributes={**member.attributes, **facts},
        balances={**member.balances, **balances},
        suppression=_suppression_after(member, moved=moved),
        address_owner="" if moved else member.address_owner,
        set_at={
            **member.set_at,
            **dict.fromkeys([*facts, *map(_balance, balances)], event.occurred_at),
        },
    )


def _moves(member: Member, facts: Mapping[str, str]) -> bool:
    address = member.attribute("email")
    return facts.get("email", address).lower() != address.lower()


def _suppression_after(member: Member, *, moved: bool) -> Suppression | None:
    """A bounce speaks of an address and ends with it; a complaint speaks for the person."""
    known = member.suppression
    return None if known and moved and known.cause.ends_with_the_address else known
