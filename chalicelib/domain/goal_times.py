"""When goals were reached: the first time counts.

Of whoever goes on for two members a second time is kept, too: the first may have been the other's,
and goes back with that one when they are parted.
"""

from collections.abc import Mapping
from datetime import datetime


def earliest(known: Mapping[str, datetime], told: Mapping[str, datetime]) -> dict[str, datetime]:
    """Return all that was reached, each at its earliest time: news may come out of order."""
    return {**known, **{name: min(at, known.get(name, at)) for name, at in told.items()}}


def again_reached(
    known: Mapping[str, datetime], told: Mapping[str, datetime]
) -> dict[str, datetime]:
    """Return what was known already and not reached earlier, under its names in ``set_at``.

    At the same time counts: what is known may be of another member, merged in that very moment.
    """
    return {goal_name(name): at for name, at in told.items() if name in known and at >= known[name]}


def goal_name(goal: str) -> str:
    """Return the goal's name in ``set_at``, where it must not meet an attribute's."""
    return f"goals.{goal}"
