"""Faults on AWS's own client, by its event hooks: what the adapters then meet is boto's own.

Raising before a call is a crash before the request; raising after it means that the request
was carried out. Mails and messages never reach a simulated AWS: they go to the simulation's.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ReadTimeoutError

from chalicelib.adapters.keys import Key
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.faults import Fault
from chalicelib.simulation.mailer import SimulatedMailer
from chalicelib.simulation.moto_truth import TableTruth
from chalicelib.simulation.proxies import SLOWEST, Gate
from chalicelib.simulation.queue import SimulatedQueue
from chalicelib.simulation.scheduler import Scheduler
from chalicelib.usecases.ports import Accepted, OutgoingMail, Refusal
from chalicelib.world.moto_statements import answer_statements

Client = Any
Reply = tuple[SimpleNamespace, dict[str, Any]]
"""The status of an answer, and the answer as boto hands it on."""

_WRITES = ("PutItem", "UpdateItem", "BatchWriteItem", "TransactWriteItems")
_READS = ("GetItem", "BatchGetItem", "Query", "Scan")
_STATEMENTS = "BatchExecuteStatement"
_REFUSALS = {
    Refusal.THROTTLED: (429, "TooManyRequestsException"),
    Refusal.REFUSED: (400, "MessageRejected"),
    Refusal.ACCOUNT_REFUSED: (400, "AccountSuspendedException"),
}


class TableHooks:
    """Strikes the calls of one DynamoDB client. ``raw`` is another one, which nothing strikes."""

    def __init__(  # noqa: PLR0913, PLR0917 - the clients, and what happens to their calls
        self,
        client: Client,
        raw: Client,
        gate: Gate,
        scheduler: Scheduler,
        truth: TableTruth,
        chance: Chance,
    ) -> None:
        self._raw = raw
        self._gate = gate
        self._scheduler = scheduler
        self._truth = truth
        self._chance = chance
        self._dying = False
        events = client.meta.events
        for name in (*_WRITES, *_READS, _STATEMENTS):
            events.register(f"before-call.dynamodb.{name}", self._before)
            events.register(f"after-call.dynamodb.{name}", self._after)
        stand_in: Any = SimpleNamespace(meta=client.meta, put_item=self._put)
        answer_statements(stand_in)

    def _before(
        self,
        model: Any,  # noqa: ANN401 - boto's
        params: dict[str, Any],
        context: dict[str, Any],
        **_: object,
    ) -> Reply | None:
        call = f"dynamodb.{model.name}"
        fault = self._gate.struck(call)
        context["struck"] = (call, fault, params["body"])
        self._dying = fault == Fault.DIE_MIDWAY
        match fault:
            case Fault.DIE_BEFORE:
                self._gate.die(fault, call)
            case Fault.REFUSE | Fault.REFUSE_PART:
                self._gate.note(fault, call)
                return refused(400, "ThrottlingException")
            case Fault.SLOW | Fault.STUCK | Fault.MEET if self._chance.happens(0.5):
                self._gate.wait(fault, call)
                context["struck"] = (call, None, params["body"])
        return None

    def _after(
        self,
        http_response: Any,  # noqa: ANN401 - boto's
        parsed: dict[str, Any],
        model: Any,  # noqa: ANN401 - boto's
        context: dict[str, Any],
        **_: object,
    ) -> None:
        call, fault, body = context.pop("struck")
        if http_response.status_code < 300 and model.name in _WRITES:  # noqa: PLR2004
            self._truth.look(_written(json.loads(body)))
        match fault:
            case Fault.DIE_AFTER | Fault.DIE_MIDWAY:
                self._gate.die(fault, call)
            case Fault.LOSE_REPLY:
                self._gate.note(fault, call)
                raise ReadTimeoutError(endpoint_url=call)
            case Fault.SLOW | Fault.STUCK | Fault.MEET:
                self._gate.wait(fault, call)
            case Fault.TORN_READ if model.name == "BatchGetItem":
                self._tear(call, json.loads(body), parsed)

    def _put(self, **request: Any) -> None:  # noqa: ANN401 - as put_item
        """Carry out one statement of a batch; the function may die when it is done."""
        self._raw.put_item(**request)
        self._truth.look([_key(request["Item"])])
        if self._dying and self._chance.happens(0.5):
            self._gate.die(Fault.DIE_MIDWAY, f"dynamodb.{_STATEMENTS}")

    def _tear(self, call: str, body: dict[str, Any], parsed: dict[str, Any]) -> None:
        """Read again when others have had time to write, and mix what was read."""
        self._scheduler.wait(self._chance.span(timedelta(milliseconds=1), SLOWEST))
        later = self._raw.batch_get_item(**body)["Responses"]
        for table, items in parsed.get("Responses", {}).items():
            newer = {_place(item): item for item in later.get(table, [])}
            mixed = [
                newer.get(_place(item), item) if self._chance.happens(0.5) else item
                for item in items
            ]
            if mixed != items:
                self._gate.note(Fault.TORN_READ, call)
            items[:] = mixed


class MailHooks:
    """Answers SES's client by the simulation's mail service."""

    def __init__(self, client: Client, mailer: SimulatedMailer) -> None:
        self._mailer = mailer
        client.meta.events.register("before-call.sesv2.SendEmail", self._send)

    def _send(self, params: dict[str, Any], **_: object) -> Reply:
        answer = self._mailer.answer(_mail(json.loads(params["body"])))
        if isinstance(answer, Accepted):
            return _answered({"MessageId": answer.message_id})
        if isinstance(answer, Refusal):
            return refused(*_REFUSALS[answer])
        raise ReadTimeoutError(endpoint_url="sesv2")


class QueueHooks:
    """Answers SQS's client by the simulation's queues; ``letters`` by their own addresses."""

    def __init__(
        self,
        client: Client,
        gate: Gate,
        queues: Mapping[str, SimulatedQueue],
        letters: Mapping[str, SimulatedQueue],
        chance: Chance,
    ) -> None:
        self._gate = gate
        self._queues = queues
        self._letters = letters
        self._chance = chance
        client.meta.events.register("before-call.sqs.SendMessageBatch", self._put)

    def _put(self, params: dict[str, Any], **_: object) -> Reply:
        body = json.loads(params["body"])
        url, entries, call = body["QueueUrl"], body["Entries"], "sqs.SendMessageBatch"
        fault = self._gate.struck(call)
        if fault == Fault.DIE_BEFORE:
            self._gate.die(fault, call)
        if fault == Fault.REFUSE:
            self._gate.note(fault, call)
            return refused(400, "RequestThrottled")
        left = []
        if fault in (Fault.REFUSE_PART, Fault.DIE_MIDWAY):
            left = [entry for entry in entries if self._chance.happens(0.5)]
        reply = self._taken(url, [entry for entry in entries if entry not in left], left)
        self._strike_after(fault, call)
        return reply

    def _strike_after(self, fault: str | None, call: str) -> None:
        match fault:
            case Fault.DIE_AFTER | Fault.DIE_MIDWAY:
                self._gate.die(fault, call)
            case Fault.REFUSE_PART:
                self._gate.note(fault, call)
            case Fault.LOSE_REPLY:
                self._gate.note(fault, call)
                raise ReadTimeoutError(endpoint_url=call)
            case Fault.SLOW | Fault.STUCK | Fault.MEET:
                self._gate.wait(fault, call)

    def _taken(self, url: str, entries: list[Any], left: list[Any]) -> Reply:
        for entry in entries:
            if url in self._letters:
                attributes = entry.get("MessageAttributes", {})
                told = {name: value["StringValue"] for name, value in attributes.items()}
                self._letters[url].bury(entry["MessageBody"], told)
            else:
                self._queues[url].send(entry["MessageBody"])
        return _answered(
            {
                "Successful": [{"Id": entry["Id"]} for entry in entries],
                "Failed": [{"Id": entry["Id"], "Code": "InternalError"} for entry in left],
            }
        )


def refused(status: int, code: str) -> Reply:
    """Return an error as AWS answers with it."""
    error = {"Code": code, "Message": "the simulation says so"}
    return SimpleNamespace(status_code=status), {
        "Error": error,
        "ResponseMetadata": {"HTTPStatusCode": status},
    }


def _answered(parsed: dict[str, Any]) -> Reply:
    return SimpleNamespace(status_code=200), parsed


def _mail(request: Mapping[str, Any]) -> OutgoingMail:
    return OutgoingMail(
        sender=request["FromEmailAddress"],
        recipient=request["Destination"]["ToAddresses"][0],
        mime=base64.b64decode(request["Content"]["Raw"]["Data"]),
        tags={tag["Name"]: tag["Value"] for tag in request["EmailTags"]},
    )


def _written(request: Mapping[str, Any]) -> Iterator[Key]:
    """Yield the keys of what a request writes."""
    for name, value in request.items():
        match name:
            case "Item":
                yield _key(value)
            case "Key":
                yield _key(value)
            case "RequestItems":
                for puts in value.values():
                    yield from (_key(put["PutRequest"]["Item"]) for put in puts)
            case "TransactItems":
                for action in value:
                    for written in action.values():
                        yield from _written(written)


def _key(item: Mapping[str, Any]) -> Key:
    return {"PK": item["PK"]["S"], "SK": item["SK"]["S"]}


def _place(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["PK"]["S"], item["SK"]["S"]
