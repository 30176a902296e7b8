"""What becomes of a tick that fails: EventBridge's and Lambda's dead letters in one queue."""

from infra.cloudformation import (
    Fragment,
    Resource,
    allow_service,
    arn,
    own_arn,
    policy,
    ref,
    resource,
)
from infra.functions import SCHEDULE_FUNCTIONS, ScheduleFunction
from infra.stage import Stage


def fragment(stage: Stage) -> Fragment:
    resources = {each.logical_id: _scheduled(stage, each) for each in SCHEDULE_FUNCTIONS}
    return {"Resources": {**resources, "ScheduleDeadLettersPolicy": _policy(stage)}}


def _scheduled(stage: Stage, function: ScheduleFunction) -> Resource:
    rule = {
        "Name": _rule(stage, function),
        "DeadLetterConfig": {"Arn": arn("ScheduleDeadLetters")},
        "RetryPolicy": {
            "MaximumRetryAttempts": function.retries,
            "MaximumEventAgeInSeconds": function.max_age_seconds,
        },
    }
    properties = {
        "Events": {function.event_id: {"Properties": rule}},
        "DeadLetterQueue": {"Type": "SQS", "TargetArn": arn("ScheduleDeadLetters")},
        "EventInvokeConfig": {
            "MaximumRetryAttempts": function.retries,
            "MaximumEventAgeInSeconds": function.max_age_seconds,
        },
    }
    return {"Properties": properties}


def _rule(stage: Stage, function: ScheduleFunction) -> str:
    return f"{stage.stack}-{function.dashed}"


def _policy(stage: Stage) -> Resource:
    rules = [own_arn("events", f"rule/{_rule(stage, each)}") for each in SCHEDULE_FUNCTIONS]
    condition = {"ArnEquals": {"aws:SourceArn": rules}}
    statement = allow_service("events", "sqs:SendMessage", arn("ScheduleDeadLetters"), condition)
    properties = {"Queues": [ref("ScheduleDeadLetters")], "PolicyDocument": policy(statement)}
    return resource("AWS::SQS::QueuePolicy", properties)
