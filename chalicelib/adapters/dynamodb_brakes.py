"""Pauses in DynamoDB: one item, read before every decision and once more after every claim.

It is read consistently by whoever sends, so that a pause that is stored is seen at once.
"""

from collections.abc import Callable

from chalicelib.adapters import keys
from chalicelib.adapters.brake_items import PAUSES_OPTIONAL, pauses_item, pauses_of
from chalicelib.adapters.dynamodb import Table
from chalicelib.domain.brakes import NO_PAUSES, Pause, Pauses
from chalicelib.usecases.ports import UnavailableError

_MAX_TRIES = 10
"""Writers of pauses are few: an operator, and the breaker of each journey."""


class DynamoBrakes:
    """The port ``Brakes``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def pauses(self) -> Pauses:
        """AP17: what is paused, at the tick and after a claim."""
        return self._read()[0]

    def pause(self, journey: str | None, pause: Pause) -> bool:
        """AP18: a person, or the breaker, stops mails."""
        return self._change(lambda known: known.paused(journey, pause))

    def resume(self, journey: str | None) -> bool:
        """AP19: a person lets mails go on."""
        return self._change(lambda known: known.resumed(journey))

    def _read(self) -> tuple[Pauses, int]:
        item = self._table.get(keys.pauses())
        return pauses_of(item) if item else (NO_PAUSES, 0)

    def _change(self, change: Callable[[Pauses], Pauses]) -> bool:
        for _ in range(_MAX_TRIES):
            known, version = self._read()
            changed = change(known)
            if changed == known:
                return False
            item = pauses_item(changed, version + 1)
            if self._table.put_version(item, version, PAUSES_OPTIONAL):
                return True
        raise UnavailableError("the pauses were busy; try again")
