"""One event for each function, with the stub as it must be for that event to have its effect.

It is one member's way: she joins, becomes known, is due, is mailed, and opens the mail.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from bench.chain import EVENTS, INTAKE, SENDS, TICK, Chain, member_joined, queued_event
from bench.stub_process import Stub
from chalicelib.usecases.ports import OutgoingMail
from chalicelib.world.lambda_events import schedule_event
from chalicelib.world.mailbox import ReceivedMail
from chalicelib.world.ses_events import ses_event

FEEDBACK, AUDIT = "queue_feedback", "schedule_audit"
API_MODULE, API_FUNCTION = "app", "app"
MESSAGE_ID = "0100018f00000001-0000-4000-8000-000000000001-000000"


@dataclass(frozen=True, slots=True)
class FirstEvent:
    """An event as text, and whom it is for: a function, its module, and its name there."""

    function: str
    module: str
    attribute: str
    event: str


def first_events(chain: Chain, stub: Stub) -> Iterator[FirstEvent]:
    """Yield the events in their order; ``stub.load()`` brings back what one of them changed."""
    stub.clear()
    [webhook] = chain.webhooks([member_joined(chain.new_people(1)[0], chain.now())], 1)
    yield _ready(stub, INTAKE, webhook)
    chain.invoke(INTAKE, webhook)
    yield from _queued(chain, stub, EVENTS, "events")
    tick = json.dumps(schedule_event(TICK, chain.now()))
    yield _ready(stub, TICK, tick)
    chain.invoke(TICK, tick)
    yield from _queued(chain, stub, SENDS, "sends")
    yield _ready(stub, FEEDBACK, queued_event("feedback", [_opened(chain, stub)]))
    yield _ready(stub, AUDIT, json.dumps(schedule_event(AUDIT, chain.now())))


def _queued(chain: Chain, stub: Stub, function: str, queue: str) -> Iterator[FirstEvent]:
    event = queued_event(queue, stub.take_messages(queue, 1))
    yield _ready(stub, function, event)
    stub.load()
    chain.invoke(function, event)


def _ready(stub: Stub, function: str, event: str) -> FirstEvent:
    stub.save()
    if function == INTAKE:
        return FirstEvent(function, API_MODULE, API_FUNCTION, event)
    return FirstEvent(function, f"chalicelib.handlers.{function}", function, event)


def _opened(chain: Chain, stub: Stub) -> str:
    """Return SES's word that the mail which was sent last has been opened."""
    sent = [call for call in stub.take_calls() if call.operation == "sesv2.SendEmail"]
    request = json.loads(sent[-1].body)
    mail = OutgoingMail(
        sender=request["FromEmailAddress"],
        recipient=request["Destination"]["ToAddresses"][0],
        mime=b"",
        tags={tag["Name"]: tag["Value"] for tag in request["EmailTags"]},
    )
    return ses_event("Open", ReceivedMail(1, chain.now(), MESSAGE_ID, mail), chain.now())
