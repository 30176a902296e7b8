"""What SES says of a mail, as the JSON that it publishes."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.world.mailbox import ReceivedMail

_AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15"


def ses_event(
    kind: str, received: ReceivedMail, at: datetime, payload: Mapping[str, Any] | None = None
) -> str:
    """Return the event; ``payload`` adds to what an event of its kind always has."""
    key = "deliveryDelay" if kind == "DeliveryDelay" else kind.lower()
    facts = {**_payload(kind, received, at), **(payload or {})}
    return json.dumps({"eventType": kind, "mail": _mail(received), key: facts})


def _mail(received: ReceivedMail) -> dict[str, Any]:
    return {
        "timestamp": _time(received.at),
        "source": received.mail.sender,
        "sendingAccountId": "123456789012",
        "messageId": received.message_id,
        "destination": [received.mail.recipient],
        "headersTruncated": False,
        "tags": {name: [value] for name, value in received.mail.tags.items()},
    }


def _payload(kind: str, received: ReceivedMail, at: datetime) -> dict[str, Any]:
    recipient = received.mail.recipient
    match kind:
        case "Send":
            return {}
        case "Bounce":
            return {
                "timestamp": _time(at),
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [{"emailAddress": recipient, "status": "5.1.1"}],
                "feedbackId": f"bounce-{received.message_id}",
            }
        case "Complaint":
            return {
                "timestamp": _time(at),
                "complainedRecipients": [{"emailAddress": recipient}],
                "complaintFeedbackType": "abuse",
                "feedbackId": f"complaint-{received.message_id}",
            }
        case "Open" | "Click":
            return {"timestamp": _time(at), "ipAddress": "192.0.2.1", "userAgent": _AGENT}
        case _:
            return {"timestamp": _time(at), "recipients": [recipient]}


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
