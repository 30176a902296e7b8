"""The same AWS calls without an engine: plain boto3 clients, as everybody makes them."""

import base64
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError

from bench.stub_process import Call

PLAIN = json.dumps(
    {
        "TableName": "milepost-bench",
        "Key": {"PK": {"S": "MEMBER#nobody"}, "SK": {"S": "PROFILE"}},
        "ConsistentRead": True,
    }
)
PLAIN_CALLS = 5
OK = 200

Prepared = tuple[Callable[..., Any], dict[str, Any]]
"""A client's method and its parameters."""


class Bare:
    """Makes recorded calls again, with clients that nothing was set on."""

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}

    def prepare(self, calls: Sequence[Call]) -> list[Prepared]:
        """Return the calls ready to be made: what this costs is no part of a call."""
        return [self._prepared(call) for call in calls]

    def _prepared(self, call: Call) -> Prepared:
        service, _, operation = call.operation.partition(".")
        if service not in self._clients:
            self._clients[service] = boto3.client(service)  # type: ignore[call-overload]
        return getattr(self._clients[service], xform_name(operation)), _parameters(call)

    def plain_call_s(self) -> float:
        """Return the CPU seconds of a plain read: what a machine's millisecond is worth now."""
        [(method, parameters)] = self.prepare([Call("dynamodb.GetItem", PLAIN, OK)])
        begun = time.process_time()
        for _ in range(PLAIN_CALLS):
            method(**parameters)
        return (time.process_time() - begun) / PLAIN_CALLS


def make(prepared: Sequence[Prepared]) -> None:
    """Make the calls; a lost condition is an answer like any other."""
    for method, parameters in prepared:
        try:
            method(**parameters)
        except ClientError:
            continue


def _parameters(call: Call) -> dict[str, Any]:
    parameters: dict[str, Any] = json.loads(call.body)
    if call.operation == "sesv2.SendEmail":
        raw = parameters["Content"]["Raw"]
        raw["Data"] = base64.b64decode(raw["Data"])
    return parameters
