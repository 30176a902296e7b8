"""A partner that tells events as real senders do: again until there is a 2xx, twice, in batches.

What it does wrong on purpose, a new body under an old id or a body that is no event, it does
through the same door.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from chalicelib.adapters.clock import SystemClock
from chalicelib.domain.member import Member
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.cloud import Cloud
from chalicelib.simulation.coincidence import Coincidences
from chalicelib.simulation.faults import Fault
from chalicelib.simulation.merging import merges_told
from chalicelib.simulation.people import come_back, life, number_of
from chalicelib.simulation.plan import START, Plan
from chalicelib.simulation.record import Answered, Faulted, Stored
from chalicelib.simulation.told import Told
from chalicelib.world.gateway import HttpResponse
from chalicelib.world.partner import sign

NAME = "demo"
SECRET = "whsec_dGhlIHNlY3JldCBvZiBhIHRlc3QncyBwYXJ0bmVyIQ=="  # noqa: S105 - it opens nothing
PATH = f"/v1/partners/{NAME}/events"
_BACKOFF = tuple(timedelta(seconds=s) for s in (5, 30, 300, 1800, 7200, 18_000, 36_000, 72_000))
_LATEST_REPEAT = timedelta(days=4)
LONGER = 3
"""From so many events on, a batch that contradicts another does so event by event."""
COMES_BACK = 0.7
"""How often somebody who was erased comes back."""
LATEST_RETURN = timedelta(days=5)
_HOSTILE = (
    b"",
    b"null",
    b"[]",
    b'{"type": "member.joined"}',
    b'{"type": "member.joined", "timestamp": 5, "data": NaN}',
    b'{"type": "batch", "timestamp": "2027-03-01T10:00:00Z", "data": {"events": []}}',
    b"\xff\xfe\x00",
    b"[" * 5_000,
    b'{"a": "\\ud800"}',
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook: it has one id and one body, however often it is sent."""

    webhook_id: str
    body: bytes
    payload: Mapping[str, object] | None


@dataclass(slots=True)
class Partner:
    """Tells of every member of the plan."""

    cloud: Cloud
    plan: Plan
    chance: Chance
    coincidences: Coincidences
    calm: bool = False

    def __post_init__(self) -> None:
        self.cloud.record.listen(Stored, self._on_stored)

    def begin(self) -> None:
        """Expect everything that this partner will ever tell."""
        told = [each for number in range(self.plan.members) for each in life(self.plan, number)]
        told += merges_told(self.plan)
        told.sort(key=lambda each: each.told_at)
        ids = count(1)
        while told:
            together = 1
            if self.chance.happens(self.plan.habits.batches):
                together += self.chance.below(4)
            self._expect(told[:together], ids)
            del told[:together]
        if self.chance.happens(self.plan.habits.hostile):
            self._expect_hostility()

    def _expect(self, told: list[Told], ids: "count[int]") -> None:
        at = max(each.told_at for each in told)
        if len(told) == 1:
            payload: dict[str, object] = _event(told[0])
        else:
            events = [{"id": f"event-{next(ids)}", **_event(each)} for each in told]
            payload = {"type": "batch", "timestamp": at.isoformat(), "data": {"events": events}}
        delivery = _delivery(f"hook-{next(ids)}", payload)
        self._at(at, delivery)
        if self.chance.happens(self.plan.habits.repeats):
            self._at(at + self.chance.span(timedelta(0), _LATEST_REPEAT), delivery)
        if self.chance.happens(self.plan.habits.conflicts):
            later = at + self.chance.span(timedelta(0), _LATEST_REPEAT)
            self._at(later, _contradiction(delivery.webhook_id, payload))

    def _on_stored(self, stored: Stored) -> None:
        """Now and then, somebody comes back under the names of a member who was erased."""
        erased = stored.before
        if stored.what != "TOMBSTONE" or self.calm or not isinstance(erased, Member):
            return
        number = number_of(erased.attribute("card"))
        if number is not None and self.chance.happens(COMES_BACK):
            at = stored.at + self.chance.span(timedelta(0), LATEST_RETURN)
            told = come_back(number, at, self.chance)
            self._at(at, _delivery(f"again-{stored.number}", _event(told)))

    def _expect_hostility(self) -> None:
        for number, body in enumerate(_HOSTILE):
            at = START + timedelta(days=self.plan.days * self.chance.random())
            self._at(at, Delivery(f"hostile-{number}", body, None))

    def _at(self, at: datetime, delivery: Delivery, tries: int = 0) -> None:
        plan = self.cloud.scheduler.at if tries else self.coincidences.at
        plan(max(at, START), lambda: self._send(delivery, tries), "partner")

    def _send(self, delivery: Delivery, tries: int) -> None:
        def answered(response: HttpResponse) -> None:
            self._answered(delivery, tries, response)

        headers = _headers(delivery)
        self.cloud.request("POST", PATH, headers, delivery.body, answered)

    def _answered(self, delivery: Delivery, tries: int, response: HttpResponse) -> None:
        """Try again what was not taken; a 4xx would be the same every time."""
        self.cloud.scheduler.actor = "partner"
        status = response.status
        if self._answer_is_lost():
            status = 0
        self.cloud.record.add(
            Answered,
            what="webhook",
            status=status,
            webhook_id=delivery.webhook_id,
            body=delivery.payload,
        )
        failed = status == 0 or status >= 500  # noqa: PLR2004 - HTTP's server errors
        if failed and (tries < len(_BACKOFF) or self.calm):
            pause = _BACKOFF[min(tries, len(_BACKOFF) - 1)]
            self._at(self.cloud.scheduler.now + pause, delivery, tries + 1)

    def _answer_is_lost(self) -> bool:
        rate = self.plan.rates.get(Fault.ANSWER_LOST, 0.0)
        if self.calm or not self.chance.happens(rate):
            return False
        self.cloud.record.add(Faulted, kind=Fault.ANSWER_LOST, where="partner")
        return True


def _event(told: Told) -> dict[str, Any]:
    return {"type": told.type, "timestamp": told.at.isoformat(), "data": told.data}


def _delivery(webhook_id: str, payload: Mapping[str, object]) -> Delivery:
    return Delivery(webhook_id, json.dumps(payload).encode(), payload)


def _contradiction(webhook_id: str, payload: Mapping[str, Any]) -> Delivery:
    """Return another body for the webhook's id; for a longer batch, for the ids of its events."""
    events = payload["data"].get("events", ())
    if len(events) < LONGER:
        return _delivery(webhook_id, _other(payload))
    others = {"events": [_other(event) for event in events]}
    return _delivery(f"{webhook_id}-other", {**payload, "data": others})


def _other(payload: Mapping[str, Any]) -> Mapping[str, object]:
    """Return another body for the same id."""
    at = datetime.fromisoformat(payload["timestamp"]) - timedelta(seconds=1)
    return {**payload, "timestamp": at.isoformat()}


def _headers(delivery: Delivery) -> dict[str, str]:
    """Sign the body by the real clock: the window for replays is about transport."""
    at = SystemClock().now()
    try:
        text = delivery.body.decode()
    except UnicodeDecodeError:
        text = ""
    return sign(SECRET, delivery.webhook_id, text.encode(), at)
