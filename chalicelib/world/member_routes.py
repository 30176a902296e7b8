"""What ``/_world/`` tells about one member, whom a person names by id, card, e-mail or phone.

Each takes the engine and the fields of the request; None is for nobody.
"""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.operations.answers import explained
from chalicelib.operations.member_file import erased, exported
from chalicelib.operations.statement_words import stated
from chalicelib.usecases.engine import Engine

Fields = Mapping[str, str]
Told = dict[str, Any] | None
Telling = Callable[[Engine, Fields], Told]


def tell_story(engine: Engine, fields: Fields) -> Told:
    return explained(engine, fields.get("member", ""))


def tell_statement(engine: Engine, fields: Fields) -> Told:
    return stated(engine, fields.get("member", ""), fields.get("on", ""))


def tell_all(engine: Engine, fields: Fields) -> Told:
    with_events = fields.get("events") != "no"
    return exported(engine, fields.get("member", ""), with_events=with_events)


def erase(engine: Engine, fields: Fields) -> Told:
    member_id = erased(engine, fields.get("member", ""))
    return {"erased": member_id} if member_id else None
