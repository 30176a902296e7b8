"""Brakes that tell the world when mails go on, so that its clock looks for what is due."""

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.domain.brakes import Pause, Pauses
from chalicelib.usecases.brake_ports import Brakes


@dataclass(frozen=True, slots=True)
class WatchedBrakes:
    """The port ``Brakes`` over another one; ``on_resume`` hears of every pause that ends."""

    inner: Brakes
    on_resume: Callable[[], None]

    def pauses(self) -> Pauses:
        return self.inner.pauses()

    def pause(self, journey: str | None, pause: Pause) -> bool:
        return self.inner.pause(journey, pause)

    def resume(self, journey: str | None) -> bool:
        resumed = self.inner.resume(journey)
        self.on_resume()
        return resumed
