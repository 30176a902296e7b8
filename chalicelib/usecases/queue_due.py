"""The tick: queue every step that is due, up to what the mail service may take in a minute.

Decides nothing and changes nothing, so that a tick that runs twice, or late, is harmless:
the claim decides. Steps stay in the index until they are claimed.
"""

import math

from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import SendBatch

STEPS_PER_MESSAGE = 10


def queue_due(engine: Engine) -> int:
    """Queue what is due now; return how many steps."""
    now = engine.clock.now()
    per_shard = math.ceil(engine.sends_per_tick / engine.due_shards)
    due = [
        step
        for shard in range(engine.due_shards)
        for step in engine.enrolments.due(shard, now, per_shard)
    ]
    keys = [step.key for step in due]
    starts = range(0, len(keys), STEPS_PER_MESSAGE)
    batches = [SendBatch(steps=tuple(keys[i : i + STEPS_PER_MESSAGE])) for i in starts]
    if batches:
        engine.send_queue.put(batches)
    engine.metrics.count("steps_queued", len(keys))
    late = now - min((step.at for step in due), default=now)
    engine.metrics.seconds("oldest_due_seconds", int(late.total_seconds()))
    return len(keys)
