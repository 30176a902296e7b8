"""What a call to AWS costs a function in time: a model, for a twin in memory answers at once.

``wait_ms`` is the time until the answer: DynamoDB is advertised as single-digit milliseconds, SES's
``SendEmail`` as 40 to 60 (AWS's own sample for load tests of SES); the rest is assumed beside them.
``cpu_ms`` is the processor time of boto3: for batches as large as the engine's, measured on the
engine's own clients up to the socket, and half a millisecond more for the exchange itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.bootstrap import SES_CALLS
from chalicelib.cost.meter import Meter

MB_OF_A_CORE = 1769
"""The memory at which Lambda gives a function one whole core; less memory, less of it."""
ROUNDING_MS = 0.5
"""Durations are billed in whole milliseconds: half of one is added on the average."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call's wait, and the processor time of boto3; ``at_once`` of them may wait together."""

    wait_ms: float
    cpu_ms: float
    at_once: int = 1


SCAN = "dynamodb.Scan"
"""Counted by the megabyte in a bill: a sample is less than one page. boto3 takes 0.3 ms for each
item that a page gives, and about half of what is read passes the filter."""

CALLS: Mapping[str, Call] = {
    "dynamodb.GetItem": Call(5, 1.2),
    "dynamodb.PutItem": Call(6, 1.1),
    "dynamodb.UpdateItem": Call(6, 1.1),
    "dynamodb.DeleteItem": Call(6, 1.0),
    "dynamodb.Query": Call(6, 0.9),
    SCAN: Call(50, 160),
    "dynamodb.BatchGetItem": Call(8, 5.2),
    "dynamodb.BatchWriteItem": Call(10, 2.2),
    "dynamodb.BatchExecuteStatement": Call(12, 2.2),
    "dynamodb.TransactWriteItems": Call(15, 1.1),
    "sqs.SendMessage": Call(8, 0.9),
    "sqs.SendMessageBatch": Call(10, 1.0),
    "sesv2.SendEmail": Call(50, 1.1, SES_CALLS),
}


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a function ran in all, in its parts."""

    cpu_seconds: float
    wait_seconds: float
    invocations: float
    memory_mb: int

    @property
    def billed_seconds(self) -> float:
        """A small function gets a share of a core, so its computing takes longer."""
        share = min(1.0, self.memory_mb / MB_OF_A_CORE)
        rounding = self.invocations * ROUNDING_MS / 1000
        return self.cpu_seconds / share + self.wait_seconds + rounding

    @property
    def gb_seconds(self) -> float:
        return self.billed_seconds * self.memory_mb / 1024


def duration(meter: Meter, function: str, invocations: float, memory_mb: int) -> Duration:
    """Return how long the function would have run on Lambda for what the meter saw of it."""
    made = [(operation, n) for (caller, operation), n in meter.calls.items() if caller == function]
    boto_ms = sum(CALLS[operation].cpu_ms * count for operation, count in made)
    wait_ms = sum(_waits_ms(CALLS[operation], count, invocations) for operation, count in made)
    return Duration(
        cpu_seconds=meter.cpu_ns[function] / 1e9 + boto_ms / 1000,
        wait_seconds=wait_ms / 1000,
        invocations=invocations,
        memory_mb=memory_mb,
    )


def _waits_ms(call: Call, count: float, invocations: float) -> float:
    """Return how long so many calls wait, those of one invocation side by side where they may."""
    at_once = min(call.at_once, count / invocations) if invocations else call.at_once
    return call.wait_ms * count / max(1.0, at_once)
