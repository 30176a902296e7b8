"""Many runs, over some processes, and their summary. Each run is one seed, whoever runs it."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

from chalicelib.calibration.counts import CountPlan, Shown, count_plan, shown_by_counts
from chalicelib.calibration.looks import RunTold
from chalicelib.calibration.plan import RunPlan, loaded
from chalicelib.calibration.run import run
from chalicelib.calibration.summary import Summary, summarise
from chalicelib.domain.journey import Goal

RUNS_OF_COUNTS = 1_000

Watch = Callable[[int], None]
"""Hears how many runs are done."""


def calibrate(
    plan: RunPlan,
    runs: int,
    jobs: int = 1,
    watch: Watch = lambda _: None,
    runs_of_counts: int = RUNS_OF_COUNTS,
) -> Summary:
    """Run the plan with its seed and the seeds that follow it."""
    counts = {name: count_plan(plan, goal) for name, goal in goals_of(plan).items()}
    effects = {name: bool(each.answers) if each else None for name, each in counts.items()}
    told = []
    for each in _all(plan, runs, jobs):
        told.append(each)
        watch(len(told))
    return summarise(told, effects, _by_counts(plan, counts, runs_of_counts))


def goals_of(plan: RunPlan) -> Mapping[str, Goal]:
    """Return the goals that the first journey's report measures."""
    programme = loaded(plan.folder)[0]
    journey = next(iter(programme.journeys.values()))
    return {name: programme.goals[name] for name in journey.goals}


def _all(plan: RunPlan, runs: int, jobs: int) -> Iterator[RunTold]:
    plans = [replace(plan, seed=plan.seed + number) for number in range(runs)]
    if jobs == 1:
        yield from map(run, plans)
        return
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        yield from pool.map(run, plans)


def _by_counts(
    plan: RunPlan, counts: Mapping[str, CountPlan | None], runs: int
) -> dict[str, Shown]:
    """Count without the engine what can be: goals that somebody reaches, under one share."""
    return {
        name: shown_by_counts(each, runs, plan.seed)
        for name, each in counts.items()
        if each and (each.anyway or each.answers) and not plan.ramp
    }
