"""One thread, one heap of moments, and functions that run as greenlets between them.

A function that waits for something gives way to whatever is due meanwhile, so that two of them
are under way at once and yet every run with one seed is the same.
"""

import heapq
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NoReturn

from greenlet import getcurrent, greenlet

from chalicelib.simulation.faults import DeathError

Act = Callable[[], object]


@dataclass(slots=True)
class Ended:
    """How an invocation ended: with an answer, by an error, or killed."""

    answer: Any = None
    error: Exception | None = None
    died: bool = False


class Invocation(greenlet):
    """One run of a function, from its event to its answer, death or deadline.

    ``skew`` is how far its worker's clock is off; ``enter`` and ``leave`` put in place, and keep,
    what belongs to its process alone.
    """

    def __init__(self, function: str, name: str, body: Act, deadline: datetime) -> None:
        super().__init__()
        self.function = function
        self.name = name
        self.body = body
        self.deadline = deadline
        self.skew = timedelta(0)
        self.killed = False
        self.ended = Ended()
        self.sleeper: greenlet = self
        self.acts: list[greenlet] = []
        self.on_end: Callable[[Ended], object] = lambda _: None
        self.enter: Callable[[], None] = lambda: None
        self.leave: Callable[[], None] = lambda: None

    def run(self) -> None:
        try:
            self.ended.answer = self.body()
        except DeathError:
            self.ended.died = True
        except Exception as error:  # noqa: BLE001 - whoever has invoked it, sorts it
            self.ended.error = error


class Scheduler:
    """True time, and what happens when. ``actor`` is who acts while no function does."""

    def __init__(self, start: datetime) -> None:
        self.now = start
        self.actor = "world"
        self.current: Invocation | None = None
        self._heap: list[tuple[datetime, int, str, Act]] = []
        self._numbers = count()
        self._hub = getcurrent()
        self.on_deadline: Callable[[Invocation], object] = lambda _: None

    def who(self) -> str:
        return self.current.name if self.current else self.actor

    def at(self, moment: datetime, act: Act, actor: str = "world") -> None:
        """Do ``act`` at that time, or now if it is past."""
        heapq.heappush(self._heap, (max(moment, self.now), next(self._numbers), actor, act))

    def after(self, span: timedelta, act: Act, actor: str = "world") -> None:
        self.at(self.now + span, act, actor)

    def run_until(self, end: datetime) -> None:
        """Do everything up to ``end``; it is that time then."""
        while self._heap and self._heap[0][0] <= end:
            self._do_next()
        self.now = end

    def come_to_rest(self, end: datetime) -> bool:
        """Do everything there is; False when something is still left to do at ``end``."""
        while self._heap and self._heap[0][0] <= end:
            self._do_next()
        return not self._heap

    def _do_next(self) -> None:
        self.now, _, self.actor, act = heapq.heappop(self._heap)
        act()

    def start(self, invocation: Invocation) -> None:
        """Run a function up to its first wait. Only acts may do that, no function."""
        invocation.parent = self._hub
        self._go_on(invocation)

    def wait(self, span: timedelta) -> None:
        """Let time pass for the function that calls this; its deadline kills it."""
        invocation = self.current
        if invocation is None:
            raise RuntimeError("only a function can wait; let an actor schedule an act instead")
        invocation.sleeper = getcurrent()
        self.at(min(self.now + span, invocation.deadline), lambda: self._go_on(invocation))
        self._hub.switch()
        if self.now >= invocation.deadline:
            self.on_deadline(invocation)
            self.kill()

    def kill(self) -> NoReturn:
        """End the function that calls this, as if its process were gone."""
        if self.current:
            self.current.killed = True
        raise DeathError

    def still_alive(self) -> None:
        """Let a dead function do nothing more, whatever its last lines try."""
        if self.current and self.current.killed:
            raise DeathError

    def _go_on(self, invocation: Invocation) -> None:
        self.current = invocation
        invocation.enter()
        invocation.sleeper.switch()
        invocation.leave()
        if invocation.dead:
            _bury(invocation.acts)
        self.current = None
        if invocation.dead:
            invocation.on_end(invocation.ended)


def _bury(acts: list[greenlet]) -> None:
    """End what a killed function has left half done: nothing else would ever free its memory."""
    for act in acts:
        if not act.dead:
            with suppress(DeathError):
                act.throw()
    acts.clear()
