"""Every rule is one that can be broken: each mutant of the engine is caught, by whom it should be.

The plans are those of the gate, bent so that what the rule is about happens in most of them; so
a few seeds are enough here. How many of the gate's own each takes is in docs/reliability.md.
"""

from dataclasses import replace

import pytest
from simulation.mutants import MUTANTS

from chalicelib.simulation.plan import Plan
from chalicelib.simulation.run import run_seed

SEEDS = 60
BENT = [mutant for mutant in MUTANTS if mutant.options or mutant.habits or mutant.rates]


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


def test_each_mutant_has_a_name_of_its_own():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("mutant", BENT, ids=str)
def test_the_engine_as_it_is_breaks_nothing_in_the_bent_plans(mutant, seed):
    assert run_seed(plan_of(mutant, seed)).violations == []
