"""A world whose clock runs with the wall clock, plus whatever a person has added."""

import threading
from datetime import datetime, timedelta

from chalicelib.adapters.clock import SystemClock
from chalicelib.world.world import World
from chalicelib.world.world_log import WorldLog


class LiveWorld:
    """One world, one lock: whoever uses it holds the lock, and lets it catch up first."""

    def __init__(self, world: World, partner: str) -> None:
        self.world = world
        self.partner = partner
        self.lock = threading.Lock()
        self.log = WorldLog(world.now)
        self.log.listen()
        self._ahead = world.now() - SystemClock().now()

    def catch_up(self) -> None:
        """Run what fell due since the last time."""
        self.world.advance_to(self._target())

    def jump(self, span: timedelta) -> None:
        """Move the clock on and run what falls due."""
        self._ahead += span
        self.catch_up()

    def _target(self) -> datetime:
        return max(self.world.now(), SystemClock().now() + self._ahead)
