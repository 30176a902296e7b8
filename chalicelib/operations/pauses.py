"""Pausing and resuming mails by hand, and what is told of it, whichever engine is asked.

Refuses what would do nothing: a journey that nobody knows, and a pause without a reason.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from chalicelib.domain.brakes import Pause, Pauses
from chalicelib.operations.aws_faults import OperationError
from chalicelib.operations.status import held_by
from chalicelib.usecases.engine import Engine

LONGEST_WHY = 200


def pause_mails(engine: Engine, journey: str | None, why: str, now: datetime) -> dict[str, Any]:
    """Pause a journey, or everything (None); every mail that is not claimed by then waits."""
    _check_why(why)
    _check_known(engine, journey)
    changed = engine.brakes.pause(journey, Pause(now, why.strip()))
    return {"changed": changed, "paused": _told(engine.brakes.pauses())}


def resume_mails(engine: Engine, journey: str | None) -> dict[str, Any]:
    """End the pause of a journey, or that of everything (None); the other pauses stay."""
    _check_known(engine, journey)
    changed = engine.brakes.resume(journey)
    return {"changed": changed, "paused": _told(engine.brakes.pauses())}


def _told(pauses: Pauses) -> list[dict[str, Any]]:
    return [{**asdict(held), "since": held.since.isoformat()} for held in held_by(pauses)]


def _check_known(engine: Engine, journey: str | None) -> None:
    """A journey that is gone from the programme may still be paused, and be resumed."""
    known = {*engine.programme.journeys, *engine.brakes.pauses().journeys}
    if journey is not None and journey not in known:
        raise OperationError(
            f"There is no journey {journey!r}; there are {', '.join(sorted(known))}."
        )


def _check_why(why: str) -> None:
    """The words are stored and shown for as long as it takes, so nobody is to be named in them."""
    if not why.strip() or len(why) > LONGEST_WHY or "@" in why:
        raise OperationError(
            f"Say why in 1 to {LONGEST_WHY} characters, without anybody's address."
        )
