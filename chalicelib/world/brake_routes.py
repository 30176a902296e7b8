"""What ``/_world/pause`` and ``/_world/resume`` do: the brakes of a local world."""

from typing import Any

from chalicelib.operations.pauses import pause_mails, resume_mails
from chalicelib.world.live_world import LiveWorld


def use_brake(live: LiveWorld, act: str, fields: dict[str, str]) -> dict[str, Any]:
    """Pause or resume ``journey``, or everything without one; ``OperationError`` when it can't."""
    engine, journey = live.world.engine, fields.get("journey") or None
    if act == "pause":
        return pause_mails(engine, journey, fields.get("why", ""), live.world.now())
    answer = resume_mails(engine, journey)
    live.world.run_now()
    return answer
