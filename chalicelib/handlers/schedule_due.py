"""Every minute: queue what is due."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import bootstrap
from chalicelib.observability import failures_logged, steps_queued
from chalicelib.usecases.queue_due import queue_due, queue_looks

blueprint = Blueprint(__name__)


@blueprint.schedule("rate(1 minute)")
def schedule_due(event: CloudWatchEvent) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    with failures_logged("schedule_due"):
        engine = bootstrap.engine()
        queued = queue_due(engine)
        looks = queue_looks(engine)
        steps_queued(queued)
        engine.metrics.flush()
        return {"queued": queued, "looks": looks}
