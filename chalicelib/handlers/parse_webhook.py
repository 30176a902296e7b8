"""From a partner's HTTP request to a webhook to accept, or a problem that says why not."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError

from chalicelib.domain.events import EventType, PartnerEvent
from chalicelib.domain.identity import Alias, AliasType, alias_of
from chalicelib.domain.journey import Programme
from chalicelib.handlers.event_schema import (
    AnyEvent,
    Batch,
    MemberData,
    MemberName,
    MergedData,
    ProfileData,
    facts_of,
    left_at_of,
    verified_of,
)
from chalicelib.handlers.problems import RequestError
from chalicelib.usecases.accept_webhook import Webhook
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.record_ids import batch_record
from chalicelib.usecases.signatures import (
    MalformedSignatureError,
    SignatureError,
    UnknownPartnerError,
)

MAX_BODY_BYTES = 256 * 1024
MAX_ERRORS_TOLD = 20
CLOCK_TOLERANCE = timedelta(days=1)
"""A fact from the future would outdo all later ones: no partner's clock is that far ahead."""

_EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)
_BATCH = TypeAdapter(Batch)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """What all events of one webhook have in common."""

    programme: Programme
    partner: str
    webhook_id: str
    latest: datetime

    def event(self, event_id: str, raw: dict[str, Any], event: Any) -> PartnerEvent:  # noqa: ANN401 - a member of AnyEvent
        data: MemberData = event.data
        return PartnerEvent(
            partner=self.partner,
            event_id=event_id,
            type=EventType(event.type),
            occurred_at=event.timestamp,
            aliases=tuple(_aliases(data.member)),
            facts=facts_of(data),
            balances=data.balances if isinstance(data, ProfileData) else {},
            verified=verified_of(data),
            absorbed=tuple(_aliases(data.absorbed)) if isinstance(data, MergedData) else (),
            left_at=left_at_of(data),
            body_hash=_hash(raw),
            webhook_id=self.webhook_id,
        )


def parse_webhook(engine: Engine, partner: str, headers: Mapping[str, str], body: bytes) -> Webhook:
    """Return the webhook; raises ``RequestError``."""
    if len(body) > MAX_BODY_BYTES:
        raise RequestError(
            413,
            "too-large",
            "The body is too large",
            f"{len(body)} bytes came, {MAX_BODY_BYTES} are allowed; send smaller batches.",
        )
    webhook_id = _authenticate(engine, partner, headers, body)
    try:
        return _understand(engine, partner, webhook_id, body)
    except RequestError as problem:
        problem.webhook_id = webhook_id
        raise


def _understand(engine: Engine, partner: str, webhook_id: str, body: bytes) -> Webhook:
    payload = _parse_json(body)
    latest = engine.clock.now() + CLOCK_TOLERANCE
    delivery = _Delivery(engine.programme, partner, webhook_id, latest)
    if payload.get("type") == "batch":
        return _batch(delivery, payload)
    checked = _checked(_EVENT, payload)
    _refuse([*_unfit(delivery, checked, "")])
    event = delivery.event(webhook_id, payload, checked)
    return Webhook(
        partner=partner, record_id=webhook_id, body_hash=event.body_hash, events=(event,)
    )


def _authenticate(engine: Engine, partner: str, headers: Mapping[str, str], body: bytes) -> str:
    """Return the webhook's id once its signature holds."""
    try:
        return engine.webhooks.verify(partner, headers, body)
    except UnknownPartnerError as error:
        raise RequestError(404, "unknown-partner", "No such partner", str(error)) from error
    except MalformedSignatureError as error:
        title = "A header is malformed"
        raise RequestError(400, "malformed-signature", title, str(error)) from error
    except SignatureError as error:
        title = "The signature does not hold"
        raise RequestError(401, "not-authentic", title, str(error)) from error


