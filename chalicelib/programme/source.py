"""A programme as it was written: from programme.yaml to the programme that the engine runs.

All or nothing: either the programme can be run, or ``ProgrammeError`` carries every problem that
could be found, with file, line and cure. Needs YAML and pydantic's schema, which no server needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from chalicelib.domain.breaker import Breaker
from chalicelib.domain.contact_rules import FrequencyCap, QuietHours
from chalicelib.domain.journey import Exits, Gift, Goal, Journey, OnUnknown, Programme, Sender, Step
from chalicelib.domain.tracking import Tracking
from chalicelib.programme.benefit_sections import build_benefits
from chalicelib.programme.brake_sections import BreakerSection
from chalicelib.programme.declarations import check_declarations
from chalicelib.programme.earning_source import build_earning
from chalicelib.programme.entry_sections import ExitsSection
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.faults import problems_of
from chalicelib.programme.mail_sections import SenderSection
from chalicelib.programme.schema import (
    GoalSection,
    JourneySection,
    ProgrammeSection,
    StepSection,
)
from chalicelib.programme.tier_sections import build_tiers
from chalicelib.programme.yaml_tree import YamlTree, read_tree

FILE = "programme.yaml"
NO_IMAGES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ProgrammeSource:
    """A programme as it was written, and where each part of it stands."""

    programme: ProgrammeSection
    tree: YamlTree


def read_programme(folder: Path) -> ProgrammeSource:
    """Read and check; problems name the file as the folder was given."""
    tree = read_tree(folder / FILE)
    try:
        programme = ProgrammeSection.model_validate(tree.data)
    except ValidationError as error:
        raise ProgrammeError(problems_of(error, tree)) from error
    if problems := check_declarations(programme, tree):
        raise ProgrammeError(problems)
    return ProgrammeSource(programme, tree)


def build(programme: ProgrammeSection, images: Mapping[str, str] = NO_IMAGES) -> Programme:
    """Say the same in the engine's terms; ``images`` are the folder's, by name."""
    quiet = programme.quiet_hours
    return Programme(
        name=programme.name,
        sender=_sender(programme.sender),
        locales=tuple(programme.locales),
        time_zone=programme.time_zone,
        consent_required=programme.consent == "opt_in",
        units=tuple(programme.units),
        unit_rules={name: unit.rules() for name, unit in programme.units.items()},
        tiers=tuple(programme.tiers),
        tier_plan=build_tiers(programme.tiers, programme.tier_rules),
        benefits=build_benefits(programme.tiers, programme.benefits),
        quiet_hours=QuietHours(quiet.start, quiet.until) if quiet else None,
        frequency_caps=tuple(FrequencyCap(cap.mails, cap.per) for cap in programme.frequency),
        goals={name: _goal(name, goal) for name, goal in programme.goals.items()},
        journeys={name: _journey(name, journey) for name, journey in programme.journeys.items()},
        links={name: link.url for name, link in programme.links.items()},
        tracking=_tracking(programme),
        images=images,
        images_url=(programme.images_url or "").rstrip("/"),
        details=programme.details,
        topics=programme.topics,
        spacing=tuple(programme.spacing),
        earning=build_earning(programme.earning),
    )


def _sender(sender: SenderSection) -> Sender:
    return Sender(name=sender.name, address=sender.address, names=sender.names)


def _tracking(programme: ProgrammeSection) -> Tracking | None:
    if programme.utm is None:
        return None
    return Tracking(
        source=programme.utm.source or programme.name,
        medium=programme.utm.medium,
        untracked=frozenset(name for name, link in programme.links.items() if not link.utm),
    )


def _goal(name: str, goal: GoalSection) -> Goal:
    return Goal(name=name, event=goal.on, within=goal.within, prior=goal.prior)


def _journey(name: str, journey: JourneySection) -> Journey:
    return Journey(
        name=name,
        version=journey.version,
        entry_event=journey.enters.on,
        entry_when=journey.enters.when,
        salt=journey.salt,
        holdout=journey.holdout,
        goals=tuple(journey.goals),
        exit_when=journey.exit_when,
        exits=_exits(journey.exits) if journey.exits else None,
        breaker=_breaker(journey.breaker or BreakerSection()),
        steps=tuple(_step(step, journey.topic) for step in journey.steps),
    )


def _exits(exits: ExitsSection) -> Exits:
    return Exits(on=tuple(exits.on), when=exits.when)


def _breaker(breaker: BreakerSection) -> Breaker:
    return Breaker(breaker.complaints, breaker.bounces, breaker.mails)


def _step(step: StepSection, topic: str | None) -> Step:
    gift = step.gift
    return Step(
        name=step.name,
        mail=step.mail,
        wait=step.wait,
        wait_for=step.wait_for,
        when=step.when,
        goal=step.goal,
        gift=Gift(goal=gift.goal, unit=gift.unit, amount=gift.amount) if gift else None,
        topic=step.topic or topic,
        on_unknown=OnUnknown(step.on_unknown),
    )
