"""How a member's cost and CPU grow with the number of members, and how late mails are at a rate.

Both are the cost meter's: whole cohorts in the metered world, and its simulation of the tick, the
queue and the senders. Their CPU is the engine's own, without boto3.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace

from bench.figures import Row, Section
from bench.programme import SHIPPED
from chalicelib.cost.cohorts import Cohort
from chalicelib.cost.due_lag import Lag, due_lag
from chalicelib.cost.growth import GrowthPoint, grow
from chalicelib.cost.sample import SamplePlan, run_sample

MEMBERS_A_MONTH = 1_000_000
MAILS_A_SECOND = 1_667
LAG_SAMPLE = 200
"""Members who are run to learn how long a sender takes for a mail."""


def growth_section(sizes: Sequence[int], lag_minutes: int) -> Section:
    """Run each size; without ``lag_minutes`` the lag is left out."""
    plan = SamplePlan(
        folder=SHIPPED, members=MEMBERS_A_MONTH, sample=sizes[0], cohort=Cohort.REFERENCE
    )
    points = list(grow(plan, sizes))
    lags = [_lag(plan, lag_minutes)] if lag_minutes else []
    return Section(
        "growth",
        "Growth in the metered world, and due lag",
        [*map(_row, points), *map(_lag_row, lags)],
        {"points": [asdict(each) for each in points], "due_lag": [asdict(lag) for lag in lags]},
    )


def _lag(plan: SamplePlan, minutes: int) -> Lag:
    return due_lag(run_sample(replace(plan, sample=LAG_SAMPLE)), MAILS_A_SECOND, minutes)


def _row(point: GrowthPoint) -> Row:
    return Row(
        f"{point.members:,} members, ms CPU a member",
        f"{point.cpu_ms_a_member:.2f}",
        f"{point.times_ses_alone:.3f} x SES alone, {point.write_units_a_member:.1f} write units "
        f"a member, {point.peak_memory_mb:.0f} MB of memory",
    )


def _lag_row(lag: Lag) -> Row:
    return Row(
        f"due lag at {lag.mails_a_second:,} mails a second, seconds",
        f"{lag.mean_seconds:.0f}",
        f"mean; 99 of 100 within {lag.p99_seconds:.0f}, the longest {lag.longest_seconds:.0f}",
    )
