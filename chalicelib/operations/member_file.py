"""What ``milepost export`` and ``milepost erase`` do, whichever engine they ask.

An export is personal data: it goes to whom it was asked for, and never into a log.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.usecases.engine import Engine
from chalicelib.usecases.erase_member import erase_member
from chalicelib.usecases.explain import find_member
from chalicelib.usecases.export_member import export_member


def exported(engine: Engine, name: str, *, with_events: bool) -> dict[str, Any] | None:
    """Return all that is kept about the member whom a person names, as JSON; None for nobody."""
    member_id = find_member(engine, name)
    found = export_member(engine, member_id, with_events=with_events) if member_id else None
    told: dict[str, Any] | None = _plain(found)
    return told


def erased(engine: Engine, name: str) -> str | None:
    """Erase the member whom a person names; return the id, None when nobody is named so."""
    member_id = find_member(engine, name)
    return member_id if member_id and erase_member(engine, member_id) else None


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON may hold, and the domain's values
    match value:
        case datetime():
            return value.isoformat()
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case timedelta():
            return f"{value.days} days"
        case list() | tuple() | frozenset():
            ordered = sorted(value) if isinstance(value, frozenset) else value
            return [_plain(each) for each in ordered]
        case _ if is_dataclass(value):
            return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        case _:
            return value
