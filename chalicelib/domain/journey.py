"""What a programme is to the engine: journeys of steps, goals, gifts, tiers, brakes.

Built by the programme layer from programme.yaml, which has checked it; frozen ever after.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from chalicelib.domain.arms import Arm
from chalicelib.domain.benefits import NO_BENEFITS, Catalogue
from chalicelib.domain.breaker import DEFAULT_BREAKER, Breaker
from chalicelib.domain.calendar import Calendar
from chalicelib.domain.condition import Condition
from chalicelib.domain.contact_rules import FrequencyCap, QuietHours
from chalicelib.domain.earning_rules import NO_EARNING, EarningRules
from chalicelib.domain.events import EventType
from chalicelib.domain.ledger_expiry import UnitRules
from chalicelib.domain.member import ATTRIBUTES, Member
from chalicelib.domain.news import Happening, NewsKind
from chalicelib.domain.standing import Kind, kinds_of, standing_facts
from chalicelib.domain.tier_rules import TierPlan
from chalicelib.domain.tracking import Tracking


class OnUnknown(StrEnum):
    """What to do with a mail of which nobody can say, after a day, whether it went out."""

    DROP = "drop"
    """Never send it again: a missing mail is better than two."""
    RETRY_ONCE = "retry_once"
    """Send it once more: two mails are better than none."""


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
    is skipped; so is, at any time, a step whose ``goal`` has been reached, or whose ``topic`` the
    member has declined.
    """

    name: str
    mail: str
    wait: timedelta = timedelta(0)
    wait_for: Condition | None = None
    when: Condition | None = None
    goal: str | None = None
    gift: Gift | None = None
    topic: str | None = None
    on_unknown: OnUnknown = OnUnknown.DROP


@dataclass(frozen=True, slots=True, kw_only=True)
class Exits:
    """What ends a journey when it happens, if ``when`` holds at that moment."""

    on: tuple[Happening, ...]
    when: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A chain of steps for members who enter by an event, or by what the engine tells of them.

    ``holdout`` is the share of members (0 to 1) that gets nothing, drawn with ``salt``;
    ``exit_when`` ends the journey at once, and so does what ``exits`` names.
    """

    name: str
    version: int
    entry_event: Happening
    entry_when: Condition | None
    salt: str
    holdout: float
    goals: tuple[str, ...]
    exit_when: Condition | None
    steps: tuple[Step, ...]
    breaker: Breaker = DEFAULT_BREAKER
    exits: Exits | None = None

    @property
    def entered_again(self) -> bool:
        """Whether it takes a member in each time that there is news, and not only once."""
        return isinstance(self.entry_event, NewsKind)

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)

    def step_after(self, name: str, dealt_with: Container[str] = ()) -> Step | None:
        """Return the next step not dealt with; None after the last one, or one that is gone."""
        names = [step.name for step in self.steps]
        following = self.steps[names.index(name) + 1 :] if name in names else ()
        return next((step for step in following if step.name not in dealt_with), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who the mails come from; ``names`` are what ``name`` is in other languages, by their tags."""

    name: str
    address: str
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def name_in(self, language: str) -> str:
        return self.names.get(language, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Everything that a marketer declares, in the engine's terms.

    ``units`` are the balances' names, ``tiers`` from the lowest to the highest; ``details`` and
    ``links`` are what mails may name as ``programme.…`` and ``links.…``; ``topics``, each with its
    title, and ``spacing`` are what members choose among; ``unit_rules`` say when units lapse,
    ``earning`` what transactions bring, ``benefits`` what members get besides; without a
    ``tier_plan`` members have the tier that partners tell. Without ``tracking`` a mail has the
    links as they are. ``images`` has the file of each picture, by the name that mails give it;
    ``images_url`` is where the files are, "" for here.
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
    topics: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    spacing: tuple[timedelta, ...] = ()
    unit_rules: Mapping[str, UnitRules] = field(default_factory=lambda: MappingProxyType({}))
    tier_plan: TierPlan | None = None
    benefits: Catalogue = NO_BENEFITS
    tracking: Tracking | None = None
    images: Mapping[str, str] = field(default_factory=dict)
    images_url: str = ""
    earning: EarningRules = NO_EARNING
    _tracked: dict[tuple[str, str, Arm], Mapping[str, str]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _standing: dict[str, Kind] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def standing_kinds(self) -> Mapping[str, Kind]:
        """What mails and conditions may name as ``standing.…``; worked out once, then kept."""
        if not self._standing:
            measures = sorted(self.tier_plan.measures) if self.tier_plan else []
            self._standing.update(kinds_of(self.units, measures))
        return self._standing

    @property
    def calendar(self) -> Calendar:
        return Calendar(zone=self.time_zone)

    def asks_balances(self) -> bool:
        """Tell whether a condition may ask what members have; one of another kind may ask all."""
        steps = [step for journey in self.journeys.values() for step in journey.steps]
        asked = [
            *(condition for step in steps for condition in (step.wait_for, step.when)),
            *(journey.exit_when for journey in self.journeys.values()),
        ]
        return any("balances" in getattr(each, "text", "balances") for each in asked if each)

    def links_in(self, journey: str, step: str, arm: Arm) -> Mapping[str, str]:
        """Return the links as the mail of a step has them; worked out once, then kept."""
        if self.tracking is None:
            return self.links
        known = self._tracked.get((journey, step, arm))
        if known is None:
            known = self.tracking.links(self.links, journey, step, arm)
            self._tracked[journey, step, arm] = known
        return known

    def image_urls(self, base_url: str) -> dict[str, str]:
        """Return what mails name as ``images.…``; ``base_url`` is that of the member's pages."""
        place = self.images_url or f"{base_url}/m/images"
        return {name: f"{place}/{file}" for name, file in self.images.items()}

    def goals_reached_by(self, event: EventType, at: datetime) -> dict[str, datetime]:
        return {goal.name: at for goal in self.goals.values() if goal.event is event}

    def locale_of(self, member: Member) -> str:
        """Return the language the member chose, if it is spoken here, or else the one told."""
        chosen = member.preferences.language
        told = member.attribute("locale") or self.locales[0]
        return chosen if chosen in self.locales else told

    def facts(self, member: Member) -> dict[str, object]:
        """Everything a condition or a mail may name about the member.

        Unknown attributes are "", every declared goal is True or False, every declared unit
        has a balance, and every name of the standing a value: a name that is declared is never
        undefined.
        """
        return {
            **{name: member.attribute(name) for name in ATTRIBUTES},
            "tier": member.attribute("tier") or self.tiers[0],
            "locale": self.locale_of(member),
            "goals": {name: name in member.goals for name in self.goals},
            "balances": {unit: member.balance(unit) for unit in self.units},
            "standing": standing_facts(self.standing_kinds, self.tiers, member.standing),
        }
