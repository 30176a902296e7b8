"""What ``/_world/`` tells about members, mostly about one, and what operators do to one.

Each takes the engine and the fields of the request, which name a member by id, card, e-mail or
phone; None is for nobody.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from chalicelib.operations.answers import explained
from chalicelib.operations.aws_faults import OperationError
from chalicelib.operations.by_hand import Hand, adjusted, tier_set
from chalicelib.operations.claims import Claim, claimed
from chalicelib.operations.member_file import erased, exported
from chalicelib.operations.rejudgements import rejudged
from chalicelib.operations.statement_words import stated
from chalicelib.operations.tier_words import rehearsed
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.set_by_hand import Correction

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


def rehearse(engine: Engine, fields: Fields) -> Told:
    return rehearsed(engine, Path(fields.get("folder", "")), fields.get("until", ""))


def set_tier(engine: Engine, fields: Fields) -> Told:
    names = ("member", "tier", "until", "reason")
    return tier_set(engine, Hand(**{name: fields.get(name, "") for name in names}))


def adjust(engine: Engine, fields: Fields) -> Told:
    try:
        amount = int(fields.get("amount", ""))
    except ValueError:
        raise OperationError("amount is no whole number") from None
    told = {name: fields.get(name, "") for name in ("unit", "reason", "reference")}
    return adjusted(engine, fields.get("member", ""), Correction(amount=amount, **told))


def claim(engine: Engine, fields: Fields) -> Told:
    told = {name: fields.get(name, "") for name in ("member", "partner", "text")}
    return claimed(engine, Claim(**told), dry_run=fields.get("dry_run") == "yes")


def rejudge(engine: Engine, fields: Fields) -> Told:
    return rejudged(engine, dry_run=fields.get("dry_run") == "yes")


MEMBER_ROUTES: tuple[tuple[str, str, Telling], ...] = (
    ("GET", r"/_world/explain", tell_story),
    ("GET", r"/_world/statement", tell_statement),
    ("GET", r"/_world/export", tell_all),
    ("POST", r"/_world/erase", erase),
    ("POST", r"/_world/set-tier", set_tier),
    ("POST", r"/_world/adjust", adjust),
    ("POST", r"/_world/claim", claim),
    ("GET", r"/_world/rehearse-tiers", rehearse),
    ("POST", r"/_world/rejudge", rejudge),
)
