"""The sending budget in DynamoDB: one item, the newest window, for all senders.

Each take is one conditional write while nobody else sends, and one more for each sender that
was quicker. Nothing is ever given back: a permit that is lost is a mail that goes out later.
"""

from datetime import datetime

from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.moments import time_text
from chalicelib.adapters.sending_items import MICROSECOND, window_item, window_of
from chalicelib.adapters.wire import Item
from chalicelib.domain.pace import Pace, Permit, Window, next_window, permit

_MAX_TRIES = 10
"""Senders that meet are as many as there are windows to fill; after so many the mails wait."""
_NONE_YET = "attribute_not_exists(PK)"
_IDLE = "opens_at <= :over AND mails = :mails AND every = :every"
_AS_READ = "opens_at = :opens AND taken = :taken"


class DynamoSendBudget:
    """The port ``SendBudget``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, pace: Pace, wanted: int, now: datetime, until: datetime) -> Permit | None:
        """AP27: leave for some calls. First as if nobody sends: then nothing need be read."""
        after = next_window(pace, None, wanted, now)
        values: Item = {
            ":over": time_text(now - pace.every),
            ":mails": pace.mails,
            ":every": pace.every // MICROSECOND,
        }
        stored = self._table.put_if(window_item(after), f"{_NONE_YET} OR ({_IDLE})", values)
        if stored is None:
            return permit(None, after)
        return self._take_among_others(pace, wanted, now, until, stored)

    def _take_among_others(
        self, pace: Pace, wanted: int, now: datetime, until: datetime, stored: Item
    ) -> Permit | None:
        for _ in range(_MAX_TRIES):
            before = window_of(stored) if stored else None
            after = next_window(pace, before, wanted, now)
            if after.opens >= until:
                return None
            others = self._store(before, after)
            if others is None:
                return permit(before, after)
            stored = others
        return None

    def _store(self, before: Window | None, after: Window) -> Item | None:
        """Store the window over the one that was read: None; else return what is there."""
        if before is None:
            return self._table.put_if(window_item(after), _NONE_YET)
        values: Item = {":opens": time_text(before.opens), ":taken": before.taken}
        return self._table.put_if(window_item(after), _AS_READ, values)
