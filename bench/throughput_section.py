"""How many mails a second worker processes send, from the message of the queue to SES's answer.

The stub shares the machine: on two cores, two workers and the stub are one too many, so the
CPU a mail says more of bigger machines than the mails a second.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.chain import Chain
from bench.figures import MS, Row, Section, spread
from bench.stub_process import ROOT, Stub

WORKERS = (1, 2)
PER_WEBHOOK = 100
WARM_UP_MAILS = 25
"""More than one message of the queue has, which is what a worker sends before it is ready."""


class WorkerError(Exception):
    """The workers did not send what was due."""


@dataclass(frozen=True, slots=True)
class Run:
    """What some workers did together."""

    mails: int
    wall_s: float
    cpu_s: float


def throughput_section(chain: Chain, stub: Stub, mails: int, rounds: int) -> Section:
    """Run one worker and two in turns, each time on mails of their own."""
    found: dict[int, list[Run]] = {workers: [] for workers in WORKERS}
    for _ in range(rounds):
        for workers, runs in found.items():
            due = mails + WARM_UP_MAILS * workers
            _let_be_due(chain, stub, due)
            runs.append(_run(chain, stub, workers, due))
    rows = [_row(workers, runs) for workers, runs in found.items()]
    content = {f"workers_{workers}": _content(runs) for workers, runs in found.items()}
    return Section("throughput", "Mails a second, from queue to SES", rows, content)


def _let_be_due(chain: Chain, stub: Stub, mails: int) -> None:
    stub.clear()
    chain.tell("member.joined", chain.new_people(mails), PER_WEBHOOK)
    chain.queue_due()


def _run(chain: Chain, stub: Stub, workers: int, due: int) -> Run:
    command = [sys.executable, "-m", "bench.worker", str(stub.port), chain.now().isoformat()]
    started = [
        subprocess.Popen(  # noqa: S603 - our own words
            command,
            cwd=ROOT,
            env=dict(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(workers)
    ]
    for worker in started:
        _heard(worker)
    sent_before = stub.counts()["mails"]
    told = _work(started)
    sent = stub.counts()["mails"]
    if sent != due:
        raise WorkerError(f"{due} mails were due, {sent} were sent")
    return Run(
        mails=sent - sent_before,
        wall_s=max(each["wall_s"] for each in told),
        cpu_s=sum(each["cpu_s"] for each in told),
    )


def _work(workers: Sequence["subprocess.Popen[str]"]) -> list[dict[str, float]]:
    """Let all begin at once; return what each says at its end."""
    for worker in workers:
        if worker.stdin:
            worker.stdin.write("go\n")
            worker.stdin.flush()
    told = [_heard(worker) for worker in workers]
    for worker in workers:
        worker.communicate()
    return told


def _heard(worker: "subprocess.Popen[str]") -> dict[str, Any]:
    line = worker.stdout.readline() if worker.stdout else ""
    if not line:
        raise WorkerError(f"a worker ended with {worker.wait()}; its own words are above")
    heard: dict[str, Any] = json.loads(line)
    return heard


def _row(workers: int, runs: Sequence[Run]) -> Row:
    rate = spread(run.mails / run.wall_s for run in runs)
    cpu = spread(run.cpu_s * MS / run.mails for run in runs)
    what = f"{workers} worker process{'es' if workers > 1 else ''}"
    return Row(
        what, f"{rate.median:.0f} ({rate.least:.0f} to {rate.greatest:.0f})", f"{cpu} ms CPU a mail"
    )


def _content(runs: Sequence[Run]) -> dict[str, Any]:
    return {
        "mails_a_second": spread(run.mails / run.wall_s for run in runs).as_json(),
        "cpu_ms_a_mail": spread(run.cpu_s * MS / run.mails for run in runs).as_json(),
    }
