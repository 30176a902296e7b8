"""The closed vocabulary of what partners tell us about members.

A partner event is a fact in the past participle. Its key is the partner's own id, so that
the same fact told twice has one effect. What an event does to a member is in member.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from chalicelib.domain.identity import Alias, AliasType, alias_of
from chalicelib.domain.transaction import Return, Transaction


class EventType(StrEnum):
    """What a partner may tell."""

    MEMBER_JOINED = "member.joined"
    MEMBER_UPDATED = "member.updated"
    MEMBER_LEFT = "member.left"
    ACCOUNT_REGISTERED = "account.registered"
    PROFILE_COMPLETED = "profile.completed"
    CARD_ISSUED = "card.issued"
    APP_INSTALLED = "app.installed"
    MAIL_CONSENTED = "mail.consented"
    MAIL_DECLINED = "mail.declined"
    TRANSACTION_POSTED = "transaction.posted"
    TRANSACTION_RETURNED = "transaction.returned"
    MEMBER_MERGED = "member.merged"
    MEMBER_UNMERGED = "member.unmerged"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerEvent:
    """One fact about one member, as a partner told it.

    ``aliases`` name the member; ``facts`` are the member attributes that the event sets,
    by the attribute's own name, and further names; ``verified`` are the types of the names that
    the partner is sure of; ``absorbed`` names the other member where two are merged or parted;
    ``left_at`` lets a transfer of old members bring those who left long ago without a moment in
    which they could be mailed; ``transaction`` and ``returned`` are what events of those two types
    tell; ``body_hash`` tells a repetition from a conflict; ``webhook_id`` is the delivery that
    brought it, for tracing.
    """

    partner: str
    event_id: str
    type: EventType
    occurred_at: datetime
    aliases: tuple[Alias, ...]
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    balances: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    verified: tuple[AliasType, ...] = ()
    absorbed: tuple[Alias, ...] = ()
    left_at: datetime | None = None
    transaction: Transaction | None = None
    returned: Return | None = None
    body_hash: str = ""
    webhook_id: str = ""

    def names(self) -> tuple[Alias, ...]:
        """Return every name in the event: those that a member is found by, and those it gives."""
        told = (
            alias_of(type_, str(value))
            for type_ in AliasType
            if (value := self.facts.get(type_.value))
        )
        return (*self.aliases, *self.absorbed, *told)


class EventOutcome(StrEnum):
    """What became of an event that was answered with 2xx."""

    APPLIED = "applied"
    REPEATED = "repeated"
    STALE = "stale"
    ERASED = "erased"
    REFUSED = "refused"
    PARKED_UNKNOWN_MEMBER = "parked_unknown_member"
    PARKED_CONFLICT = "parked_conflict"
    PARKED_UNKNOWN_TRANSACTION = "parked_unknown_transaction"
    PARKED_REFUSED = "parked_refused"
