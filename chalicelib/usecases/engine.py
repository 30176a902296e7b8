"""The programme and everything around the rules, in one value: what every use case is given."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.domain.journey import Programme
from chalicelib.usecases.benefit_ports import Stock
from chalicelib.usecases.brake_ports import Brakes, MailCounts
from chalicelib.usecases.current_templates import CurrentTemplates
from chalicelib.usecases.member_ports import Members
from chalicelib.usecases.membership_ports import Memberships
from chalicelib.usecases.parking_ports import Parking
from chalicelib.usecases.ports import (
    Clock,
    Enrolments,
    EventLog,
    EventQueue,
    Ids,
    Mailer,
    Metrics,
    SendQueue,
    TimeZones,
    Tokens,
)
from chalicelib.usecases.signatures import Webhooks
from chalicelib.usecases.template_ports import SentTemplates
from chalicelib.usecases.together import OneByOne, Together

if TYPE_CHECKING:
    from chalicelib.mail.templates import MailTemplates


MAX_TRIES = 10
"""How often a conditional write is tried again on what another writer left."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The programme and everything around the rules: what a use case is given."""

    programme: Programme
    members: Members
    enrolments: Enrolments
    events: EventLog
    memberships: Memberships
    stock: Stock
    brakes: Brakes
    mail_counts: MailCounts
    event_queue: EventQueue
    send_queue: SendQueue
    parking: Parking
    mailer: Mailer
    mails: "MailTemplates"
    sent_templates: SentTemplates
    tokens: Tokens
    ids: Ids
    clock: Clock
    time_zones: TimeZones
    metrics: Metrics
    webhooks: Webhooks
    base_url: str
    together: Together = field(default_factory=OneByOne)
    due_shards: int = 16
    sends_per_tick: int = 840
    steps_per_message: int = 10

    @cached_property
    def current_templates(self) -> CurrentTemplates:
        """Return today's mails by their digests."""
        return CurrentTemplates(self.programme, self.mails)
