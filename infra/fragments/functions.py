"""What Chalice leaves out of its functions: names, environment, logs, sources that fail in part."""

import math
from typing import Any

from chalicelib.domain.journey import Programme
from chalicelib.programme.compiled import digest_of
from infra.cloudformation import Fragment, Resource, ref, resource, sub, waived
from infra.functions import FUNCTIONS, QUEUE_FUNCTIONS, Function, QueueFunction
from infra.stage import Stage

MAILS_PER_SECOND = 25
"""Half of what one sender manages; the tick sees to it that they don't pass SES's rate together."""
FEWEST_CONCURRENT, MOST_CONCURRENT = 2, 1000
USUAL_CONCURRENT = 10
"""Where the stage has no ceiling: enough for 250 mails a second, and few enough to share a small
quota without waiting for each other."""

_LOG_WAIVERS = waived(
    CKV_AWS_158="CloudWatch encrypts logs; no line holds anything of a member (a test reads them)",
)
_FUNCTION_WAIVERS = {
    "CKV_AWS_115": "A reserve would be taken from the account's ten in a new account; how many "
    "senders run at once is bounded at their queue",
    "CKV_AWS_117": "It talks to AWS's own endpoints only, by TLS; a VPC would add a way to fail",
    "CKV_AWS_173": "The environment has names and numbers; secrets are in Parameter Store",
}
_QUEUE_WAIVER = {"CKV_AWS_116": "Its queue sets dead letters aside"}
_API_WAIVER = {"CKV_AWS_116": "It is called and answered at once; nothing is left to set aside"}


def fragment(stage: Stage) -> Fragment:
    environment = {"Variables": _environment(stage)}
    resources: dict[str, Resource] = {}
    for function in FUNCTIONS:
        resources[function.logical_id] = _function(stage, function, environment)
        resources[function.log_group_id] = _log_group(stage, function)
    for queued in QUEUE_FUNCTIONS:
        event = {queued.event_id: {"Properties": _source(stage, queued)}}
        resources[queued.logical_id]["Properties"]["Events"] = event
    return {"Resources": resources}


def told_programme(programme: Programme) -> Fragment:
    """Tell the functions' environment which programme they have; commands ask for it there."""
    variables = {"MILEPOST_PROGRAMME_DIGEST": digest_of(programme)}
    told = {"Properties": {"Environment": {"Variables": variables}}}
    return {"Resources": {function.logical_id: told for function in FUNCTIONS}}


def _function(stage: Stage, function: Function, environment: dict[str, Any]) -> Resource:
    properties = {
        "FunctionName": f"{stage.stack}-{function.dashed}",
        "Timeout": function.timeout_seconds,
        "MemorySize": function.memory_mb,
        "Tracing": function.tracing,
        "Environment": environment,
        "LoggingConfig": {
            "LogGroup": ref(function.log_group_id),
            "LogFormat": "JSON",
            # Without what Lambda says of each call, which would be most of the log.
            "SystemLogLevel": "WARN",
            "ApplicationLogLevel": "INFO",
        },
    }
    return {"Properties": properties, "Metadata": waived(**_FUNCTION_WAIVERS, **_more(function))}


def _more(function: Function) -> dict[str, str]:
    if isinstance(function, QueueFunction):
        return _QUEUE_WAIVER
    return _API_WAIVER if function.logical_id == "APIHandler" else {}


def _environment(stage: Stage) -> dict[str, Any]:
    return {
        "MILEPOST_PROGRAMME": stage.packaged_programme,
        "MILEPOST_TABLE": ref("Table"),
        "MILEPOST_EVENTS_QUEUE_URL": ref("EventsQueue"),
        "MILEPOST_EVENTS_DEAD_LETTERS_URL": ref("EventsDeadLetters"),
        "MILEPOST_SENDS_QUEUE_URL": ref("SendsQueue"),
        "MILEPOST_SENDS_DEAD_LETTERS_URL": ref("SendsDeadLetters"),
        "MILEPOST_FEEDBACK_QUEUE_URL": ref("FeedbackQueue"),
        "MILEPOST_FEEDBACK_DEAD_LETTERS_URL": ref("FeedbackDeadLetters"),
        "MILEPOST_CONFIGURATION_SET": ref("ConfigurationSet"),
        "MILEPOST_PARAMETERS": stage.parameters,
        "MILEPOST_SENDS_PER_SECOND": str(stage.sends_per_second or 0),
        "MILEPOST_DUE_SHARDS": str(stage.due_shards),
        "POWERTOOLS_SERVICE_NAME": stage.stack,
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def _log_group(stage: Stage, function: Function) -> Resource:
    properties = {
        "LogGroupName": f"/aws/lambda/{stage.stack}-{function.dashed}",
        "RetentionInDays": stage.log_retention_days,
    }
    return resource("AWS::Logs::LogGroup", properties, Metadata=_LOG_WAIVERS)


def _source(stage: Stage, function: QueueFunction) -> dict[str, Any]:
    """Name the queue by ``Fn::Sub``, as Chalice does: another function would stand beside it."""
    source: dict[str, Any] = {
        "Queue": sub(f"${{{function.queue}Queue.Arn}}"),
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    if function.queue == "Sends":
        source["ScalingConfig"] = {"MaximumConcurrency": _senders(stage)}
    return source


def _senders(stage: Stage) -> int:
    if stage.sends_per_second is None:
        return USUAL_CONCURRENT
    wanted = math.ceil(stage.sends_per_second / MAILS_PER_SECOND)
    return min(max(wanted, FEWEST_CONCURRENT), MOST_CONCURRENT)
