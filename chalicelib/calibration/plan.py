"""What a calibration run is: how many members, for how long, what mails really do to them.

The rates are the truth that the lift report is held against; the engine must never see them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

from chalicelib.domain.journey import Programme
from chalicelib.mail.templates import MailTemplates
from chalicelib.programme.loader import load_programme
from chalicelib.world.rates import CASE, Rates

START = datetime(2027, 3, 1, 0, 0, tzinfo=UTC)
WINDOW = timedelta(days=30)
"""How long a member who joined may do something: the goals' own window."""


class Effect(StrEnum):
    """What the mails do."""

    NONE = "none"
    """Nothing: both arms act alike, and whatever the report claims is wrong."""
    CASE = "case"
    """What they did in the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What people do, as shares from 0 to 1.

    ``unsubscribed`` is of those who get a mail; ``left`` of all members within the window.
    """

    rates: Rates
    unsubscribed: float
    left: float


NO_EFFECT = Habits(
    rates=Rates(
        bounced=0.02,
        complained=0.005,
        opened=0.40,
        clicked=0.05,
        answers={},
        anyway={
            "account.registered": 0.03,
            "profile.completed": 0.05,
            "card.issued": 0.10,
            "app.installed": 0.20,
        },
    ),
    unsubscribed=0.02,
    left=0.05,
)
"""Nobody acts on a mail, but many stop getting them: that must not look like an effect."""

HABITS: Mapping[Effect, Habits] = {
    Effect.NONE: NO_EFFECT,
    Effect.CASE: Habits(rates=CASE, unsubscribed=0.0, left=0.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """The hold-out's share changes when half of the members have joined.

    With it comes a season: those who join from then on do everything ``season`` times as often,
    in both arms.
    """

    holdout: float
    season: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """One run: members join evenly over some days, and the report is looked at every day."""

    folder: Path
    members: int
    effect: Effect
    seed: int
    joining_days: int = 30
    channel: str = "online"
    ramp: Ramp | None = None
    start: datetime = field(default=START)

    @property
    def days(self) -> int:
        """Return how many days pass, and looks are taken, until the last window has closed."""
        return self.joining_days + WINDOW.days

    @property
    def habits(self) -> Habits:
        return HABITS[self.effect]

    def joins_at(self, number: int) -> datetime:
        return self.start + timedelta(days=self.joining_days) * (number / self.members)

    @property
    def middle(self) -> datetime:
        """Return when half of the members have joined."""
        return self.start + timedelta(days=self.joining_days) / 2

    def season(self, number: int) -> float:
        """Return how much more often the member of this number does what members do."""
        later = self.joins_at(number) >= self.middle
        return self.ramp.season if self.ramp and later else 1.0


@cache
def loaded(folder: Path) -> tuple[Programme, MailTemplates]:
    """Load the programme once a process: a thousand worlds are made of it."""
    return load_programme(folder), MailTemplates.load(folder)
