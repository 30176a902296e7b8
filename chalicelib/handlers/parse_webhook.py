"""From a partner's HTTP request to a webhook to accept, or a problem that says why not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from chalicelib.domain.events import EventType, PartnerEvent
from chalicelib.domain.identity import Alias, AliasType, alias_of
from chalicelib.domain.journey import Programme
from chalicelib.handlers.event_schema import (
    MemberData,
    MemberName,
    MergedData,
    ProfileData,
    facts_of,
    left_at_of,
    verified_of,
)
from chalicelib.handlers.problems import RequestError
from chalicelib.handlers.signed_request import (
    authenticated,
    checked,
    hash_of,
    invalid,
    parsed_json,
    refuse,
)
from chalicelib.handlers.transaction_schema import days_of, return_of, transaction_of
from chalicelib.handlers.webhook_schema import AnyEvent, Batch
from chalicelib.usecases.accept_webhook import Webhook
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.record_ids import batch_record

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
            aliases=tuple(aliases_of(data.member)),
            facts=facts_of(data),
            balances=data.balances if isinstance(data, ProfileData) else {},
            verified=verified_of(data),
            absorbed=tuple(aliases_of(data.absorbed)) if isinstance(data, MergedData) else (),
            left_at=left_at_of(data),
            transaction=transaction_of(self.partner, data, event.timestamp),
            returned=return_of(self.partner, data),
            body_hash=hash_of(raw),
            webhook_id=self.webhook_id,
        )


def parse_webhook(engine: Engine, partner: str, headers: Mapping[str, str], body: bytes) -> Webhook:
    """Return the webhook; raises ``RequestError``."""
    webhook_id = authenticated(engine, partner, headers, body)
    try:
        return _understand(engine, partner, webhook_id, body)
    except RequestError as problem:
        problem.webhook_id = webhook_id
        raise


def _understand(engine: Engine, partner: str, webhook_id: str, body: bytes) -> Webhook:
    payload = parsed_json(body)
    latest = engine.clock.now() + CLOCK_TOLERANCE
    delivery = _Delivery(engine.programme, partner, webhook_id, latest)
    if payload.get("type") == "batch":
        return _batch(delivery, payload)
    told = checked(_EVENT, payload)
    refuse([*_unfit(delivery, told, "")])
    event = delivery.event(webhook_id, payload, told)
    return Webhook(
        partner=partner, record_id=webhook_id, body_hash=event.body_hash, events=(event,)
    )


def _batch(delivery: _Delivery, payload: dict[str, Any]) -> Webhook:
    batch = checked(_BATCH, payload)
    refuse(
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
        body_hash=hash_of(payload),
        events=events,
    )


def _without_id(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key != "id"}


def _refuse_contradictions(events: tuple[PartnerEvent, ...]) -> None:
    hashes: dict[str, str] = {}
    for index, event in enumerate(events):
        if hashes.setdefault(event.event_id, event.body_hash) != event.body_hash:
            fault = "this id stands earlier in the batch with another body"
            raise invalid([{"pointer": f"/data/events/{index}/id", "detail": fault}])


def aliases_of(name: MemberName) -> Iterator[Alias]:
    """Yield every name that a partner gives, in its normal form."""
    for type_ in AliasType:
        if value := getattr(name, type_.value):
            yield alias_of(type_, value)


def _unfit(delivery: _Delivery, event: Any, at: str) -> Iterator[dict[str, str]]:  # noqa: ANN401
    """Yield a fault for each thing that no schema can know."""
    times = {"timestamp": event.timestamp, "data/left_at": left_at_of(event.data)}
    for place, time in times.items():
        if time and time > delivery.latest:
            yield {"pointer": f"{at}/{place}", "detail": "this lies in the future"}
    for place, day in days_of(event.data):
        if day > delivery.latest.date():
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
