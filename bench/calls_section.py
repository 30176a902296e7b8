"""What single calls of AWS cost in CPU: plain boto3, and the engine's own clients.

The number of calls decides what a mail costs, so this is where the engine's figure comes from.
The requests are of the kinds and sizes that the engine makes.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
import botocore.session

from bench.figures import MS, Row, Section, Spread, spread
from bench.stub_process import Stub
from chalicelib.adapters.dynamodb import dynamodb_config
from chalicelib.adapters.ses import ses_config
from chalicelib.adapters.sqs import sqs_config

TABLE = "milepost-bench"
MIME_BYTES = 31_000
CALLS_A_ROUND = 40
CONFIGS: Mapping[str, Callable[[], Any]] = {
    "dynamodb": dynamodb_config,
    "sqs": sqs_config,
    "sesv2": ses_config,
}

Request = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A call to measure; ``of`` says how many items, statements or messages it carries."""

    name: str
    service: str
    method: str
    request: Request
    of: int = 1


def calls_section(stub: Stub, rounds: int) -> Section:
    """Make each call with a plain client and with one of the engine's kind, in turns."""
    stub.clear()
    services = CONFIGS.keys()
    plain = {name: boto3.client(name) for name in services}  # type: ignore[call-overload]
    session = botocore.session.get_session()
    ours = {name: session.create_client(name, config=CONFIGS[name]()) for name in services}
    for number in range(25):
        plain["dynamodb"].put_item(TableName=TABLE, Item=_item(number))
    rows, content = [], {}
    for kind in _kinds():
        pairs = [(_cpu_s(plain, kind), _cpu_s(ours, kind)) for _ in range(1 + rounds)][1:]
        stub.take_calls()
        plain_ms = spread(plain_s * MS for plain_s, _ in pairs)
        ratio = spread(ours_s / plain_s for plain_s, ours_s in pairs)
        rows.append(_row(kind, plain_ms, ratio))
        content[kind.name] = {"plain_ms": plain_ms.as_json(), "ratio": ratio.as_json()}
    return Section("calls", "One call of AWS, CPU", rows, content)


def _row(kind: Kind, plain_ms: Spread, ratio: Spread) -> Row:
    each = f", {plain_ms.median / kind.of:.2f} ms each" if kind.of > 1 else ""
    return Row(kind.name, str(ratio), f"the plain call takes {plain_ms} ms{each}")


def _cpu_s(clients: Mapping[str, Any], kind: Kind) -> float:
    call = getattr(clients[kind.service], kind.method)
    begun = time.process_time()
    for _ in range(CALLS_A_ROUND):
        call(**kind.request)
    return (time.process_time() - begun) / CALLS_A_ROUND


def _kinds() -> Sequence[Kind]:
    key = {name: value for name, value in _item(0).items() if name in {"PK", "SK"}}
    put = {
        "TableName": TABLE,
        "Item": _item(0),
        "ConditionExpression": "#version = :version",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":version": {"N": "3"}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    entries = [{"Id": str(number), "MessageBody": "x" * 1_000} for number in range(10)]
    queue = {"QueueUrl": "http://127.0.0.1/123456789012/sends", "Entries": entries}
    get = {"TableName": TABLE, "Key": key, "ConsistentRead": True}
    return [
        Kind("GetItem", "dynamodb", "get_item", get),
        Kind("PutItem under a condition", "dynamodb", "put_item", put),
        Kind("BatchGetItem of 25", "dynamodb", "batch_get_item", _gets(25), 25),
        Kind("25 statements", "dynamodb", "batch_execute_statement", _statements(25), 25),
        Kind("SendMessageBatch of 10", "sqs", "send_message_batch", queue, 10),
        Kind("SendEmail of 31 kB", "sesv2", "send_email", _mail()),
    ]


def _gets(count: int) -> Request:
    keys = [{name: _item(n)[name] for name in ("PK", "SK")} for n in range(count)]
    return {"RequestItems": {TABLE: {"Keys": keys, "ConsistentRead": True}}}


def _statements(count: int) -> Request:
    names = [name for name in _item(0) if name not in {"PK", "SK"}]
    changes = " ".join(f'SET "{name}" = ?' for name in names)
    text = f'UPDATE "{TABLE}" {changes} WHERE "PK" = ? AND "SK" = ? AND "version" = ?'
    rows = [[_item(n)[name] for name in (*names, "PK", "SK", "version")] for n in range(count)]
    return {"Statements": [{"Statement": text, "Parameters": row} for row in rows]}


def _mail() -> Request:
    return {
        "FromEmailAddress": "vesper@mail.example.com",
        "Destination": {"ToAddresses": ["member@example.com"]},
        "Content": {"Raw": {"Data": b"Subject: x\r\n\r\n" + b"abcdefghi\n" * (MIME_BYTES // 10)}},
        "EmailTags": [{"Name": name, "Value": "x" * 26} for name in ("member", "step", "attempt")],
        "ConfigurationSetName": "milepost",
    }


def _item(number: int) -> dict[str, Any]:
    """Return an enrolment as it stands after the first mail."""
    at, member = "2027-03-05T07:00:00.000000Z", f"m{number:025d}"
    sent = {"s": {"S": "sent"}, "t": {"N": "1803452400000000"}, "m": {"S": "0" * 60}}
    return {
        "PK": {"S": f"MEMBER#{member}"},
        "SK": {"S": "ENROLMENT#welcome#0001"},
        "GSI1PK": {"S": "DUE#07"},
        "GSI1SK": {"S": f"{at}#{member}#welcome#0001#reminder"},
        **{name: {"S": name} for name in ("type", "journey", "arm", "step", "member_id")},
        **{name: {"N": "3"} for name in ("schema", "version", "entry", "journey_version")},
        **{name: {"S": at} for name in ("entered_at", "ready_at", "due_at")},
        "steps": {"M": {"welcome": {"M": sent}}},
    }
