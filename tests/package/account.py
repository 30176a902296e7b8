"""An account for tests: AWS as the bench's stub plays it, and what happens between functions.

The functions are called by ``invoke``, in this process or out of a package. They get their
settings as the template says them, their secrets from Parameter Store, and the raw events of AWS.
"""

import base64
import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

from bench.stub_process import running_stub
from chalicelib.adapters.clock import SystemClock
from chalicelib.adapters.queue_consumers import ReceivedMessage
from chalicelib.usecases.ports import OutgoingMail
from chalicelib.world.lambda_events import http_event, schedule_event, sqs_event
from chalicelib.world.mailbox import ReceivedMail
from chalicelib.world.partner import sign
from chalicelib.world.ses_events import ses_event

SECRET = "whsec_dGhlIHNlY3JldCBvZiBhIHRlc3QncyBwYXJ0bmVyIQ=="
BASE_URL = "https://api.example.com/api"
SECRETS = {
    "base-url": BASE_URL,
    "partner-secrets": json.dumps({"shop": [SECRET]}),
    "token-keys": json.dumps({"k1": "a-token-key-that-protects-nothing-here"}),
    "identity-key": "an-identity-key-that-protects-nothing-here",
}
INTAKE = "/v1/partners/{partner}/events"
LEDGER = "/v1/partners/{partner}/ledger/{act}"
UNSUBSCRIBE = "/m/unsubscribe/{token}"
WEB_COPY = "/m/mail/{token}"
MORNING = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)
"""A Monday, ten o'clock where the programme is at home."""


@contextmanager
def running_aws():
    """Start the stub, and leave nothing open afterwards."""
    with running_stub() as stub:
        yield stub
        stub._connection.close()  # noqa: SLF001 - it is closed by the process's end otherwise


def environment(stub, resources):
    """Return what the template tells its functions, with the stub for AWS."""
    told = resources["APIHandler"]["Properties"]["Environment"]["Variables"]
    return {**{name: _resolved(value) for name, value in told.items()}, **stub.environment()}


def _resolved(value):
    """A reference to a queue is its URL; the stub takes any table and configuration set."""
    match value:
        case {"Ref": str(name)}:
            return f"http://127.0.0.1/123456789012/{name}"
        case _:
            return value


class Account:
    """One stage: members join, time goes on, mails go out, and SES tells of them."""

    def __init__(self, stub, invoke, parameters):
        self.stub = stub
        self.invoke = invoke
        self.now = MORNING
        self.mails = []
        self._ids = count(1)
        stub.clear()
        stub.set_parameters({f"{parameters}/{name}": value for name, value in SECRETS.items()})

    def tell(self, *events, webhook_id=None):
        """Post one event, or several as a batch, and let the rules have them."""
        answer = self.post(*events, webhook_id=webhook_id)
        assert answer["statusCode"] == 202, answer
        return self.drain("EventsQueue", "queue_events")

    def post(self, *events, webhook_id=None):
        at = self.now.isoformat()
        told = [{"timestamp": at, "type": kind, "data": data} for kind, data in events]
        payload = told[0]
        if len(told) > 1:
            named = [{"id": f"event-{next(self._ids)}", **event} for event in told]
            payload = {"type": "batch", "timestamp": at, "data": {"events": named}}
        return self._signed(INTAKE, {"partner": "shop"}, payload, webhook_id)

    def ask(self, act, body):
        """Ask for one of the acts that are answered at once; return the answer."""
        return self._signed(LEDGER, {"partner": "shop", "act": act}, body)

    def _signed(self, route, parameters, payload, webhook_id=None):
        body = json.dumps(payload).encode()
        webhook_id = webhook_id or f"webhook-{next(self._ids)}"
        headers = sign(SECRET, webhook_id, body, SystemClock().now())
        return self.request(route, "POST", parameters, headers, body)

    def request(self, route, method, parameters, headers, body=b""):
        path = route.format(**parameters)
        event = http_event(route, parameters, method, path, headers, body)
        return self.invoke("api_handler", event, self.now)

    def drain(self, queue, function):
        """Hand what is in the queue to its function; return the messages that come back."""
        return self.hand(function, self.stub.take_messages(queue, 100))

    def hand(self, function, bodies, receives=1):
        """Hand messages to a function; return those that come back."""
        messages = [
            ReceivedMessage(id=str(number), receipt="receipt", body=body, receive_count=receives)
            for number, body in enumerate(bodies)
        ]
        answer = self.invoke(function, sqs_event("queue", messages), self.now)
        failed = {int(each["itemIdentifier"]) for each in answer["batchItemFailures"]}
        return [body for number, body in enumerate(bodies) if number in failed]

    def send_due(self):
        """Tick, and let the senders send what was found."""
        self.invoke("schedule_due", schedule_event("schedule_due", self.now), self.now)
        return self.drain("SendsQueue", "queue_sends")

    def advance(self, **span):
        self.now += timedelta(**span)

    def hear(self, *kinds_and_mails):
        """Let SES tell of mails; return what comes back."""
        bodies = [ses_event(kind, mail, self.now) for kind, mail in kinds_and_mails]
        return self.hand("queue_feedback", bodies)

    def link(self, header, mail):
        """Return the token of the page that a mail's header leads to."""
        url = str(mail.message()[header]).strip("<>")
        assert url.startswith(BASE_URL)
        return url.rpartition("/")[2]

    def audit(self):
        return self.invoke("schedule_audit", schedule_event("schedule_audit", self.now), self.now)

    def note(self, calls):
        """Keep the mails among the calls that were made."""
        for call in calls:
            if call.operation == "sesv2.SendEmail":
                self.mails.append(_received(len(self.mails) + 1, self.now, json.loads(call.body)))


def _received(number, at, request):
    mail = OutgoingMail(
        sender=request["FromEmailAddress"],
        recipient=request["Destination"]["ToAddresses"][0],
        mime=base64.b64decode(request["Content"]["Raw"]["Data"]),
        tags={tag["Name"]: tag["Value"] for tag in request["EmailTags"]},
    )
    return ReceivedMail(number, at, f"message-{number}", mail)
