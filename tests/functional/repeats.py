"""A world in which everything comes twice: webhooks, messages, ticks, audits, feedback."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from math import ceil
from unittest.mock import patch

from chalicelib.world import gateway
from chalicelib.world import world as world_module
from chalicelib.world.substrates import substrate
from chalicelib.world.world import Substrate

DAYS_LATER = timedelta(days=3)


class RepeatingQueue:
    """A ``QueueConsumer`` that hands out each message four times.

    Twice in one batch, once more in a later batch, and again when everybody has forgotten it.
    """

    def __init__(self, inner, clock):
        self._inner = inner
        self._clock = clock
        self._copies = []
        self.repeated = 0

    def receive(self, limit):
        now = self._clock.now()
        ready = [copy for copy in self._copies if copy[0] <= now][:limit]
        for copy in ready:
            self._copies.remove(copy)
        room = limit - len(ready)
        fresh = self._inner.receive(ceil(room / 2)) if room else []
        self._copies += [(at, message) for at in (now, now + DAYS_LATER) for message in fresh]
        handed = [*(message for _, message in ready), *fresh, *fresh]
        self._copies += [(now, message) for message in handed[limit:]]
        self.repeated += len(handed) - len(fresh)
        return handed[:limit]

    def delete(self, receipt):
        self._inner.delete(receipt)

    def release(self, receipt):
        self._inner.release(receipt)

    def dead_letters(self):
        return self._inner.dead_letters()


def repeating(ground: Substrate) -> Substrate:
    """Put a repeating queue in the place of each of the three, and let SES tell all twice."""
    queues = {
        name: RepeatingQueue(getattr(ground, name), ground.clock)
        for name in ("events", "sends", "feedback")
    }
    publish = ground.publish_feedback

    def publish_twice(event):
        publish(event)
        publish(event)

    return replace(ground, publish_feedback=publish_twice, **queues)


def twice(function):
    def call(*args, **kwargs):
        function(*args, **kwargs)
        return function(*args, **kwargs)

    return call


@contextmanager
def everything_twice(*, at=()):
    """Let ticks, audits and webhooks come twice; ``at``: modules that make their substrate."""

    @contextmanager
    def repeating_substrate(kind, plan):
        with substrate(kind, plan) as ground:
            yield repeating(ground)

    with (
        patch.object(world_module, "schedule_due", twice(world_module.schedule_due)),
        patch.object(world_module, "schedule_audit", twice(world_module.schedule_audit)),
        patch.object(gateway, "request", twice(gateway.request)),
    ):
        if not at:
            yield
            return
        with patch.object(at, "substrate", repeating_substrate):
            yield
