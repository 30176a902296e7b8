"""A programme as it was written: from programme.yaml to the programme that the engine runs.

All or nothing: either the programme can be run, or ``ProgrammeError`` carries every problem that
could be found, with file, line and cure. Needs YAML and pydantic's schema, which no server needs.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from chalicelib.domain.breaker import Breaker
from chalicelib.domain.contact_rules import FrequencyCap, QuietHours
from chalicelib.domain.journey import Gift, Goal, Journey, OnUnknown, Programme, Sender, Step
from chalicelib.programme.declarations import check_declarations
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.faults import problems_of
from chalicelib.programme.schema import (
    BreakerSection,
    GoalSection,
    JourneySection,
    ProgrammeSection,
    StepSection,
)
from chalicelib.programme.yaml_tree import YamlTree, read_tree

FILE = "programme.yaml"


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


def build(programme: ProgrammeSection) -> Programme:
    """Say the same in the engine's terms."""
    quiet = programme.quiet_hours
    return Programme(
        name=programme.name,
        sender=Sender(name=programme.sender.name, address=programme.sender.address),
        locales=tuple(programme.locales),
        time_zone=programme.time_zone,
        consent_required=programme.consent == "opt_in",
        units=tuple(programme.units),
        tiers=tuple(programme.tiers),
        quiet_hours=QuietHours(quiet.start, quiet.until) if quiet else None,
        frequency_caps=tuple(FrequencyCap(cap.mails, cap.per) for cap in programme.frequency),
        goals={name: _goal(name, goal) for name, goal in programme.goals.items()},
        journeys={name: _journey(name, journey) for name, journey in programme.journeys.items()},
        links=programme.links,
        details=programme.details,
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
        breaker=_breaker(journey.breaker or BreakerSection()),
        steps=tuple(map(_step, journey.steps)),
    )


def _breaker(breaker: BreakerSection) -> Breaker:
    return Breaker(breaker.complaints, breaker.bounces, breaker.mails)


def _step(step: StepSection) -> Step:
    gift = step.gift
    return Step(
        name=step.name,
        mail=step.mail,
        wait=step.wait,
        wait_for=step.wait_for,
        when=step.when,
        goal=step.goal,
        gift=Gift(goal=gift.goal, unit=gift.unit, amount=gift.amount) if gift else None,
        on_unknown=OnUnknown(step.on_unknown),
    )
