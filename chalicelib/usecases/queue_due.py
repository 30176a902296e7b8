"""The tick: queue every step that is due, up to what the mail service may take in a minute.

Decides nothing and changes nothing, so that a tick that runs twice, or late, is harmless:
the claim decides. Steps stay in the index until they are claimed.
"""

import math
from datetime import datetime

from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import DueStep, SendBatch


def queue_due(engine: Engine) -> int:
    """Queue what is due now; return how many steps."""
    now = engine.clock.now()
    due = _due(engine, now)
    keys = [step.key for step in due]
    size = engine.steps_per_message
    starts = range(0, len(keys), size)
    batches = [SendBatch(steps=tuple(keys[i : i + size])) for i in starts]
    if batches:
        engine.send_queue.put(batches)
    engine.metrics.count("steps_queued", len(keys))
    late = now - min((step.at for step in due), default=now)
    engine.metrics.seconds("oldest_due_seconds", int(late.total_seconds()))
    return len(keys)


def _due(engine: Engine, now: datetime) -> list[DueStep]:
    """Return what is due and not paused; what is paused is passed over where it is."""
    pauses = engine.brakes.pauses()
    if pauses.everything:
        return []
    per_shard = math.ceil(engine.sends_per_tick / engine.due_shards)
    return [
        step
        for shard in range(engine.due_shards)
        for step in engine.enrolments.due(shard, now, per_shard, pauses.journeys)
    ]
