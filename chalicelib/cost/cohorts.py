"""Whom a bill is made for: who joins, what they are mailed, and what they do with it.

The reference cohort is the one of the designs that the bill is compared with; the case is the
shipped programme as it stands, with the rates of the case.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from random import Random
from typing import Any

from chalicelib.domain.journey import Programme
from chalicelib.world.agenda import Agenda
from chalicelib.world.cohort import joined_data
from chalicelib.world.mailbox import ReceivedMail
from chalicelib.world.partner import Partner
from chalicelib.world.rates import CASE
from chalicelib.world.readers import Readers
from chalicelib.world.ses_events import ses_event
from chalicelib.world.world import EVENTS, FEEDBACK, World

FEEDBACK_PER_MAIL = {
    "Delivery": 1.0,
    "Open": 0.40,
    "Click": 0.05,
    "Bounce": 0.0045,
    "Complaint": 0.0005,
}
REQUESTS_PER_MEMBER = 1.05
LATER_EVENT = "card.issued"
"""What one member in twenty does in the reference cohort: it is no step's goal, so that
everybody still gets every mail."""
MEAN_HOURS_TO_OPEN = 9.0
MAX_HOURS_TO_OPEN = 72.0


class CohortError(Exception):
    """A webhook of the cohort was refused: the bill would be for something else."""


class Cohort(StrEnum):
    """Whom to bill for."""

    REFERENCE = "reference"
    CASE = "case"

    @property
    def days(self) -> int:
        """Return how long it takes until everything has happened to a member."""
        return 17 if self is Cohort.REFERENCE else 45

    def programme(self, programme: Programme) -> Programme:
        """Return the programme as this cohort goes through it."""
        return _everybody_gets_all(programme) if self is Cohort.REFERENCE else programme


def _everybody_gets_all(programme: Programme) -> Programme:
    """Hold nobody out, and let no step wait for what a member may never do."""
    journeys = {
        name: replace(
            journey,
            holdout=0.0,
            steps=tuple(replace(step, wait_for=None) for step in journey.steps),
        )
        for name, journey in programme.journeys.items()
    }
    return replace(programme, journeys=journeys)


@dataclass(slots=True)
class Steadily:
    """Says yes to an even share of all questions: no sample is too small for its rates."""

    asked: Counter[str] = field(default_factory=Counter)

    def happens(self, what: str, share: float) -> bool:
        before = int(self.asked[what] * share)
        self.asked[what] += 1
        return int(self.asked[what] * share) > before


@dataclass(slots=True)
class ReferenceReaders:
    """People whose mails have exactly the feedback of the reference designs."""

    agenda: Agenda
    publish: Callable[[str], None]
    chance: Random
    steadily: Steadily = field(default_factory=Steadily)

    def on_mail(self, received: ReceivedMail) -> None:
        opened_at = received.at + timedelta(hours=self._hours())
        for kind, share in FEEDBACK_PER_MAIL.items():
            if self.steadily.happens(kind, share):
                soon = kind in {"Delivery", "Bounce"}
                at = received.at + timedelta(seconds=2) if soon else opened_at
                act = partial(self.publish, ses_event(kind, received, at))
                self.agenda.add(at, act, FEEDBACK)

    def _hours(self) -> float:
        return min(self.chance.expovariate(1 / MEAN_HOURS_TO_OPEN), MAX_HOURS_TO_OPEN)


@dataclass(slots=True)
class Joining:
    """Lets a cohort's members join, one request each, evenly over a span."""

    world: World
    partner: Partner
    cohort: Cohort
    chance: Random
    steadily: Steadily = field(default_factory=Steadily)

    def all_join(self, members: int, within: timedelta) -> None:
        """Put the first one on the agenda; each brings the next, so that nobody waits in memory."""
        self._expect(self.world.now(), within / members, 0, members)

    def _expect(self, at: datetime, gap: timedelta, number: int, members: int) -> None:
        def arrive() -> None:
            self._join(joined_data(number, "offline", self.chance))
            if number + 1 < members:
                self._expect(at + gap, gap, number + 1, members)

        self.world.agenda.add(at, arrive, EVENTS)

    def readers(self, publish: Callable[[str], None]) -> Callable[[ReceivedMail], None]:
        """Return what happens when a mail arrives."""
        if self.cohort is Cohort.CASE:
            return Readers(self.world, self.partner, self.chance, CASE).on_mail
        return ReferenceReaders(self.world.agenda, publish, self.chance).on_mail

    def _join(self, data: dict[str, Any]) -> None:
        now = self.world.now()
        self._tell("member.joined", now, data)
        member = {"member": {"card": data["member"]["card"]}}
        if self.cohort is Cohort.CASE:
            Readers(self.world, self.partner, self.chance, CASE).live(member["member"], now)
        elif self.steadily.happens(LATER_EVENT, REQUESTS_PER_MEMBER - 1):
            at = now + timedelta(days=2)
            self.world.agenda.add(at, partial(self._tell, LATER_EVENT, at, member), EVENTS)

    def _tell(self, type_: str, at: datetime, data: dict[str, Any]) -> None:
        answer = self.partner.tell(type_, at, data)
        if answer.status != 202:  # noqa: PLR2004 - HTTP's "accepted"
            raise CohortError(f"{type_} was refused: {answer.body.decode()}")
