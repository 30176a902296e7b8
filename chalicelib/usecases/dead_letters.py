"""What people do with dead letters: look at them, put them back, drop them.

Letters of one body are copies of one: a queue may hold a message twice, and what is poison comes
again and again. They are shown once, put back once, and go away together. A letter is removed only
after its queue has taken the body: who stops in between leaves a message that comes twice, which is
harmless.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from chalicelib.domain.parking import QueueName
from chalicelib.usecases.parking_ports import DeadLetter, DeadLetters

SCHEDULE = "schedule"
"""The queue of ticks and audits that failed."""
LETTER_QUEUES = (*(name.value for name in QueueName), SCHEDULE)
NOT_REPLAYED = {
    QueueName.SENDS.value: "What is due is found again by the next tick, whatever lies here",
    SCHEDULE: "The next tick, and the next night's audit, do what was left",
}
"""Queues of which nothing has to be put back, and why. Their letters are evidence, then dropped."""
GIVEN_UP = "given_up"
"""What a letter without a reason has for one: the queue itself has set the message aside."""
ID_CHARS = 12
AT_A_TIME = 10

Told = Callable[[int], None]
"""Hears how many letters are done so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledLetter:
    """A letter and its copies, the oldest first."""

    id: str
    copies: tuple[DeadLetter, ...]

    @property
    def letter(self) -> DeadLetter:
        return self.copies[0]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return the reasons of all copies: a message may be parked once, and given up once."""
        told = (copy.attributes.get("reason", GIVEN_UP) for copy in self.copies)
        return tuple(dict.fromkeys(told))

    @property
    def reason(self) -> str:
        """Return the one that asks for most: what was given up may be done by half."""
        return GIVEN_UP if GIVEN_UP in self.reasons else self.reasons[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which letters are meant: those of these ids, or of this reason, or all.

    ``alone``: no copy may have another reason. To replay one copy too many is harmless, to drop it
    may lose what another reason still asks for.
    """

    ids: Collection[str] = field(default_factory=frozenset)
    reason: str | None = None
    alone: bool = False

    def covers(self, filed: FiledLetter) -> bool:
        if self.ids and filed.id not in self.ids:
            return False
        if self.reason is None:
            return True
        return self.reason in filed.reasons and not (self.alone and len(filed.reasons) > 1)


def list_letters(letters: DeadLetters, queue: str) -> list[FiledLetter]:
    """Return what lies there, leaving it there."""
    with _taken(letters, queue) as filed:
        return list(filed)


def replay_letters(letters: DeadLetters, queue: str, wanted: Wanted, told: Told) -> int:
    """Put the wanted ones back into their queue; return how many.

    All are in hand before the first is put back: one that fails again lands here again, and must
    not be taken for the one that was replayed.
    """

    def put_back(group: Sequence[FiledLetter]) -> None:
        letters.put_back(queue, [filed.letter.body for filed in group])

    return _settle(letters, queue, wanted, put_back, told)


def drop_letters(letters: DeadLetters, queue: str, wanted: Wanted, told: Told) -> int:
    """Delete the wanted ones for good; return how many."""
    return _settle(letters, queue, replace(wanted, alone=True), lambda _: None, told)


def letter_id(body: str) -> str:
    """Name a letter by what it says: its copies have one name, also when they are taken again."""
    return hashlib.sha256(body.encode(errors="surrogatepass")).hexdigest()[:ID_CHARS]


def _settle(
    letters: DeadLetters,
    queue: str,
    wanted: Wanted,
    act: Callable[[Sequence[FiledLetter]], None],
    told: Told,
) -> int:
    done = 0
    with _taken(letters, queue) as filed:
        chosen = [each for each in filed if wanted.covers(each)]
        for start in range(0, len(chosen), AT_A_TIME):
            group = chosen[start : start + AT_A_TIME]
            act(group)
            letters.remove([copy for each in group for copy in each.copies])
            filed[:] = [each for each in filed if each not in group]
            done += len(group)
            told(done)
    return done


@contextmanager
def _taken(letters: DeadLetters, queue: str) -> Iterator[list[FiledLetter]]:
    """Take all letters; let others see again what is left in the list."""
    filed = _filed(letters.take(queue))
    try:
        yield filed
    finally:
        letters.release([copy for each in filed for copy in each.copies])


def _filed(letters: Iterable[DeadLetter]) -> list[FiledLetter]:
    """Fold copies; the oldest comes first, as far as times are known."""
    copies: dict[str, list[DeadLetter]] = {}
    for letter in sorted(letters, key=lambda each: each.since.timestamp() if each.since else 0):
        copies.setdefault(letter_id(letter.body), []).append(letter)
    return [FiledLetter(id=id_, copies=tuple(each)) for id_, each in copies.items()]
