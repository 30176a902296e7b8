"""Parking that tells the world what was put again, so that its clock can jump there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.domain.parking import QueueName
from chalicelib.usecases.parking_ports import Letter, Parking


@dataclass(frozen=True, slots=True)
class WatchedParking:
    """The port ``Parking`` over another one; ``on_postponed`` hears which queue was put into."""

    inner: Parking
    on_postponed: Callable[[QueueName], None]

    def park(self, queue: QueueName, letters: Sequence[Letter]) -> None:
        self.inner.park(queue, letters)

    def postpone(self, queue: QueueName, bodies: Sequence[str]) -> None:
        self.inner.postpone(queue, bodies)
        self.on_postponed(queue)
