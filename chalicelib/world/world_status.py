"""The status of a local world: what a deployed stage tells by CloudWatch, a world knows itself."""

from datetime import datetime

from chalicelib.adapters.memory_metrics import MemoryMetrics
from chalicelib.operations.status import Queue, Status
from chalicelib.usecases.ports import Metrics
from chalicelib.world.world import QUEUES, World


def world_status(world: World) -> Status:
    """Look at everything. A world has no alarms and no account at a mail service."""
    now, metrics = world.now(), world.engine.metrics
    due = [at for at in _due_times(world) if at <= now]
    return Status(
        stage="local",
        at=now,
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


def _due_times(world: World) -> list[datetime]:
    return [each.due_at for each in world.engine.enrolments.every() if each.due_at]
