"""Every minute: queue what is due."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import bootstrap
from chalicelib.usecases.queue_due import queue_due

blueprint = Blueprint(__name__)


@blueprint.schedule("rate(1 minute)")
def schedule_due(event: CloudWatchEvent) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    engine = bootstrap.engine()
    queued = queue_due(engine)
    engine.metrics.flush()
    return {"queued": queued}
