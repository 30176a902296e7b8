"""Whether the rules of tiers can be judged: by tiers and measures there are, each harder to reach.

A programme with none of these problems gives every member one tier on every day.
"""

from collections.abc import Iterator, Mapping

from chalicelib.domain.problem import Problem
from chalicelib.programme.declared_names import check_declared, check_repeated
from chalicelib.programme.faults import path
from chalicelib.programme.schema import ProgrammeSection
from chalicelib.programme.tier_sections import TierRulesSection
from chalicelib.programme.yaml_tree import Location, YamlTree


def check_tiers(programme: ProgrammeSection, tree: YamlTree) -> Iterator[Problem]:
    """Yield what keeps tiers from being judged, or a tier from ever being had."""
    rule_sets = programme.tier_rules
    since = [rules.since.isoformat() for rules in rule_sets]
    yield from check_repeated(tree, ("tier_rules",), since, below=("since",))
    counted = {rule.counts: None for rule in programme.earning.values() if rule.counts}
    for place, rules in enumerate(rule_sets):
        at: Location = ("tier_rules", place)
        if rules.period != rule_sets[0].period:
            cure = f"Write `{rule_sets[0].period}`: what a member has done is counted by one year"
            yield tree.problem((*at, "period"), f"`{path(at)}` has a year of its own", cure)
        yield from _names(tree, at, rules, programme.tiers, [*programme.units, *counted])
        yield from _order(tree, at, rules, programme.tiers)


def _names(
    tree: YamlTree, at: Location, rules: TierRulesSection, tiers: list[str], known: list[str]
) -> Iterator[Problem]:
    for tier, any_of in rules.reach.items():
        yield from check_declared(tree, (*at, "reach", tier), "tier", tier, tiers)
        for place, threshold in enumerate(any_of):
            for measure in threshold:
                where = (*at, "reach", tier, place, measure)
                yield from check_declared(tree, where, "measure", measure, known)


def _order(
    tree: YamlTree, at: Location, rules: TierRulesSection, tiers: list[str]
) -> Iterator[Problem]:
    """Yield what reaches the lowest tier, and what reaches a tier no later than a lower one."""
    if tiers[0] in rules.reach:
        cure = "Delete it: every member has the lowest tier"
        where = (*at, "reach", tiers[0])
        yield tree.problem(where, f"there is nothing to reach in `{tiers[0]}`", cure)
    ranked = [tier for tier in tiers[1:] if tier in rules.reach]
    for rank, higher in enumerate(ranked):
        for place, threshold in enumerate(rules.reach[higher]):
            beaten = [
                lower
                for lower in ranked[:rank]
                if any(_is_no_more(threshold, each) for each in rules.reach[lower])
            ]
            if beaten:
                what = f"`{higher}` takes no more than `{beaten[-1]}` here"
                cure = f"Write more than reaches `{beaten[-1]}`, or delete it"
                yield tree.problem((*at, "reach", higher, place), what, cure)


def _is_no_more(higher: Mapping[str, int], lower: Mapping[str, int]) -> bool:
    """Tell whether whoever has reached the lower threshold has reached the higher one as well."""
    return all(measure in lower and lower[measure] >= need for measure, need in higher.items())
