"""The queues, each with its dead letters. A message is received five times, then set aside."""

from chalicelib.adapters.queue_consumers import MAX_RECEIVES
from infra.cloudformation import Fragment, Resource, arn, resource, waived
from infra.functions import (
    LONGEST_WINDOW_SECONDS,
    QUEUE_FUNCTIONS,
    VISIBILITY_PER_TIMEOUT,
    QueueFunction,
)
from infra.stage import Stage

_WAIVERS = waived(
    CKV_AWS_27="SQS encrypts them with a key of its own; a key of ours would be billed by the call"
)
HOUR = 3600
DAY = 24 * HOUR
DEAD_LETTERS_RETENTION = 14 * DAY
"""The longest there is. A dead letter keeps its first time, so its queue must keep longer."""
RETENTION = 7 * DAY
SENDS_RETENTION = 2 * HOUR
"""Enough for five receives. What expires unread is found due again by the next tick, so a longer
backlog would only hold the same steps many times."""


def fragment(stage: Stage) -> Fragment:
    resources: dict[str, Resource] = {}
    for function in QUEUE_FUNCTIONS:
        resources |= _queue(stage, function)
    return {"Resources": {**resources, "ScheduleDeadLetters": _dead_letters(stage, "schedule")}}


def _queue(stage: Stage, function: QueueFunction) -> dict[str, Resource]:
    stem = function.queue
    dead_letters = f"{stem}DeadLetters"
    properties = {
        "QueueName": f"{stage.stack}-{stem.lower()}",
        "VisibilityTimeout": _visibility(function),
        "MessageRetentionPeriod": SENDS_RETENTION if stem == "Sends" else RETENTION,
        "SqsManagedSseEnabled": True,
        "RedrivePolicy": {
            "deadLetterTargetArn": arn(dead_letters),
            "maxReceiveCount": MAX_RECEIVES,
        },
    }
    return {
        f"{stem}Queue": resource("AWS::SQS::Queue", properties, Metadata=_WAIVERS),
        dead_letters: _dead_letters(stage, stem.lower()),
    }


def _visibility(function: QueueFunction) -> int:
    return VISIBILITY_PER_TIMEOUT * function.timeout_seconds + LONGEST_WINDOW_SECONDS


def _dead_letters(stage: Stage, stem: str) -> Resource:
    properties = {
        "QueueName": f"{stage.stack}-{stem}-dead-letters",
        "MessageRetentionPeriod": DEAD_LETTERS_RETENTION,
        "SqsManagedSseEnabled": True,
    }
    return resource("AWS::SQS::Queue", properties, Metadata=_WAIVERS)
