"""The members of a run: they join, act, unsubscribe and leave, each at a time of their own.

What they do reaches the engine by its own use cases. Each member's doings are drawn from a
source of their own, so that what one does hangs on nobody else; what a member does without
any mail is drawn before the arm is known.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from random import Random

from chalicelib.calibration.plan import WINDOW, RunPlan
from chalicelib.domain.events import EventType, PartnerEvent
from chalicelib.domain.feedback import Feedback, FeedbackKind, StepKey
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.usecases.apply_event import handle_event
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.record_feedback import record_feedback
from chalicelib.usecases.unsubscribe import unsubscribe
from chalicelib.world.agenda import Act, Agenda
from chalicelib.world.mailbox import ReceivedMail
from chalicelib.world.readers import AIRPORTS, MEAN_HOURS_TO_OPEN

PARTNER = "demo"
MAX_HOURS_TO_OPEN = 72.0


class Crowd:
    """Everybody of one run. ``engine`` may be put in the place of another, as by a deployment."""

    def __init__(self, plan: RunPlan, engine: Engine, agenda: Agenda) -> None:
        self.engine = engine
        self._plan = plan
        self._agenda = agenda
        self._rates = plan.habits.rates
        self._numbers: dict[str, int] = {}
        for number in range(plan.members):
            agenda.add(plan.joins_at(number), partial(self._join, number), "")

    def on_mail(self, received: ReceivedMail) -> None:
        """Let the recipient do what people do with a mail."""
        tags = received.mail.tags
        number = self._numbers[tags["member"]]
        chance = self._chance(number, tags["step"])
        opens_at = self._opens_at(chance, received.at)
        if chance.random() < self._rates.bounced:
            self._hear(received, FeedbackKind.HARD_BOUNCED, received.at)
            return
        if chance.random() < self._rates.complained:
            self._hear(received, FeedbackKind.COMPLAINED, opens_at)
        if chance.random() < self._plan.habits.unsubscribed:
            self._add(opens_at, partial(self._unsubscribe, tags["member"]))
        type_, share = self._rates.answers.get(tags["step"], ("", 0.0))
        if type_ and chance.random() < share:
            self._add(opens_at, partial(self._tell, number, EventType(type_)))

    def _join(self, number: int) -> None:
        facts = {
            "channel": self._plan.channel,
            "locale": "ru" if number % 2 else "en",
            "email": f"member{number}@example.com",
            "card": _card(number),
            "first_name": "Grace",
            "last_name": "Hartley",
        }
        self._tell(number, EventType.MEMBER_JOINED, facts)
        self._live(number)

    def _live(self, number: int) -> None:
        """Put down what the member will do without any mail."""
        now, chance = self._plan.joins_at(number), self._chance(number, "")
        season = self._plan.season(number)
        for type_, share in self._rates.anyway.items():
            at, happens = now + WINDOW * chance.random(), chance.random() < share * season
            if happens:
                self._add(at, partial(self._tell, number, EventType(type_)))
        at, leaves = now + WINDOW * chance.random(), chance.random() < self._plan.habits.left
        if leaves:
            self._add(at, partial(self._tell, number, EventType.MEMBER_LEFT))

    def _tell(
        self, number: int, type_: EventType, facts: Mapping[str, object] | None = None
    ) -> None:
        """Let the partner tell of the member, by an event with an id of its own."""
        if type_ is EventType.PROFILE_COMPLETED:
            facts = {"home_airport": AIRPORTS[number % len(AIRPORTS)]}
        event = PartnerEvent(
            partner=PARTNER,
            event_id=f"{type_}-{number}-{self.engine.clock.now().isoformat()}",
            type=type_,
            occurred_at=self.engine.clock.now(),
            aliases=(alias_of(AliasType.CARD, _card(number)),),
            facts=facts or {},
        )
        handled = handle_event(self.engine, event, 1)
        self._numbers[handled.member_id] = number

    def _unsubscribe(self, member_id: str) -> None:
        unsubscribe(self.engine, member_id)

    def _hear(self, received: ReceivedMail, kind: FeedbackKind, at: datetime) -> None:
        tags = received.mail.tags
        feedback = Feedback(
            kind=kind,
            key=StepKey(
                member_id=tags["member"],
                journey=tags["journey"],
                entry=int(tags["entry"]),
                step=tags["step"],
            ),
            attempt=tags["attempt"],
            at=at,
            message_id=received.message_id,
        )
        self._add(at, lambda: record_feedback(self.engine, feedback, received.mail.recipient))

    def _add(self, at: datetime, act: Act) -> None:
        self._agenda.add(at, act, "")

    def _chance(self, number: int, step: str) -> Random:
        return Random(f"{self._plan.seed}.{number}.{step}")

    def _opens_at(self, chance: Random, at: datetime) -> datetime:
        hours = min(chance.expovariate(1 / MEAN_HOURS_TO_OPEN), MAX_HOURS_TO_OPEN)
        return at + timedelta(hours=hours)


def _card(number: int) -> str:
    return f"{7_000_000_000 + number}"
