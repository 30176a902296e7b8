"""The status of a local world: what a deployed stage tells by CloudWatch, a world knows itself."""

from datetime import datetime

from chalicelib.adapters.memory_metrics import MemoryMetrics
from chalicelib.domain.brakes import Pauses
from chalicelib.operations.status import Queue, Status, held_by
from chalicelib.usecases.ports import Metrics
from chalicelib.world.world import QUEUES, World


def world_status(world: World) -> Status:
    """Look at everything. A world has no alarms and no account at a mail service."""
    now, metrics = world.now(), world.engine.metrics
    pauses = world.engine.brakes.pauses()
    due = [at for at in _due_times(world, pauses) if at <= now]
    return Status(
        stage="local",
        at=now,
        paused=held_by(pauses),
        due_now=len(due),
        oldest_due_seconds=int((now - min(due, default=now)).total_seconds()),
        queues=tuple(
            Queue(name=name, dead_letters=len(getattr(world.substrate, name).dead_letters()))
            for name in QUEUES
        ),
        counts={"so far": _counts(metrics)},
    )


def _counts(metrics: Metrics) -> dict[str, int]:
    sums = metrics.counts if isinstance(metrics, MemoryMetrics) else {}
    return {name: count for name, count in sums.items() if count}


def _due_times(world: World, pauses: Pauses) -> list[datetime]:
    every = world.engine.enrolments.every()
    return [each.due_at for each in every if each.due_at and not pauses.holding(each.journey)]
