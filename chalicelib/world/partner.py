"""A partner of the local world: signs webhooks as the standard says, and posts them."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from standardwebhooks.webhooks import Webhook

from chalicelib.adapters.clock import SystemClock
from chalicelib.world import gateway


def sign(secret: str, webhook_id: str, body: bytes, at: datetime) -> dict[str, str]:
    """Return the headers that authenticate ``body``; ``at`` is real time, not the world's."""
    return {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, at, body.decode()),
    }


class Partner:
    """Tells the engine of members through the front door, or by another ``request`` like it."""

    def __init__(
        self,
        name: str,
        secret: str,
        request: Callable[..., gateway.HttpResponse] = gateway.request,
    ) -> None:
        self.name = name
        self._request = request
        self._secret = secret
        self._ids = count(1)

    def tell(self, type_: str, at: datetime, data: Mapping[str, Any]) -> gateway.HttpResponse:
        """Send one event."""
        payload = {"type": type_, "timestamp": at.isoformat(), "data": data}
        return self._post(f"{self.name}-{next(self._ids):06d}", payload)

    def tell_all(self, at: datetime, events: Sequence[Mapping[str, Any]]) -> gateway.HttpResponse:
        """Send up to 500 events in one batch; ids are given to events that have none."""
        named = [{"id": f"{self.name}-{next(self._ids):06d}", **event} for event in events]
        payload = {"type": "batch", "timestamp": at.isoformat(), "data": {"events": named}}
        return self._post(f"{self.name}-{next(self._ids):06d}", payload)

    def _post(self, webhook_id: str, payload: Mapping[str, Any]) -> gateway.HttpResponse:
        body = json.dumps(payload, ensure_ascii=False).encode()
        headers = sign(self._secret, webhook_id, body, SystemClock().now())
        return self._request("POST", f"/v1/partners/{self.name}/events", headers, body)
