"""Every name that is used is declared, and declared once.

What pydantic can't see, since it takes more than one field: names of goals and units in steps
and conditions, repeated entries, quiet hours that never begin. A programme with none of these
problems can be run: no name in it is undefined for any member.
"""

from collections.abc import Iterator
from itertools import chain

from chalicelib.domain.news import NewsKind
from chalicelib.domain.problem import Problem
from chalicelib.mail.check import MADE_LINKS
from chalicelib.programme.benefit_declarations import check_benefits
from chalicelib.programme.compiled_condition import CompiledCondition
from chalicelib.programme.declared_names import (
    check_condition,
    check_declared,
    check_repeated,
)
from chalicelib.programme.earning_declarations import check_earning
from chalicelib.programme.schema import JourneySection, ProgrammeSection, StepSection
from chalicelib.programme.tier_declarations import check_tiers
from chalicelib.programme.yaml_tree import Location, YamlTree


def check_declarations(programme: ProgrammeSection, tree: YamlTree) -> list[Problem]:
    """Return a problem for every name that is not declared, or not only once."""
    journeys = chain.from_iterable(
        _journey(programme, tree, ("journeys", name), journey)
        for name, journey in programme.journeys.items()
    )
    return [
        *_programme(programme, tree),
        *check_earning(programme, tree),
        *check_tiers(programme, tree),
        *check_benefits(programme, tree),
        *journeys,
    ]


def conditions_of(
    at: Location, journey: JourneySection
) -> Iterator[tuple[Location, CompiledCondition]]:
    """Yield every condition of a journey that is given, with its place."""
    places: list[tuple[Location, CompiledCondition | None]] = [
        ((*at, "enters", "when"), journey.enters.when),
        ((*at, "exit_when"), journey.exit_when),
    ]
    if journey.exits:
        places.append(((*at, "exits", "when"), journey.exits.when))
    for place, step in enumerate(journey.steps):
        places.append(((*at, "steps", place, "wait_for"), step.wait_for))
        places.append(((*at, "steps", place, "when"), step.when))
    return ((where, condition) for where, condition in places if condition)


def _programme(programme: ProgrammeSection, tree: YamlTree) -> Iterator[Problem]:
    yield from check_repeated(tree, ("locales",), programme.locales)
    yield from check_repeated(tree, ("tiers",), programme.tiers)
    yield from check_repeated(
        tree, ("spacing",), [f"{least.days} days" for least in programme.spacing]
    )
    for link in sorted(MADE_LINKS & programme.links.keys()):
        cure = "Delete it, or give it another name"
        yield tree.problem(("links", link), f"the engine itself makes the link `{link}`", cure)
    for language in programme.sender.names:
        if language not in programme.locales:
            what = f"no mail is in the language `{language}` of this name"
            cure = "Add it to `locales`, or delete the name"
            yield tree.problem(("sender", "names", language), what, cure)
    quiet = programme.quiet_hours
    if quiet and quiet.start == quiet.until:
        cure = "Write another hour, or delete `quiet_hours`"
        yield tree.problem(("quiet_hours", "until"), "quiet hours end as they begin", cure)


def _journey(
    programme: ProgrammeSection, tree: YamlTree, at: Location, journey: JourneySection
) -> Iterator[Problem]:
    yield from check_repeated(tree, (*at, "goals"), journey.goals)
    if journey.topic:
        yield from check_declared(tree, (*at, "topic"), "topic", journey.topic, programme.topics)
    for place, goal in enumerate(journey.goals):
        yield from check_declared(tree, (*at, "goals", place), "goal", goal, programme.goals)
    yield from _entries(tree, at, journey)
    names = [step.name for step in journey.steps]
    yield from check_repeated(tree, (*at, "steps"), names, below=("name",))
    for place, step in enumerate(journey.steps):
        yield from _step(programme, tree, (*at, "steps", place), step)
    for where, condition in conditions_of(at, journey):
        yield from check_condition(programme, tree, where, condition)


def _entries(tree: YamlTree, at: Location, journey: JourneySection) -> Iterator[Problem]:
    """A journey that is entered again each time: what begins it can't end it, nor pay twice."""
    exits = journey.exits.on if journey.exits else []
    yield from check_repeated(tree, (*at, "exits", "on"), exits)
    if journey.enters.on in exits:
        where = (*at, "exits", "on", exits.index(journey.enters.on))
        what = f"the journey begins with `{journey.enters.on}` and ends with it"
        yield tree.problem(where, what, "Delete it here, or let another event begin the journey")
    if not isinstance(journey.enters.on, NewsKind):
        return
    for place, step in enumerate(journey.steps):
        if step.gift:
            what = f"news let members in again, so that `{step.name}` would promise a gift again"
            cure = "Delete the gift, or let the journey be entered by an event"
            yield tree.problem((*at, "steps", place, "gift"), what, cure)


def _step(
    programme: ProgrammeSection, tree: YamlTree, at: Location, step: StepSection
) -> Iterator[Problem]:
    if step.goal:
        yield from check_declared(tree, (*at, "goal"), "goal", step.goal, programme.goals)
    if step.topic:
        yield from check_declared(tree, (*at, "topic"), "topic", step.topic, programme.topics)
    if step.gift:
        gift = step.gift
        yield from check_declared(tree, (*at, "gift", "goal"), "goal", gift.goal, programme.goals)
        yield from check_declared(tree, (*at, "gift", "unit"), "unit", gift.unit, programme.units)