def _parse_json(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode()
        payload = json.loads(text, parse_constant=_refuse_constant)
        json.dumps(payload, ensure_ascii=False).encode()  # refuses lone surrogates
    except (ValueError, RecursionError) as error:
        raise RequestError(400, "not-json", "The body is not JSON", f"{error}.") from error
    if not isinstance(payload, dict):
        raise RequestError(
            400, "not-json", "The body is not a JSON object", "Send {type, timestamp, data}."
        )
    return payload


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _batch(delivery: _Delivery, payload: dict[str, Any]) -> Webhook:
    batch = _checked(_BATCH, payload)
    _refuse(
        [
            fault
            for index, one in enumerate(batch.data.events)
            for fault in _unfit(delivery, one.event, f"/data/events/{index}")
        ]
    )
    pairs = zip(batch.data.events, payload["data"]["events"], strict=True)
    events = tuple(delivery.event(one.id, _without_id(raw), one.event) for one, raw in pairs)
    _refuse_contradictions(events)
    return Webhook(
        partner=delivery.partner,
        record_id=batch_record(delivery.webhook_id),
        body_hash=_hash(payload),
        events=events,
    )


def _without_id(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key != "id"}


def _refuse_contradictions(events: tuple[PartnerEvent, ...]) -> None:
    hashes: dict[str, str] = {}
    for index, event in enumerate(events):
        if hashes.setdefault(event.event_id, event.body_hash) != event.body_hash:
            fault = "this id stands earlier in the batch with another body"
            raise _invalid([{"pointer": f"/data/events/{index}/id", "detail": fault}])


def _checked(adapter: TypeAdapter[Any], payload: dict[str, Any]) -> Any:  # noqa: ANN401
    try:
        return adapter.validate_python(payload)
    except ValidationError as error:
        raise _invalid(list(_faults(error))) from error


def _refuse(faults: list[dict[str, str]]) -> None:
    if faults:
        raise _invalid(faults)


def _invalid(errors: list[dict[str, str]]) -> RequestError:
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    detail = f"{first['pointer'] or '/'}: {first['detail']}{more}. Nothing of it was taken."
    return RequestError(
        422, "invalid-event", "The event is not valid", detail, errors[:MAX_ERRORS_TOLD]
    )


def _faults(error: ValidationError) -> Iterator[dict[str, str]]:
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        pointer = _pointer(fault["loc"])
        if fault["type"] in ("union_tag_invalid", "union_tag_not_found"):
            yield {"pointer": f"{pointer}/type", "detail": f"write one of {', '.join(EventType)}"}
        else:
            yield {"pointer": pointer, "detail": re.sub(r"^Value error, ", "", fault["msg"])}


def _pointer(location: tuple[int | str, ...]) -> str:
    """Name the place in the partner's own body: without our schema's wrapper and variant.

    RFC 6901 writes "~" and "/" in a name as "~0" and "~1".
    """
    top, rest = location[:0], location
    if location[:2] == ("data", "events") and location[3:4] == ("event",):
        top, rest = location[:3], location[4:]
    if rest[:1] and rest[0] in set(EventType):
        rest = rest[1:]
    names = (str(part).replace("~", "~0").replace("/", "~1") for part in (*top, *rest))
    return "".join(f"/{name}" for name in names)


def _aliases(name: MemberName) -> Iterator[Alias]:
    for type_ in AliasType:
        if value := getattr(name, type_.value):
            yield alias_of(type_, value)


def _unfit(delivery: _Delivery, event: Any, at: str) -> Iterator[dict[str, str]]:  # noqa: ANN401
    """Yield a fault for each thing that no schema can know."""
    times = {"timestamp": event.timestamp, "data/left_at": left_at_of(event.data)}
    for place, time in times.items():
        if time and time > delivery.latest:
            yield {"pointer": f"{at}/{place}", "detail": "this lies in the future"}
    yield from _undeclared(delivery.programme, event.data, at)


def _undeclared(programme: Programme, data: MemberData, at: str) -> Iterator[dict[str, str]]:
    """Yield a fault for each unit and tier that the programme does not declare."""
    if not isinstance(data, ProfileData):
        return
    for unit in data.balances:
        if unit not in programme.units:
            yield {"pointer": f"{at}/data/balances/{unit}", "detail": _declared(programme.units)}
    if data.tier and data.tier not in programme.tiers:
        yield {"pointer": f"{at}/data/tier", "detail": _declared(programme.tiers)}


def _declared(names: tuple[str, ...]) -> str:
    return f"the programme declares {', '.join(names)}"


def _hash(payload: dict[str, Any]) -> str:
    """Hash what was said, not how it was spaced: key order and white space are no conflict."""
    canonical = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
