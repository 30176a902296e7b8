"""How many signed events a second one process takes in, each verified, remembered and queued.

The time is the wall's and includes the stub's answers; CPU is beside it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.chain import INTAKE, Chain, expect_accepted, member_joined
from bench.figures import MS, Row, Section, spread
from bench.stub_process import Stub

WAYS = {"single webhooks": 1, "webhooks of 100 events": 100}
BATCHES_PER_SINGLE = 10
"""How many more events come in batches, so that both ways take about as long."""


@dataclass(frozen=True, slots=True)
class Run:
    """Some events that were taken in."""

    events: int
    wall_s: float
    cpu_s: float


def intake_section(chain: Chain, stub: Stub, events: int, rounds: int) -> Section:
    """Take in single events and batches in turns."""
    found: dict[str, list[Run]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way, runs in found.items():
            per_webhook = WAYS[way]
            count = events if per_webhook == 1 else events * BATCHES_PER_SINGLE
            runs.append(_run(chain, stub, count, per_webhook))
    rows = [_row(way, runs) for way, runs in found.items()]
    return Section(
        "intake",
        "Signed events a second, one process",
        rows,
        {way: _content(runs) for way, runs in found.items()},
    )


def _run(chain: Chain, stub: Stub, events: int, per_webhook: int) -> Run:
    stub.clear()
    joining = [member_joined(data, chain.now()) for data in chain.new_people(events)]
    webhooks = list(chain.webhooks(joining, per_webhook))
    begun, cpu_begun = time.perf_counter(), time.process_time()
    for webhook in webhooks:
        expect_accepted(chain.invoke(INTAKE, webhook))
    return Run(events, time.perf_counter() - begun, time.process_time() - cpu_begun)


def _row(way: str, runs: Sequence[Run]) -> Row:
    rate = spread(run.events / run.wall_s for run in runs)
    cpu = spread(run.cpu_s * MS / run.events for run in runs)
    return Row(
        way,
        f"{rate.median:.0f} ({rate.least:.0f} to {rate.greatest:.0f})",
        f"{cpu} ms CPU an event",
    )


def _content(runs: Sequence[Run]) -> dict[str, Any]:
    return {
        "events_a_second": spread(run.events / run.wall_s for run in runs).as_json(),
        "cpu_ms_an_event": spread(run.cpu_s * MS / run.events for run in runs).as_json(),
    }
