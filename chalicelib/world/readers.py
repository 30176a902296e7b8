"""The people of the local world: they read, click, act, and sometimes bounce or complain.

Everything is drawn from one seeded source, so that a world replays exactly. What they do
reaches the engine as it would in life: as SES's events, and as events of the partner.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from chalicelib.world.mailbox import ReceivedMail
from chalicelib.world.partner import Partner
from chalicelib.world.rates import Rates
from chalicelib.world.ses_events import ses_event
from chalicelib.world.world import EVENTS, FEEDBACK, World

AIRPORTS = ("SVO", "LED", "KZN", "SVX", "OVB", "KRR", "VVO", "LHR")
MEAN_HOURS_TO_OPEN = 9.0
WATCHED = timedelta(days=30)


@dataclass(slots=True)
class Readers:
    """Everybody who gets mails in this world."""

    world: World
    partner: Partner
    chance: Random
    rates: Rates

    def on_mail(self, received: ReceivedMail) -> None:
        """Let the recipient do what people do with a mail."""
        if self._happens(self.rates.bounced):
            self._hear_of("Bounce", received, received.at + timedelta(seconds=5))
            return
        self._hear_of("Delivery", received, received.at + timedelta(seconds=2))
        if self._happens(self.rates.complained):
            self._hear_of("Complaint", received, self._later(received.at))
        if self._happens(self.rates.opened):
            self._open(received)

    def live(self, member: Mapping[str, str], joined_at: datetime) -> None:
        """Let a member do what members do without any mail."""
        for type_, share in self.rates.anyway.items():
            if self._happens(share):
                at = joined_at + WATCHED * self.chance.random()
                self.world.agenda.add(at, partial(self._tell, type_, member), EVENTS)

    def _open(self, received: ReceivedMail) -> None:
        """Open, perhaps click; whoever acts on a mail has opened and clicked it."""
        opened_at = self._later(received.at)
        self._hear_of("Open", received, opened_at)
        type_, share = self.rates.answers.get(received.mail.tags["step"], ("", 0.0))
        acts = bool(type_) and self._happens(share / self.rates.opened)
        if acts or self._happens(self.rates.clicked / self.rates.opened):
            self._hear_of("Click", received, opened_at + timedelta(minutes=1))
        if acts:
            member = {"email": received.mail.recipient}
            act = partial(self._tell, type_, member)
            self.world.agenda.add(opened_at + timedelta(minutes=6), act, EVENTS)

    def _tell(self, type_: str, member: Mapping[str, str]) -> None:
        data: dict[str, Any] = {"member": dict(member)}
        if type_ == "profile.completed":
            data["home_airport"] = self.chance.choice(AIRPORTS)
        self.partner.tell(type_, self.world.now(), data)

    def _hear_of(self, kind: str, received: ReceivedMail, at: datetime) -> None:
        event = ses_event(kind, received, at)
        publish: Callable[[str], None] = self.world.substrate.publish_feedback
        self.world.agenda.add(at, partial(publish, event), FEEDBACK)

    def _happens(self, share: float) -> bool:
        return self.chance.random() < share

    def _later(self, at: datetime) -> datetime:
        hours = min(self.chance.expovariate(1 / MEAN_HOURS_TO_OPEN), 72.0)
        return at + timedelta(hours=hours)
