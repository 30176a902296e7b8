"""The tick: queue every step that is due, up to what the mail service may take in a minute.

And every member of whom something is due by itself: miles that lapse, a day that has come.
Decides nothing and changes nothing, so that a tick that runs twice, or late, is harmless:
the claim decides. Steps stay in the index until they are claimed, members until looked at.
"""

import math
from datetime import datetime

from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import DueStep, EventBatch, SendBatch

LOOKS_PER_TICK = 6_000
"""Six million members of whom something lapses in one night are through by the afternoon."""
LOOKS_PER_MESSAGE = 25


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


def queue_looks(engine: Engine) -> int:
    """Queue the members who are to be looked at now; return how many."""
    now = engine.clock.now()
    per_shard = math.ceil(LOOKS_PER_TICK / engine.due_shards)
    members = [
        member_id
        for shard in range(engine.due_shards)
        for member_id in engine.memberships.due(shard, now, per_shard)
    ]
    starts = range(0, len(members), LOOKS_PER_MESSAGE)
    batches = [
        EventBatch(events=(), looks=tuple(members[i : i + LOOKS_PER_MESSAGE])) for i in starts
    ]
    if batches:
        engine.event_queue.put(batches)
        engine.metrics.count("looks_queued", len(members))
    return len(members)


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
