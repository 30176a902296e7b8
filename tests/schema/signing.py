"""Hooks for schemathesis: each request is signed, and those that may be right often are.

Run in an environment of its own, so that it knows nothing of the engine: it is a partner.
"""

import base64
import hashlib
import hmac
import os
import random
import time
import uuid

import schemathesis
from requests.auth import AuthBase

SECRET = base64.b64decode(os.environ["PARTNER_SECRET"].removeprefix("whsec_"))
CARDS = ["7000000001", "7000000002"]
REFERENCES = [f"reference-{number}" for number in range(400)]
BOOKED_BEFORE = range(20)
USES = REFERENCES[:20]
"""So few that many of what is used is given back."""
chance = random.Random(20270301)  # noqa: S311 - it must be repeatable, not secret


class Signature(AuthBase):
    """Signs the very bytes that are sent."""

    def __call__(self, request):
        body = request.body or b""
        raw = body if isinstance(body, bytes) else body.encode()
        name, at = uuid.uuid4().hex, str(int(time.time()))
        digest = hmac.digest(SECRET, f"{name}.{at}.".encode() + raw, hashlib.sha256)
        request.headers["webhook-id"] = name
        request.headers["webhook-timestamp"] = at
        request.headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
        return request


schemathesis.auth.set_from_requests(Signature())


@schemathesis.hook
def before_call(context, case, kwargs):
    """Name members that there are, and what may have been booked, in most of what is valid."""
    is_valid = case.meta is not None and case.meta.generation.mode.is_positive
    if not is_valid or not isinstance(case.body, dict) or chance.random() < 0.2:
        return
    likely = {
        "member": {"card": chance.choice(CARDS)},
        "on": "2027-03-01",
        "unit": "redeemable",
        "reference": chance.choice(USES if "benefit" in case.body else REFERENCES),
        "benefit": "lounge",
        "reservation": f"held-{chance.choice(BOOKED_BEFORE)}",
        "original": f"spent-{chance.choice(BOOKED_BEFORE)}",
    }
    case.body.update({name: value for name, value in likely.items() if name in case.body})
    if isinstance(case.body.get("amount"), int):
        case.body["amount"] = chance.randint(1, 12)
