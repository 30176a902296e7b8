"""Runs that several tests look at; each is made once a process."""

from functools import cache

from chalicelib.simulation.plan import Plan
from chalicelib.simulation.run import run_seed


@cache
def drawn(seed):
    return run_seed(Plan.drawn(seed))


@cache
def quiet(seed):
    return run_seed(Plan.quiet(seed))
