"""An operator who merges members by hand and parts them again, with whoever is there.

Some of it comes in the very seconds in which one of the two spends: then that function is slowed
down, so that the merge is stored between what it has read and what it writes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib.simulation.chance import Chance
from chalicelib.simulation.cloud import Cloud
from chalicelib.simulation.coincidence import Coincidences
from chalicelib.simulation.merging import AGAIN, BY_HAND_SHARE, DAY, moment_of
from chalicelib.simulation.people import Person
from chalicelib.simulation.plan import Plan
from chalicelib.simulation.record import Began, Stored
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.merge_members import merge, unmerge

MINUTE = timedelta(minutes=1)
AT_ONCE = timedelta(seconds=0.6)
Command = Callable[[Engine], object]


@dataclass(slots=True)
class Merger:
    """Merges by the plan; ``does`` runs a command until it is done."""

    cloud: Cloud
    plan: Plan
    chance: Chance
    coincidences: Coincidences
    does: Callable[[Command], None]
    waiting: int = 0
    """How many merges are to come while somebody spends."""
    _beside: bool = field(default=False)

    def __post_init__(self) -> None:
        self.cloud.record.listen(Began, self._on_began)

    def begin(self) -> None:
        """Expect every merge that is made by hand."""
        for _ in range(self.plan.options.merges):
            if self.chance.happens(BY_HAND_SHARE):
                at = moment_of(self.plan, self.chance)
                self.coincidences.at(at, self._merge_somebody, "operator")
            else:
                self.waiting += 1

    def meets(self, number: int) -> None:
        """Merge this very member now, who is served at a counter, if a merge waits for that."""
        member_id = self._known_as(Person(number).names["card"])
        if self.waiting and member_id and self.chance.happens(self.plan.habits.coincidences):
            self.waiting -= 1
            self._beside = True
            after = AT_ONCE * self.chance.random()
            self.cloud.scheduler.after(after, lambda: self._merge_with(member_id), "operator")

    def _on_began(self, began: Began) -> None:
        if self._beside and began.function == "api":
            self.coincidences.meeting.add(began.by)
            self._beside = False

    def _known_as(self, card: str) -> str:
        names = (each for each in self.cloud.record.of(Stored) if each.what == "ALIAS")
        return next((str(each.after) for each in names if each.key == f"card#{card}"), "")

    def _everybody(self) -> list[str]:
        stored = self.cloud.record.of(Stored)
        return list(dict.fromkeys(each.key for each in stored if each.what == "PROFILE"))

    def _merge_somebody(self) -> None:
        everybody = self._everybody()
        if everybody:
            self._merge_with(self.chance.one_of(everybody))

    def _merge_with(self, member_id: str) -> None:
        others = [each for each in self._everybody() if each != member_id]
        if not others:
            return
        pair = self.chance.shuffled([member_id, self.chance.one_of(others)])
        self.does(lambda engine: merge(engine, *pair))
        if self.chance.happens(AGAIN):
            after = self.chance.span(MINUTE, DAY * self.plan.days / 3)
            self.cloud.scheduler.after(after, lambda: self._part(pair[1]), "operator")

    def _part(self, absorbed: str) -> None:
        self.does(lambda engine: unmerge(engine, absorbed))
