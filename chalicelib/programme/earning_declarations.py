"""Whether the rules of earning say what can be judged: how much, of what, and on which days.

What takes more than one field: fields that go together or do not, names that are declared, days
in their order. A programme with none of these problems can judge any transaction.
"""

from collections.abc import Iterator, Mapping, Sequence

from chalicelib.domain.problem import Problem
from chalicelib.programme.declared_names import check_condition, check_declared, check_repeated
from chalicelib.programme.earning_sections import EarningSection
from chalicelib.programme.faults import path
from chalicelib.programme.schema import ProgrammeSection
from chalicelib.programme.yaml_tree import Location, YamlTree

_GOES_WITH: Mapping[str, tuple[str, ...]] = {
    "gives": ("per_mile", "each", "bonus"),
    "counts": ("per_mile", "each", "bonus"),
    "by_class": ("per_mile",),
    "least": ("per_mile",),
    "per": ("each",),
    "of": ("bonus", "excludes"),
    "tiers": ("per_mile", "each"),
    "caps": ("per_mile", "each", "bonus"),
    "rounding": ("per_mile", "each", "bonus"),
}
"""Fields that say something only beside one of the ways to say how much."""


def check_earning(programme: ProgrammeSection, tree: YamlTree) -> Iterator[Problem]:
    """Yield what keeps a rule from being judged, or from ever giving anything."""
    for name, rule in programme.earning.items():
        at: Location = ("earning", name)
        ways = _ways(rule)
        if len(ways) != 1:
            yield _no_single_way(tree, at, ways)
            continue
        yield from _fields(tree, at, rule, ways[0])
        yield from _yields(programme, tree, at, rule)
        yield from _names(programme, tree, at, rule)
        yield from _based(programme, tree, at, rule)
        yield from _days(tree, at, rule)
        yield from _repetitions(tree, at, rule)


def _ways(rule: EarningSection) -> list[str]:
    """Return how the rule says how much; 0% says something, too."""
    given = {"per_mile": rule.per_mile, "each": rule.each, "bonus": rule.bonus}
    ways = [way for way, value in given.items() if value is not None]
    return [*ways, "excludes"] if rule.excludes else ways


def _no_single_way(tree: YamlTree, at: Location, ways: Sequence[str]) -> Problem:
    if not ways:
        cure = "Add one of `per_mile`, `each`, `bonus` and `excludes: true`"
        return tree.problem(at, f"`{path(at)}` does not say how much", cure)
    both = " and ".join(f"`{way}`" for way in ways)
    what = f"`{path(at)}` says how much by {both}"
    return tree.problem((*at, ways[1]), what, "Keep one; make a rule of its own of the other")


def _fields(tree: YamlTree, at: Location, rule: EarningSection, way: str) -> Iterator[Problem]:
    for field, ways in _GOES_WITH.items():
        if field in rule.model_fields_set and way not in ways:
            what = f"`{path((*at, field))}` says nothing beside `{way}`"
            yield tree.problem((*at, field), what, f"Delete it; it goes with {_or(ways)}")


def _yields(
    programme: ProgrammeSection, tree: YamlTree, at: Location, rule: EarningSection
) -> Iterator[Problem]:
    """Yield what is wrong with what is given, or with how much of it."""
    if not rule.excludes and not (rule.gives or rule.counts):
        cure = "Add `gives` with a unit, or `counts` with what is counted"
        yield tree.problem(at, f"`{path(at)}` does not say what it gives", cure)
    if rule.gives and rule.counts:
        cure = "Keep one; make a rule of its own of the other"
        yield tree.problem((*at, "counts"), f"`{path(at)}` both gives and counts", cure)
    if rule.gives:
        yield from check_declared(tree, (*at, "gives"), "unit", rule.gives, programme.units)
    if rule.counts in programme.units:
        what = f"`{path((*at, 'counts'))}` is `{rule.counts}`, which is a unit"
        yield tree.problem((*at, "counts"), what, "Write `gives`, or count under another name")
    way, rates = ("bonus", [rule.bonus]) if rule.bonus is not None else ("per_mile", [])
    if rule.per_mile is not None:
        rates = [rule.per_mile, *rule.by_class.values()]
    if rates and not any(rates):
        what = f"`{path((*at, way))}` is 0%, so that the rule never gives anything"
        yield tree.problem((*at, way), what, "Write more, or delete the rule")


def _names(
    programme: ProgrammeSection, tree: YamlTree, at: Location, rule: EarningSection
) -> Iterator[Problem]:
    for tier in rule.tiers:
        yield from check_declared(tree, (*at, "tiers", tier), "tier", tier, programme.tiers)
    if rule.when:
        yield from check_condition(programme, tree, (*at, "when"), rule.when)


def _based(
    programme: ProgrammeSection, tree: YamlTree, at: Location, rule: EarningSection
) -> Iterator[Problem]:
    """Yield what is wrong with the rules that a bonus or an exclusion is about."""
    if rule.bonus is not None and not rule.of:
        cure = "Add `of` with the rules whose miles it multiplies, like [flight_miles]"
        yield tree.problem(at, f"`{path(at)}` does not say what it is a bonus of", cure)
    giving = [name for name, each in programme.earning.items() if not each.excludes]
    plain = [name for name in giving if programme.earning[name].bonus is None]
    for place, name in enumerate(rule.of):
        where = (*at, "of", place)
        if rule.bonus is not None and name in programme.earning and name not in plain:
            what = f"`{path(where)}` is `{name}`, of which there can be no bonus"
            yield tree.problem(where, what, "Name rules with `per_mile` or `each`")
        else:
            yield from check_declared(tree, where, "rule", name, giving)


def _days(tree: YamlTree, at: Location, rule: EarningSection) -> Iterator[Problem]:
    if rule.since and rule.until and rule.until < rule.since:
        what = f"`{path(at)}` is over before it begins"
        yield tree.problem((*at, "until"), what, f"Write {rule.since} or a later day")


def _repetitions(tree: YamlTree, at: Location, rule: EarningSection) -> Iterator[Problem]:
    for field in ("of", "partners", "kinds", "carriers", "classes"):
        yield from check_repeated(tree, (*at, field), getattr(rule, field))
    periods = [cap.per for cap in rule.caps]
    for place, period in enumerate(periods):
        if period in periods[:place]:
            what = f"`{path((*at, 'caps'))}` has two caps per {period}"
            yield tree.problem((*at, "caps", place, "per"), what, "Keep the lower one")


def _or(ways: Sequence[str]) -> str:
    return " or ".join(f"`{way}`" for way in ways)
