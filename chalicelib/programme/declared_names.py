"""Checks that every part of programme.yaml needs: a name is declared, and stands there once."""

from collections.abc import Iterable, Iterator, Sequence

from chalicelib.domain.member import ATTRIBUTES
from chalicelib.domain.problem import Problem
from chalicelib.domain.standing import Kind, kinds_of
from chalicelib.programme.compiled_condition import CompiledCondition
from chalicelib.programme.conditions import names_in
from chalicelib.programme.faults import path
from chalicelib.programme.notations import did_you_mean
from chalicelib.programme.schema import ProgrammeSection
from chalicelib.programme.tier_sections import build_tiers
from chalicelib.programme.yaml_tree import Location, YamlTree


def check_condition(
    programme: ProgrammeSection, tree: YamlTree, at: Location, condition: CompiledCondition
) -> Iterator[Problem]:
    """Yield the facts and the tiers that a condition names and nobody has declared."""
    goals = [f"goals.{goal}" for goal in programme.goals]
    balances = [f"balances.{unit}" for unit in programme.units]
    standing = [f"standing.{name}" for name in standing_kinds(programme)]
    known = [*ATTRIBUTES, *goals, *balances, *standing]
    names = names_in(condition.text)
    for name in sorted(names):
        yield from check_declared(tree, at, "fact", name, known)
    tiers = {*names.get("tier", ()), *names.get("standing.next_tier", ())} - {""}
    for tier in sorted(map(str, tiers)):
        yield from check_declared(tree, at, "tier", tier, programme.tiers)


def standing_kinds(programme: ProgrammeSection) -> dict[str, Kind]:
    """Return what may be named as ``standing.…``, by the units and the tiers' measures."""
    plan = build_tiers(programme.tiers, programme.tier_rules)
    return kinds_of(programme.units, sorted(plan.measures) if plan else [])


def check_declared(
    tree: YamlTree, at: Location, kind: str, name: str, known: Iterable[str]
) -> Iterator[Problem]:
    declared = list(known)
    if name not in declared:
        cure = did_you_mean(name, declared) or f"Known: {', '.join(declared)}"
        yield tree.problem(at, f"`{path(at)}` names the {kind} `{name}`, which is unknown", cure)


def check_repeated(
    tree: YamlTree, at: Location, entries: Sequence[str], below: Location = ()
) -> Iterator[Problem]:
    for place, entry in enumerate(entries):
        if entry in entries[:place]:
            where = (*at, place, *below)
            cure = "Keep one, or give it another name"
            yield tree.problem(where, f"`{path(at)}` has `{entry}` twice", cure)
