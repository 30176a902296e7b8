"""What becomes of messages that can't be done now, as Protocols: set aside, or put again.

The contract of ``ports`` holds here, too. Whatever is put twice is harmless: a letter may lie there
twice, and a message that comes twice has its effect once.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from chalicelib.domain.parking import ParkReason, QueueName

_PLAIN = re.compile(r"[!-~](?:[ -~]{0,254}[!-~])?")
"""One line of printable ASCII that a message attribute may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is set aside: a body that its own queue understands when it is put back, and why.

    ``error`` is the kind and the place of what went wrong; ``about`` has opaque ids alone, for
    whoever lists letters must not come to see a member's data.
    """

    body: str
    reason: ParkReason
    error: str = ""
    about: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def attributes(self) -> dict[str, str]:
        """Return what stands on the envelope; what is empty, or no plain word, is left out.

        A hostile message may have anything for an id, and a queue would refuse the letter.
        """
        told = {"reason": self.reason.value, "error": self.error, **self.about}
        return {name: value for name, value in told.items() if _PLAIN.fullmatch(value)}


class Parking(Protocol):
    """Where the functions behind the queues leave what they can't finish."""

    def park(self, queue: QueueName, letters: Sequence[Letter]) -> None:
        """Set all aside among the queue's dead letters, for a person to see."""
        ...

    def postpone(self, queue: QueueName, bodies: Sequence[str]) -> None:
        """Put all into the queue as fresh messages, to be received after a while."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A letter as it lies there; ``attributes`` are those of its envelope.

    ``receipt`` is good for this look alone. ``since`` is None where time is not real.
    """

    queue: str
    body: str
    receipt: str
    receives: int = 0
    since: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class DeadLetters(Protocol):
    """The dead letters of all queues, for people; ``queue`` is a ``QueueName`` or "schedule"."""

    def take(self, queue: str) -> list[DeadLetter]:
        """Return what lies there, up to a limit, hidden from others for some minutes."""
        ...

    def put_back(self, queue: str, bodies: Sequence[str]) -> None:
        """Put bodies into the queue that they came from; when it returns, it has every one."""
        ...

    def remove(self, letters: Sequence[DeadLetter]) -> None:
        """Delete letters that were taken. Doing it again is harmless."""
        ...

    def release(self, letters: Sequence[DeadLetter]) -> None:
        """Let others see these letters again at once."""
        ...
