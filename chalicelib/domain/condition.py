"""What a condition is to the rules: a question about a member's facts, answered by yes or no.

How one is written and read is the programme layer's; the rules only ask it.
"""

from collections.abc import Mapping
from typing import Protocol


class Condition(Protocol):
    """An expression over a member's facts, e.g. ``channel == 'offline'``."""

    def __call__(self, facts: Mapping[str, object], /) -> bool: ...
