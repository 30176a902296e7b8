"""One event as an invented partner tells it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """When it happened, when the partner tells it first, and what it says."""

    at: datetime
    told_at: datetime
    type: str
    data: dict[str, Any]
