"""How a member's cost and processor time grow with the number of members: they should not.

Whole cohorts are run in the metered world, nothing scaled. Each size has a process of its own,
so that what one leaves in memory is not held against the next; it has no garbage collector, whose
work is with the heap of the world: a function's own is small.
"""

import gc
import multiprocessing
import resource
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from chalicelib.cost.bill import Part, bill
from chalicelib.cost.meter import OUTSIDE
from chalicelib.cost.prices import load_prices
from chalicelib.cost.sample import SamplePlan, run_sample

SIZES = (1_000, 10_000, 100_000)
_KIB_A_MAXRSS = 1 if sys.platform == "linux" else 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthPoint:
    """One size: dollars and processor time a member; memory is the process's peak.

    ``cpu_ms_a_member`` is the functions' own, without boto3 and without the world around them.
    """

    members: int
    mails: int
    usd_a_member: float
    times_ses_alone: float
    write_units_a_member: float
    cpu_ms_a_member: float
    seconds: float
    peak_memory_mb: float


def grow(plan: SamplePlan, sizes: Iterable[int] = SIZES) -> Iterator[GrowthPoint]:
    """Run a whole cohort of each size, as dense as a million a month; yield each when done."""
    context = multiprocessing.get_context("spawn")
    for size in sizes:
        with context.Pool(1, initializer=gc.disable) as pool:
            yield pool.apply(point, (replace(plan, sample=size),))


def point(plan: SamplePlan) -> GrowthPoint:
    """Run one size in this process."""
    from time import process_time  # noqa: PLC0415 - of this process alone

    started = process_time()
    sample = run_sample(plan)
    made = bill(sample, load_prices())
    engine_ns = sum(ns for function, ns in sample.chain.cpu_ns.items() if function != OUTSIDE)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return GrowthPoint(
        members=plan.sample,
        mails=round(sample.mails),
        usd_a_member=made.usd(Part.CHAIN) / made.members,
        times_ses_alone=made.times_ses,
        write_units_a_member=sample.write_units / plan.sample,
        cpu_ms_a_member=engine_ns / 1e6 / plan.sample,
        seconds=process_time() - started,
        peak_memory_mb=used.ru_maxrss * _KIB_A_MAXRSS / 1024,
    )
