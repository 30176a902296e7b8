"""What Lambda's pollers ask of SQS, worked out from a month's traffic, and how full batches are.

A receive that waits returns with the first message, so that at an even trickle nearly every
message is received alone: only a batching window lets a function get several at once.
"""

from dataclasses import dataclass
from math import exp

from chalicelib.cost.deployment import Source

LONG_POLL_SECONDS = 20
CYCLE_SECONDS = 0.1
"""From a receive's answer to the next receive of the same poller."""
RECEIVED_AT_MOST = 10
SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Traffic:
    """Messages of one queue, spread evenly over so many days."""

    source: Source
    messages: float
    days: float

    @property
    def seconds(self) -> float:
        return self.days * SECONDS_A_DAY

    @property
    def batch(self) -> int:
        """Return how many messages an invocation gets: more than one only by a window."""
        per_poller = self.messages / self.seconds / self.source.pollers
        gathered = 1 + int(per_poller * self.source.window_seconds)
        return max(1, min(self.source.batch, gathered))

    @property
    def receives(self) -> float:
        """Return how often the pollers ask: at a queue that is never empty, once for ten."""
        per_poller = self.messages / self.seconds / self.source.pollers
        asked = self.source.pollers * self.seconds / (_mean_wait(per_poller) + CYCLE_SECONDS)
        return max(asked, self.messages / RECEIVED_AT_MOST)

    @property
    def deletes(self) -> float:
        return self.messages / min(self.batch, RECEIVED_AT_MOST)


def idle_receives(source: Source, days: float) -> float:
    """Return how often the pollers ask a queue in which nothing ever is."""
    return Traffic(source, 0, days).receives


def _mean_wait(messages_a_second: float) -> float:
    """Return how long a receive waits for its first message, the long poll's length at most."""
    if messages_a_second * LONG_POLL_SECONDS < 1e-6:  # noqa: PLR2004 - where the formula loses its digits
        return LONG_POLL_SECONDS
    return (1 - exp(-LONG_POLL_SECONDS * messages_a_second)) / messages_a_second
