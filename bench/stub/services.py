"""What the services answer: DynamoDB as the cost meter's twin plays it, the others in a few lines.

An operation that isn't here is refused by name: the engine calls something new, and the stub
has to learn it.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from chalicelib.cost.dynamodb_twin import DynamoDbTwin
from chalicelib.cost.meter import Meter
from chalicelib.cost.table import MemoryTable

Request = dict[str, Any]
Answer = dict[str, Any]
Snapshot = tuple[MemoryTable, dict[str, deque[str]]]


class RefusedError(Exception):
    """A refusal, with the body that AWS writes for it."""

    def __init__(self, code: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.body = {"__type": code, "message": message, **more}


class Account:
    """All that the stub keeps: one table, whatever its name, and queues by the end of their URL."""

    def __init__(self, table: MemoryTable | None = None) -> None:
        self.dynamodb = DynamoDbTwin(Meter(), table)
        self.queues: dict[str, deque[str]] = {}
        self.parameters: dict[str, str] = {}
        self.mails = 0
        self.messages = 0

    def queue(self, url: str) -> deque[str]:
        return self.queues.setdefault(url.rpartition("/")[2], deque())

    def snapshot(self) -> Snapshot:
        """Return the table and the queues as they are now: items are replaced, never changed."""
        table = self.dynamodb.table
        index = {shard: list(entries) for shard, entries in table.index.items()}
        queues = {name: deque(bodies) for name, bodies in self.queues.items()}
        return MemoryTable(dict(table.items), index), queues

    def restore(self, snapshot: Snapshot) -> None:
        self.dynamodb.table, self.queues = snapshot


def answer(account: Account, operation: str, request: Request) -> Answer:
    """Return what the service says; ``RefusedError`` for a refusal."""
    act = _act(account, operation)
    try:
        return act(request)
    except ClientError as error:
        raise _refused(error) from error
    except (LookupError, NotImplementedError, TypeError, ValueError) as error:
        told = f"{operation} is asked for something that the bench's stub can't do: {error!r}"
        raise RefusedError("ValidationException", told) from error


def _act(account: Account, operation: str) -> Callable[[Request], Answer]:
    service, _, name = operation.partition(".")
    method = getattr(account.dynamodb, xform_name(name), None)
    if service == "dynamodb" and method:
        return lambda request: dict(method(**_asked(request)))
    if operation in OPERATIONS:
        return partial(OPERATIONS[operation], account)
    told = f"The bench's stub has no {operation}; teach it in bench/stub/services.py"
    raise RefusedError("UnknownOperationException", told)


def _asked(request: Request) -> Request:
    """Leave out what botocore adds by itself: a transaction here is never repeated."""
    return {name: value for name, value in request.items() if name != "ClientRequestToken"}


def _refused(error: ClientError) -> RefusedError:
    """Write the twin's error as DynamoDB does."""
    told: dict[str, Any] = dict(error.response)
    about: dict[str, str] = told.pop("Error")
    told.pop("ResponseMetadata", None)
    code = f"com.amazonaws.dynamodb.v20120810#{about['Code']}"
    return RefusedError(code, about["Message"], **told)


def _send_message_batch(account: Account, request: Request) -> Answer:
    url = {"QueueUrl": request["QueueUrl"]}
    return {
        "Successful": [
            {"Id": entry["Id"], **_send_message(account, entry | url)}
            for entry in request["Entries"]
        ],
        "Failed": [],
    }


def _send_message(account: Account, request: Request) -> Answer:
    body = request["MessageBody"]
    account.queue(request["QueueUrl"]).append(body)
    account.messages += 1
    digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    return {"MessageId": f"m-{account.messages:032d}", "MD5OfMessageBody": digest}


def _send_email(account: Account, request: Request) -> Answer:
    if not request["Content"]["Raw"]["Data"] or not request["Destination"]["ToAddresses"]:
        raise RefusedError("BadRequestException", "A mail without content or without recipient")
    account.mails += 1
    return {"MessageId": f"0100018f{account.mails:08x}-0000-4000-8000-{account.mails:012x}-000000"}


def _get_account(account: Account, request: Request) -> Answer:  # noqa: ARG001 - as the others
    """No call of the bench is ever too fast: it is about processor time, not about waiting."""
    quota = {"Max24HourSend": -1.0, "MaxSendRate": 1e6, "SentLast24Hours": float(account.mails)}
    return {"SendQuota": quota, "SendingEnabled": True}


def _get_parameter(account: Account, request: Request) -> Answer:
    name = request["Name"]
    if name not in account.parameters:
        raise RefusedError("ParameterNotFound", f"No parameter {name}")
    value = account.parameters[name]
    return {"Parameter": {"Name": name, "Type": "SecureString", "Value": value, "Version": 1}}


OPERATIONS: Mapping[str, Callable[[Account, Request], Answer]] = {
    "sqs.SendMessage": _send_message,
    "sqs.SendMessageBatch": _send_message_batch,
    "sesv2.GetAccount": _get_account,
    "sesv2.SendEmail": _send_email,
    "ssm.GetParameter": _get_parameter,
}
"""What isn't DynamoDB's, by service and operation as boto3 names them."""
