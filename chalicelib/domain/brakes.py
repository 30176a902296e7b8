"""Pauses: what holds mails back until somebody lets them go on.

A pause is looked at in the last moment before a mail is claimed, and once more after it. It
moves nothing: what is due stays due, and is decided afresh when the pause is over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when and why; ``why``: an operator's or the breaker's words, with no personal data."""

    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Pauses:
    """What is paused now.

    ``series`` is how often each journey was resumed: what is counted to pause it by itself is
    counted afresh after that.
    """

    everything: Pause | None = None
    journeys: Mapping[str, Pause] = field(default_factory=lambda: MappingProxyType({}))
    series: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def holding(self, journey: str) -> Pause | None:
        """Return the pause that holds this journey's mails back, if any."""
        return self.everything or self.journeys.get(journey)

    def of(self, journey: str | None) -> Pause | None:
        """Return the pause of just this journey, or of everything (None)."""
        return self.everything if journey is None else self.journeys.get(journey)

    def paused(self, journey: str | None, pause: Pause) -> "Pauses":
        """Add a pause; the first one of a journey, or of everything (None), stays."""
        if self.of(journey):
            return self
        if journey is None:
            return replace(self, everything=pause)
        return replace(self, journeys={**self.journeys, journey: pause})

    def resumed(self, journey: str | None) -> "Pauses":
        """Take away the pause of a journey, or of everything (None); the others stay."""
        if not self.of(journey):
            return self
        if journey is None:
            return replace(self, everything=None)
        others = {name: pause for name, pause in self.journeys.items() if name != journey}
        series = {**self.series, journey: self.series.get(journey, 0) + 1}
        return replace(self, journeys=others, series=series)


NO_PAUSES = Pauses()
