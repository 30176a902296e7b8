"""What ``/_world/merge``, ``unmerge`` and ``duplicates`` do: members of a local world."""

from typing import Any

from chalicelib.operations.merges import merged, suspected, unmerged
from chalicelib.world.live_world import LiveWorld


def settle_identity(live: LiveWorld, act: str, fields: dict[str, str]) -> dict[str, Any]:
    """Merge, part, or tell who may be one; ``OperationError`` when it can't be."""
    engine, absorbed = live.world.engine, fields.get("absorbed", "")
    dry_run = fields.get("dry_run") == "yes"
    match act:
        case "merge":
            return merged(engine, fields.get("survivor", ""), absorbed, dry_run=dry_run)
        case "unmerge":
            return unmerged(engine, absorbed, dry_run=dry_run)
        case _:
            return suspected(engine)
