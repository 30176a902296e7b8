"""Checks that every part of programme.yaml needs: a name is declared, and stands there once."""

from collections.abc import Iterable, Iterator, Sequence

from chalicelib.domain.member import ATTRIBUTES
from chalicelib.domain.problem import Problem
from chalicelib.programme.compiled_condition import CompiledCondition
from chalicelib.programme.conditions import names_in
from chalicelib.programme.faults import path
from chalicelib.programme.notations import did_you_mean
from chalicelib.programme.schema import ProgrammeSection
from chalicelib.programme.yaml_tree import Location, YamlTree


def check_condition(
    programme: ProgrammeSection, tree: YamlTree, at: Location, condition: CompiledCondition
) -> Iterator[Problem]:
    """Yield the facts and the tiers that a condition names and nobody has declared."""
    goals = [f"goals.{goal}" for goal in programme.goals]
    balances = [f"balances.{unit}" for unit in programme.units]
    known = [*ATTRIBUTES, *goals, *balances]
    names = names_in(condition.text)
    for name in sorted(names):
        yield from check_declared(tree, at, "fact", name, known)
    for tier in sorted(map(str, names.get("tier", ()))):
        yield from check_declared(tree, at, "tier", tier, programme.tiers)


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
