"""What a deployment sets, as far as that has a price: memory, windows, tracing, alarms.

The template is the source. These figures stand here because the bill must be made without the
packaging tools; a test holds each of them against the template.
"""

from collections.abc import Mapping
from dataclasses import dataclass

API, EVENTS, SENDS, FEEDBACK = "api_handler", "queue_events", "queue_sends", "queue_feedback"
TICK, AUDIT = "schedule_due", "schedule_audit"

MEMORY_MB: Mapping[str, int] = {
    API: 512,
    EVENTS: 256,
    SENDS: 256,
    FEEDBACK: 256,
    TICK: 256,
    AUDIT: 1769,
}
TRACED_SHARE: Mapping[str, float] = {API: 0.01, TICK: 1, AUDIT: 1}
"""Which share of invocations X-Ray records: of the API's requests by the rule of its stage."""

POLLERS, POLLERS_WITH_A_CAP = 2, 5
"""How many receivers Lambda keeps at a quiet queue; it keeps five when their number is capped."""


@dataclass(frozen=True, slots=True)
class Source:
    """How Lambda empties a queue into a function."""

    batch: int
    window_seconds: int
    pollers: int


SOURCES: Mapping[str, Source] = {
    EVENTS: Source(batch=10, window_seconds=10, pollers=POLLERS),
    SENDS: Source(batch=10, window_seconds=0, pollers=POLLERS_WITH_A_CAP),
    FEEDBACK: Source(batch=100, window_seconds=30, pollers=POLLERS),
}

MAILS_A_SECOND_OF_A_SENDER = 25
"""What the cap on senders counts on: so many run at once that together they keep SES's rate."""

DELIVERY = "Delivery"
HEARD: frozenset[str] = frozenset(
    {"Bounce", "Complaint", "Reject", "DeliveryDelay", "Open", "Click"}
)
"""What SES is asked to tell of a mail; of deliveries, too, where the stage has delivery events."""

DUE_SHARDS = 16
ALARMS = 24
DASHBOARDS = 1
ACCESS_LOG_BYTES = 150
"""One line of the API's access log, with values of usual length."""
