"""Says at which of the gate's seeds each mutant is first caught: the table of docs/reliability.md.

Run it as ``.venv/bin/python tests/simulation/measure_mutants.py``; it takes some minutes.
A number says with which mutant to begin, from 0.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulation.mutants import MUTANTS

from chalicelib.simulation.plan import Plan
from chalicelib.simulation.run import run_seed

SEEDS = 1_000
"""What the gate runs."""


def first_seed(mutant):
    """Return the first seed whose run breaks what is meant; None when no seed's does."""
    for seed in range(SEEDS):
        with mutant.patch():
            found = {each.invariant for each in run_seed(Plan.drawn(seed)).violations}
        if found & mutant.caught_by:
            return seed
    return None


def row(mutant):
    seed = first_seed(mutant)
    meant = ", ".join(sorted(mutant.caught_by))
    runs = "none of them" if seed is None else f"{seed + 1:,}"
    return f"| {mutant.name} | {meant} | {runs} |"


if __name__ == "__main__":
    for each in MUTANTS[int(sys.argv[1]) if len(sys.argv) > 1 else 0 :]:
        sys.stdout.write(f"{row(each)}\n")
        sys.stdout.flush()
