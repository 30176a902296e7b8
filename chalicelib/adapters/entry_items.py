"""What an enrolment knows of the entries before it, as it stands in the item.

docs/data-model.md is the reference. It is read with every decision, so it is short.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.adapters.moments import from_microseconds, microseconds
from chalicelib.adapters.record_items import numbers, times_of
from chalicelib.adapters.wire import Item
from chalicelib.domain.arms import Arm
from chalicelib.domain.enrolment import Assignment, Before


def before_map(before: Before) -> Item:
    """Names of one letter, as in a step's record."""
    share = millionths(before.first.holdout)
    return {
        "t": microseconds(before.first.at),
        "a": before.first.arm.value,
        **({} if share is None else {"h": share}),
        "m": " ".join(str(microseconds(at)) for at in before.mailed),
        "n": numbers(before.news),
    }


def before_of(fields: Mapping[str, Any]) -> Before:
    first = Assignment(
        at=from_microseconds(fields["t"]),
        arm=Arm(fields["a"]),
        holdout=share_of(fields.get("h")),
    )
    mailed = tuple(from_microseconds(int(text)) for text in fields["m"].split())
    return Before(first=first, mailed=mailed, news=times_of(fields["n"]))


def millionths(share: float | None) -> int | None:
    """A programme's shares have no more digits."""
    return None if share is None else round(share * 1_000_000)


def share_of(number: int | None) -> float | None:
    """Read back what ``millionths`` wrote."""
    return None if number is None else number / 1_000_000
