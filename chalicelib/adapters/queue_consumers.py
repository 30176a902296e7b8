"""The far end of a queue, for worlds without Lambda's pollers: receive, delete, release.

Both kinds count receives and set a message aside among the dead letters after five.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

MAX_RECEIVES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMessage:
    """A message as one receive saw it; ``receipt`` is good for this receive alone."""

    id: str
    receipt: str
    body: str
    receive_count: int
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class QueueConsumer(Protocol):
    """What a Lambda poller does with a queue."""

    def receive(self, limit: int) -> list[ReceivedMessage]:
        """Take up to ``limit`` messages; nobody else sees them until they are released."""
        ...

    def delete(self, receipt: str) -> None:
        """The message is done with. Doing it again is harmless."""
        ...

    def release(self, receipt: str) -> None:
        """The message failed: it can be received again at once. Harmless when it is deleted."""
        ...

    def dead_letters(self) -> list[ReceivedMessage]:
        """Look at what was set aside, leaving it there."""
        ...
