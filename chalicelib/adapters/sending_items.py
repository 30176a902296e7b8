"""What the items look like that bound the sending: counts for the breaker, the budget's window.

docs/data-model.md is the reference.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from chalicelib.adapters import keys, moments
from chalicelib.adapters.items import check_type, new_item
from chalicelib.adapters.wire import Item
from chalicelib.domain.breaker import DayCount
from chalicelib.domain.pace import Window

MICROSECOND = timedelta(microseconds=1)
COUNT_KEPT = timedelta(days=90)
"""Longer than the breaker ever looks back where a journey mails at all."""


def count_item(journey: str, series: int, count: DayCount) -> Item:
    """Return the whole item of a day on which so much, and no more, was counted."""
    return new_item(
        keys.day_count(journey, series, count.day),
        type="COUNT",
        journey=journey,
        series=series,
        day=count.day.isoformat(),
        mails=count.mails,
        complaints=count.complaints,
        bounces=count.bounces,
        expires_at=int((datetime.combine(count.day, time(), tzinfo=UTC) + COUNT_KEPT).timestamp()),
    )


def count_of(item: Mapping[str, Any]) -> DayCount:
    check_type(item, "COUNT")
    return DayCount(
        day=date.fromisoformat(item["day"]),
        mails=item["mails"],
        complaints=item["complaints"],
        bounces=item["bounces"],
    )


def window_item(window: Window) -> Item:
    return new_item(
        keys.budget(),
        type="BUDGET",
        opens_at=moments.time_text(window.opens),
        taken=window.taken,
        mails=window.mails,
        every=window.every // MICROSECOND,
    )


def window_of(item: Mapping[str, Any]) -> Window:
    check_type(item, "BUDGET")
    return Window(
        opens=moments.parse_time(item["opens_at"]),
        taken=item["taken"],
        mails=item["mails"],
        every=item["every"] * MICROSECOND,
    )
