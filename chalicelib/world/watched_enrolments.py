"""Enrolments that tell the world when a step falls due, so that its clock can jump there."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.enrolment import Enrolment
from chalicelib.usecases.ports import Case, DueStep, Enrolments


@dataclass(frozen=True, slots=True)
class WatchedEnrolments:
    """The port ``Enrolments`` over another one; ``on_due`` hears of every due time stored."""

    inner: Enrolments
    on_due: Callable[[datetime], None]

    def load_case(self, member_id: str, journeys: Iterable[str]) -> Case | None:
        return self.inner.load_case(member_id, journeys)

    def load(self, member_id: str, journey: str, entry: int | None = None) -> Enrolment | None:
        return self.inner.load(member_id, journey, entry)

    def save(self, enrolment: Enrolment) -> bool:
        return self._stored(enrolment, self.inner.save(enrolment))

    def follow(self, former: Enrolment, fresh: Enrolment) -> bool:
        return self._stored(fresh, self.inner.follow(former, fresh))

    def due(
        self, shard: int, until: datetime, limit: int, without: Collection[str] = ()
    ) -> list[DueStep]:
        return self.inner.due(shard, until, limit, without)

    def of(self, member_id: str) -> list[Enrolment]:
        return self.inner.of(member_id)

    def every(self) -> Iterator[Enrolment]:
        return self.inner.every()

    def _stored(self, enrolment: Enrolment, stored: bool) -> bool:  # noqa: FBT001 - the answer
        if stored and enrolment.due_at:
            self.on_due(enrolment.due_at)
        return stored
