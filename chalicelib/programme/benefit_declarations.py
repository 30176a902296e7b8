"""Whether benefits say who gets them, by tiers and goals there are, and on days in their order.

A benefit with none of these problems can be granted to somebody on some day.
"""

from collections.abc import Iterator

from chalicelib.domain.problem import Problem
from chalicelib.programme.benefit_sections import BenefitSection
from chalicelib.programme.declared_names import check_condition, check_declared
from chalicelib.programme.faults import path
from chalicelib.programme.schema import ProgrammeSection
from chalicelib.programme.yaml_tree import Location, YamlTree


def check_benefits(programme: ProgrammeSection, tree: YamlTree) -> Iterator[Problem]:
    """Yield what keeps a benefit from being granted, or from being lost as it says."""
    for name, benefit in programme.benefits.items():
        at: Location = ("benefits", name)
        yield from _whom(tree, at, benefit)
        yield from _names(programme, tree, at, benefit)
        yield from _lost(programme, tree, at, benefit)
        yield from _days(tree, at, benefit)


def _whom(tree: YamlTree, at: Location, benefit: BenefitSection) -> Iterator[Problem]:
    if not (benefit.tier or benefit.goal or benefit.on):
        cure = "Add `tier`, `goal` or `on`"
        yield tree.problem(at, f"`{path(at)}` does not say what it is given for", cure)
    if not benefit.on:
        return
    if benefit.goal:
        cure = "Keep one; make a benefit of its own of the other"
        yield tree.problem((*at, "on"), f"`{path(at)}` is given for a goal and on a day", cure)
    for field in ("since", "until"):
        if getattr(benefit, field):
            what = f"`{path((*at, field))}` says nothing beside `on`"
            yield tree.problem((*at, field), what, "Delete it; the day is `on`")


def _names(
    programme: ProgrammeSection, tree: YamlTree, at: Location, benefit: BenefitSection
) -> Iterator[Problem]:
    if benefit.tier:
        yield from check_declared(tree, (*at, "tier"), "tier", benefit.tier, programme.tiers)
    if benefit.goal:
        yield from check_declared(tree, (*at, "goal"), "goal", benefit.goal, programme.goals)
    if benefit.when:
        yield from check_condition(programme, tree, (*at, "when"), benefit.when)


def _lost(
    programme: ProgrammeSection, tree: YamlTree, at: Location, benefit: BenefitSection
) -> Iterator[Problem]:
    if benefit.revoked_with_tier and benefit.tier in (None, programme.tiers[0]):
        what = f"there is no tier with which `{path(at)}` could be lost"
        cure = "Delete it, or write another `tier` than the lowest, which is everybody's"
        yield tree.problem((*at, "revoked_with_tier"), what, cure)


def _days(tree: YamlTree, at: Location, benefit: BenefitSection) -> Iterator[Problem]:
    """Yield what ends before it begins: the giving, or what is given."""
    if benefit.since and benefit.until and benefit.until < benefit.since:
        what = f"`{path(at)}` is over before it begins"
        yield tree.problem((*at, "until"), what, f"Write {benefit.since} or a later day")
    first, last = benefit.on or benefit.since, benefit.valid and benefit.valid.day
    if first and last and last < first:
        what = f"`{path(at)}` can't be used on any day"
        yield tree.problem((*at, "valid"), what, f"Write {first} or a later day")
