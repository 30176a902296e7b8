"""What ``/_world/dead-letters`` answers: what was set aside, and what people do with it."""

from collections.abc import Callable, Iterator
from typing import Any

from chalicelib.domain.parking import QueueName
from chalicelib.operations.letter_words import letter_told
from chalicelib.operations.trace_words import traced
from chalicelib.usecases.dead_letters import (
    FiledLetter,
    Told,
    Wanted,
    drop_letters,
    list_letters,
    replay_letters,
)
from chalicelib.usecases.parking_ports import DeadLetters
from chalicelib.world.live_world import LiveWorld

Act = Callable[[DeadLetters, str, Wanted, Told], int]
ACTS: dict[str, Act] = {"replay": replay_letters, "drop": drop_letters}


class NoSuchQueueError(ValueError):
    """The request names no queue of a local world, which has no schedules that could fail."""


def letters_told(live: LiveWorld, fields: dict[str, str]) -> dict[str, Any]:
    """Tell the letters of ``queue``, or of all; with their bodies if ``body`` is asked for."""
    with_body = bool(fields.get("body"))
    found = world_letters(live, fields.get("queue", ""))
    return {"letters": [letter_told(filed, with_body=with_body) for filed in found]}


def world_letters(live: LiveWorld, queue: str = "") -> Iterator[FiledLetter]:
    for name in [_queue(queue)] if queue else QueueName:
        yield from list_letters(live.world.substrate.letters, name.value)


def webhook_told(live: LiveWorld, fields: dict[str, str]) -> dict[str, Any] | None:
    """Tell what became of ``webhook`` of ``partner``; None when there is none."""
    asked = fields.get("partner", ""), fields.get("webhook", "")
    return traced(live.world.engine, *asked, lambda: world_letters(live, QueueName.EVENTS))


def settle_letters(live: LiveWorld, act: str, fields: dict[str, str]) -> dict[str, Any]:
    """Replay or drop the letters of ``queue`` by ``ids`` (with commas), by ``reason``, or all."""
    queue = _queue(fields.get("queue", ""))
    ids = frozenset(filter(None, fields.get("ids", "").split(",")))
    wanted = Wanted(ids=ids, reason=fields.get("reason"))
    done = ACTS[act](live.world.substrate.letters, queue.value, wanted, lambda _: None)
    live.world.run_now()
    return {"letters": done}


def _queue(name: str) -> QueueName:
    try:
        return QueueName(name)
    except ValueError:
        queues = ", ".join(QueueName)
        raise NoSuchQueueError(f"There is no queue {name!r} here; there are {queues}.") from None
