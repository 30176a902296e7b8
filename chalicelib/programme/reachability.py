"""Which steps no member can ever get, found by trying every member that matters.

Conditions compare names with constants, so finitely many members tell all cases apart: each goal
reached or not, each text unknown, one of those it is compared with, or another, each number about
those it is compared with. All of them are asked; nothing is guessed from a condition's text.

Two things are known of time. ``channel`` says how a member joined and does not change; a goal
that was reached stays reached. Whatever else held at the entry may be different at a step.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import prod

from chalicelib.domain.problem import Problem
from chalicelib.domain.standing import Kind, kind_of
from chalicelib.programme.compiled_condition import CompiledCondition
from chalicelib.programme.conditions import Constant, names_in
from chalicelib.programme.declarations import conditions_of
from chalicelib.programme.faults import path
from chalicelib.programme.schema import JourneySection, StepSection
from chalicelib.programme.yaml_tree import Location, YamlTree

MAX_MEMBERS = 20_000
"""How many members are tried; where it would take more, a step is believed to be reachable."""

Member = Mapping[str, Constant]
"""A value for each name: "channel", "goals.app_installed", "balances.redeemable"."""

_OTHER = "\0"  # a text that no programme compares with
_THEN = "then "  # before a name: its value when the member entered


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something that must be so for a step's mail to go out; ``at`` is where it is written."""

    at: Location
    says: str
    names: Mapping[str, frozenset[Constant]]
    holds: Callable[[Member], bool]


def check_reachability(
    at: Location, journey: JourneySection, reached: Sequence[str], tree: YamlTree
) -> Iterator[Problem]:
    """Yield conditions that hold for nobody, and steps that contradict themselves or the journey.

    ``reached`` are the goals that whoever enters has reached by entering. Each contradiction is
    told once: what is wrong with a part is not told again of the whole.
    """
    hopeless = {
        where
        for where, condition in conditions_of(at, journey)
        if not _possible([_holding(where, condition)])
    }
    for where in hopeless:
        yield tree.problem(where, f"`{path(where)}` holds for no member", "Mend it, or delete it")
    whole = _journey_requirements(at, journey, reached)
    if not _possible(whole):
        if hopeless.isdisjoint(requirement.at for requirement in whole):
            cure = "Leave something to do for those who enter"
            what = f"`{path(whole[-1].at)}` holds for everybody who enters"
            yield tree.problem(whole[-1].at, what, cure)
        return
    for place, step in enumerate(journey.steps):
        own = _step_requirements((*at, "steps", place), step)
        if hopeless.isdisjoint(requirement.at for requirement in own):
            yield from _contradiction(step, [*own, *whole], tree)


def _contradiction(
    step: StepSection, requirements: Sequence[Requirement], tree: YamlTree
) -> Iterator[Problem]:
    """Yield the smallest set of requirements that no member meets, if there is one."""
    sizes = range(2, len(requirements) + 1)
    groups = (group for size in sizes for group in combinations(requirements, size))
    if _possible(requirements):
        return
    group = next(group for group in groups if not _possible(group))
    what = " and ".join(requirement.says for requirement in group)
    yield tree.problem(
        group[0].at,
        f"step `{step.name}` is unreachable: no member has {what}",
        "Change one of them, or delete the step",
    )


def _possible(requirements: Sequence[Requirement]) -> bool:
    """Tell whether some member meets all; True as well when there are too many to try."""
    constants: dict[str, frozenset[Constant]] = {}
    for requirement in requirements:
        for name, compared in requirement.names.items():
            constants[name] = constants.get(name, frozenset()) | compared
    values = {name: _values(name, compared) for name, compared in constants.items()}
    if prod(map(len, values.values())) > MAX_MEMBERS:
        return True
    members = (dict(zip(values, chosen, strict=True)) for chosen in product(*values.values()))
    return any(all(needed.holds(member) for needed in requirements) for member in members)


def _values(name: str, compared: frozenset[Constant]) -> list[Constant]:
    """Return values that tell all comparisons apart."""
    if name.removeprefix(_THEN).startswith("goals."):
        return [False, True]
    if _kind(name) is Kind.SWITCH:
        return [False, True]
    if name.removeprefix(_THEN).startswith("balances.") or _kind(name) is Kind.AMOUNT:
        return sorted({0, 1, *(int(c) + step for c in compared for step in (-1, 0, 1))})
    return ["", _OTHER, *sorted(map(str, compared))]


def _kind(name: str) -> Kind | None:
    group, _, below = name.removeprefix(_THEN).partition(".")
    return kind_of(below) if group == "standing" else None


def _step_requirements(at: Location, step: StepSection) -> list[Requirement]:
    """Return the step's own, in the order in which a problem is shown at them."""
    requirements = []
    if step.when:
        requirements.append(_holding((*at, "when"), step.when))
    if step.wait_for:
        requirements.append(_holding((*at, "wait_for"), step.wait_for))
    if step.goal:
        name = f"goals.{step.goal}"
        says = f"goal `{step.goal}` still ahead"
        names = {name: frozenset[Constant]()}
        requirements.append(Requirement((*at, "goal"), says, names, lambda m: not m[name]))
    return requirements


def _journey_requirements(
    at: Location, journey: JourneySection, reached: Sequence[str]
) -> list[Requirement]:
    requirements = [_reached((*at, "enters", "on"), goal) for goal in reached]
    if journey.enters.when:
        requirements.append(_entered((*at, "enters", "when"), journey.enters.when))
    if ends := journey.exit_when:
        says = f"`{ends.text}` not come true yet"
        where = (*at, "exit_when")
        names = names_in(ends.text)
        requirements.append(Requirement(where, says, names, lambda m: not ends(_facts(m))))
    return requirements


def _reached(at: Location, goal: str) -> Requirement:
    name = f"goals.{goal}"
    says = f"goal `{goal}` reached by entering"
    return Requirement(at, says, {name: frozenset()}, lambda m: bool(m[name]))


def _holding(at: Location, condition: CompiledCondition) -> Requirement:
    says = f"`{condition.text}` true"
    names = names_in(condition.text)
    return Requirement(at, says, names, lambda m: condition(_facts(m)))


def _entered(at: Location, condition: CompiledCondition) -> Requirement:
    """Require that the condition held at the entry, for what can have become of that since."""
    compared = names_in(condition.text)
    goals = [name for name in compared if name.startswith("goals.")]
    then = {name: name if name == "channel" else _THEN + name for name in compared}
    names = {then[name]: constants for name, constants in compared.items()}
    names |= dict.fromkeys(goals, frozenset[Constant]())

    def holds(member: Member) -> bool:
        entered = condition(_facts({name: member[then[name]] for name in compared}))
        return entered and all(member[goal] or not member[then[goal]] for goal in goals)

    return Requirement(at, f"`{condition.text}` true when entering", names, holds)


def _facts(member: Member) -> dict[str, object]:
    """Return the member as conditions see one."""
    facts: dict[str, object] = {}
    groups: dict[str, dict[str, Constant]] = {"goals": {}, "balances": {}, "standing": {}}
    for name in (name for name in member if not name.startswith(_THEN)):
        group, dot, below = name.partition(".")
        if dot:
            groups[group][below] = member[name]
        else:
            facts[name] = member[name]
    return facts | groups
