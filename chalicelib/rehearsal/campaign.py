"""All members of a rehearsal, some hundreds at a time, over some processes.

Members live apart from each other, so their books add up whoever keeps them; a part is given up
once it is counted, so that a whole airline needs no more memory than one part of it.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from chalicelib.rehearsal.newcomers import Newcomer
from chalicelib.rehearsal.plan import YearsPlan
from chalicelib.rehearsal.run import live
from chalicelib.rehearsal.told import YearsTold

PART = 250
"""How many members share a world."""

Watch = Callable[[int], None]
"""Hears for how many members the years have passed."""


def rehearse_years(
    plan: YearsPlan, newcomers: list[Newcomer], jobs: int = 1, watch: Watch = lambda _: None
) -> YearsTold:
    """Let all of them live through the plan's years; the same whatever ``jobs`` is."""
    told = YearsTold()
    for part in _all(plan, newcomers, jobs):
        told.add(part)
        watch(told.members)
    return told


def _all(plan: YearsPlan, newcomers: list[Newcomer], jobs: int) -> Iterator[YearsTold]:
    parts = [newcomers[start : start + PART] for start in range(0, len(newcomers), PART)]
    if jobs == 1:
        yield from map(partial(live, plan), parts)
        return
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        yield from pool.map(partial(live, plan), parts)
