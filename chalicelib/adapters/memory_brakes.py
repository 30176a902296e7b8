"""Pauses in one value: the twin of the DynamoDB adapter."""

from chalicelib.domain.brakes import NO_PAUSES, Pause, Pauses


class MemoryBrakes:
    """The port ``Brakes``."""

    def __init__(self) -> None:
        self._pauses = NO_PAUSES

    def pauses(self) -> Pauses:
        return self._pauses

    def pause(self, journey: str | None, pause: Pause) -> bool:
        return self._store(self._pauses.paused(journey, pause))

    def resume(self, journey: str | None) -> bool:
        return self._store(self._pauses.resumed(journey))

    def _store(self, pauses: Pauses) -> bool:
        changed = pauses != self._pauses
        self._pauses = pauses
        return changed
