"""What the item looks like that holds the pauses; the other items are in ``items``.

docs/data-model.md is the reference.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.adapters import keys, moments
from chalicelib.adapters.items import check_type, new_item
from chalicelib.adapters.wire import Item
from chalicelib.domain.brakes import Pause, Pauses

PAUSES_OPTIONAL = ("everything",)
"""What the item may have at one time and not at another."""


def pauses_item(pauses: Pauses, version: int) -> Item:
    return new_item(
        keys.pauses(),
        type="PAUSES",
        version=version,
        everything=_pause_map(pauses.everything) if pauses.everything else None,
        journeys={name: _pause_map(pause) for name, pause in pauses.journeys.items()},
        series=pauses.series,
    )


def pauses_of(item: Mapping[str, Any]) -> tuple[Pauses, int]:
    """Return the pauses, and the version that a writer has to name."""
    check_type(item, "PAUSES")
    pauses = Pauses(
        everything=_pause_of(item["everything"]) if "everything" in item else None,
        journeys={name: _pause_of(fields) for name, fields in item["journeys"].items()},
        series=item["series"],
    )
    return pauses, item["version"]


def _pause_map(pause: Pause) -> Item:
    return {"since": moments.microseconds(pause.since), "why": pause.why}


def _pause_of(fields: Mapping[str, Any]) -> Pause:
    return Pause(moments.from_microseconds(fields["since"]), fields["why"])
