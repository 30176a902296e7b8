"""Many runs, spread over processes, and what came of them together.

A run's result is made small where it ran: what goes between processes is counts and broken
promises, never a record.
"""

import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from chalicelib.simulation.checkers.sometimes import happened
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.plan import Plan
from chalicelib.simulation.record import Answered, Faulted, Heard, Stored
from chalicelib.simulation.run import Run, run_seed

CHUNK = 10
"""Seeds that a process runs at most before it tells; garbage is collected as often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which runs: ``seeds`` of them from ``start`` on, each of this size."""

    seeds: int
    start: int
    members: int
    days: int
    on: str = "memory"

    def plan(self, seed: int) -> Plan:
        return Plan.drawn(seed, self.members, self.days)


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that broke a promise."""

    seed: int
    violations: Sequence[Violation]


@dataclass(slots=True)
class Tally:
    """What happened in some runs: sums by name."""

    seeds: int = 0
    calls: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    sites: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    def add(self, run: Run) -> None:
        self.seeds += 1
        self.calls += run.calls
        self.seen.update(_seen(run))
        self.faults.update(each.kind for each in run.record.of(Faulted))
        self.sites.update(run.sites)
        self.happened.update(happened(run.record))
        if run.violations:
            self.failures.append(Failure(run.plan.seed, run.violations))

    def merge(self, other: "Tally") -> None:
        self.seeds += other.seeds
        self.calls += other.calls
        self.seen.update(other.seen)
        self.faults.update(other.faults)
        self.sites.update(other.sites)
        self.happened.update(other.happened)
        self.failures += other.failures


def run_many(wanted: Wanted, jobs: int) -> Iterator[Tally]:
    """Run all seeds; yield what came of each chunk of them, in the order of the seeds."""
    seeds = range(wanted.start, wanted.start + wanted.seeds)
    size = max(1, min(CHUNK, len(seeds) // jobs))
    chunks = [seeds[at : at + size] for at in range(0, len(seeds), size)]
    if jobs == 1:
        for chunk in chunks:
            yield _run_chunk(wanted, chunk)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_run_chunk, [wanted] * len(chunks), chunks)


def _run_chunk(wanted: Wanted, seeds: Sequence[int]) -> Tally:
    tally = Tally()
    for seed in seeds:
        try:
            tally.add(run_seed(wanted.plan(seed), on=wanted.on))
        except Exception as error:  # noqa: BLE001 - one broken run must not hide the others
            told = Violation("crash", 0, f"the run ended with {type(error).__name__}: {error}")
            tally.seeds += 1
            tally.failures.append(Failure(seed, [told]))
    gc.collect()
    return tally


def _seen(run: Run) -> Counter[str]:
    """Count what a person would ask for first."""
    counted: Counter[str] = Counter()
    for seen in run.record.seen:
        match seen:
            case Answered(what=what, status=status):
                counted[f"{what} answered {status or 'with nothing'}"] += 1
            case Heard():
                counted["feedback published"] += 1
            case Stored(what="PROFILE", before=None):
                counted["members"] += 1
            case Stored():
                counted["writes"] += 1
    for name, kind in _KINDS.items():
        counted[name] = run.counts.get(kind, 0)
    return counted


_KINDS = {
    "functions run": "Began",
    "functions killed": "Died",
    "mails asked for": "Called",
    "mails accepted": "Accepted",
    "mails refused": "Refused",
    "dead letters": "DeadLettered",
    "pauses": "Paused",
    "members erased": "Erased",
    "log lines": "Logged",
}
