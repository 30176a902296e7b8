"""Lets things that would happen within hours happen in the very seconds in which mails are sent.

Without it a month is so long that an event and a send about one member would hardly ever meet.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from chalicelib.simulation.chance import Chance
from chalicelib.simulation.record import Began, Record
from chalicelib.simulation.scheduler import Scheduler

SOON = timedelta(hours=20)
"""What would happen later stays where it is: an event that is told must have happened."""
SPREADS = {"schedule_due": timedelta(seconds=6), "queue_sends": timedelta(seconds=1.5)}
"""Within how long after the beginning of a tick, or of a sender, something else happens."""
MOST = 4


@dataclass(slots=True, eq=False)
class _Plan:
    at: datetime
    act: Callable[[], object]
    actor: str
    done: bool = False


@dataclass(slots=True)
class Coincidences:
    """Keeps what actors plan, and pulls some of it forward when a tick begins."""

    scheduler: Scheduler
    record: Record
    chance: Chance
    share: float
    meeting: set[str]
    """Senders beside which something was made to happen: the gate slows their calls down."""
    _plans: list[_Plan] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.record.listen(Began, self._on_began)

    def at(self, moment: datetime, act: Callable[[], object], actor: str) -> None:
        """Do ``act`` at that time, or before."""
        plan = _Plan(moment, act, actor)
        self._plans.append(plan)
        self.scheduler.at(moment, partial(self._do, plan), actor)

    def _do(self, plan: _Plan) -> None:
        if not plan.done:
            plan.done = True
            self._plans.remove(plan)
            plan.act()

    def _on_began(self, began: Began) -> None:
        spread = SPREADS.get(began.function)
        if spread is None or not self.chance.happens(self.share):
            return
        soon = self.scheduler.now + SOON
        near = [plan for plan in self._plans if plan.at <= soon]
        if near and began.function == "queue_sends":
            self.meeting.add(began.by)
        for plan in self.chance.shuffled(near)[:MOST]:
            after = spread * self.chance.random()
            self.scheduler.after(after, partial(self._do, plan), plan.actor)
