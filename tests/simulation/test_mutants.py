"""Every rule is one that can be broken: each mutant of the engine is caught, by whom it should be.

The plans are those of the gate, bent so that what the rule is about happens in most of them; so
a few seeds are enough here. How many of the gate's own each takes is in docs/reliability.md.
"""

from dataclasses import replace
from inspect import Parameter, isfunction, signature

import pytest
from simulation.mutants import MUTANTS

from chalicelib.simulation.plan import Plan
from chalicelib.simulation.run import run_seed

SEEDS = 30
BENT = {
    str((mutant.options, mutant.habits, mutant.rates)): mutant
    for mutant in MUTANTS
    if mutant.options or mutant.habits or mutant.rates
}
"""One mutant for each way of bending."""


def plan_of(mutant, seed):
    drawn = Plan.drawn(seed)
    options = replace(drawn.options, **mutant.options)
    habits = replace(drawn.habits, **mutant.habits)
    return replace(drawn, options=options, habits=habits, rates={**drawn.rates, **mutant.rates})


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_broken_rule_is_caught_by_the_invariant_that_is_meant(mutant, watch):
    others = set()
    for seed in range(SEEDS):
        with mutant.patch():
            found = {each.invariant for each in run_seed(plan_of(mutant, seed)).violations}
        if "S10" in mutant.caught_by:
            watch.seen.clear()  # to log what is personal is what this mutant is for
        if found & mutant.caught_by:
            return
        others |= found
    raise AssertionError(f"not caught in {SEEDS} runs; broken were {sorted(others) or 'none'}")


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_mutant_can_be_called_as_what_it_takes_the_place_of(mutant):
    """One that raises instead breaks nearly every rule, and proves nothing of the one meant."""
    if not isfunction(mutant.puts_there):
        return
    told = signature(mutant.takes_the_place_of).parameters.values()
    puts = signature(mutant.puts_there)
    bound = puts.bind(*(None for each in told if each.kind is Parameter.POSITIONAL_OR_KEYWORD))
    own = [each.name for each in puts.parameters.values() if isfunction(each.default)]
    assert not set(own) & set(bound.arguments), "what it goes by would be overwritten"


def test_each_mutant_has_a_name_of_its_own():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("mutant", BENT.values(), ids=str)
def test_the_engine_as_it_is_breaks_nothing_in_the_bent_plans(mutant, seed):
    assert run_seed(plan_of(mutant, seed)).violations == []
