"""What a programme is to the engine: journeys of steps, goals, gifts, tiers, brakes.

Built by the programme layer from programme.yaml, which has checked it; frozen ever after.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from chalicelib.domain.breaker import DEFAULT_BREAKER, Breaker
from chalicelib.domain.contact_rules import FrequencyCap, QuietHours
from chalicelib.domain.events import EventType
from chalicelib.domain.member import ATTRIBUTES, Member


class OnUnknown(StrEnum):
    """What to do with a mail of which nobody can say, after a day, whether it went out."""

    DROP = "drop"
    """Never send it again: a missing mail is better than two."""
    RETRY_ONCE = "retry_once"
    """Send it once more: two mails are better than none."""


class Condition(Protocol):
    """An expression over a member's facts, e.g. ``channel == 'offline'``."""

    def __call__(self, facts: Mapping[str, object], /) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What members are to do, and the event that proves it.

    ``within`` is the window of the lift report, from the entry; ``prior`` the strength of
    the report's e-value (1 when fewer than about 30 conversions are expected, else 10).
    """

    name: str
    event: EventType
    within: timedelta
    prior: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """What a step's mail promises: ``amount`` of ``unit``, paid once when ``goal`` is reached."""

    goal: str
    unit: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One mail of a journey.

    ``wait`` counts from the moment the step before was dealt with; ``wait_for`` holds the step
    until it comes true; from then on ``when`` must hold, at once and at sending, else the step
    is skipped; so is, at any time, a step whose ``goal`` has been reached.
    """

    name: str
    mail: str
    wait: timedelta = timedelta(0)
    wait_for: Condition | None = None
    when: Condition | None = None
    goal: str | None = None
    gift: Gift | None = None
    on_unknown: OnUnknown = OnUnknown.DROP


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A chain of steps for members who enter by an event.

    ``holdout`` is the share of members (0 to 1) that gets nothing, drawn with ``salt``;
    ``exit_when`` ends the journey at once.
    """

    name: str
    version: int
    entry_event: EventType
    entry_when: Condition | None
    salt: str
    holdout: float
    goals: tuple[str, ...]
    exit_when: Condition | None
    steps: tuple[Step, ...]
    breaker: Breaker = DEFAULT_BREAKER

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)

    def step_after(self, name: str, dealt_with: Container[str] = ()) -> Step | None:
        """Return the next step not dealt with; None after the last one, or one that is gone."""
        names = [step.name for step in self.steps]
        following = self.steps[names.index(name) + 1 :] if name in names else ()
        return next((step for step in following if step.name not in dealt_with), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who the mails come from."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Everything that a marketer declares, in the engine's terms.

    ``units`` are the balances' names, ``tiers`` from the lowest to the highest; ``details``
    and ``links`` are what mails may name as ``programme.…`` and ``links.…``.
    """

    name: str
    sender: Sender
    locales: tuple[str, ...]
    time_zone: str
    consent_required: bool
    units: tuple[str, ...]
    tiers: tuple[str, ...]
    quiet_hours: QuietHours | None
    frequency_caps: tuple[FrequencyCap, ...]
    goals: Mapping[str, Goal]
    journeys: Mapping[str, Journey]
    links: Mapping[str, str]
    details: Mapping[str, str]

    def goals_reached_by(self, event: EventType, at: datetime) -> dict[str, datetime]:
        return {goal.name: at for goal in self.goals.values() if goal.event is event}

    def facts(self, member: Member) -> dict[str, object]:
        """Everything a condition or a mail may name about the member.

        Unknown attributes are "", every declared goal is True or False, every declared unit
        has a balance: a name that is declared is never undefined.
        """
        return {
            **{name: member.attribute(name) for name in ATTRIBUTES},
            "tier": member.attribute("tier") or self.tiers[0],
            "locale": member.attribute("locale") or self.locales[0],
            "goals": {name: name in member.goals for name in self.goals},
            "balances": {unit: member.balance(unit) for unit in self.units},
        }
