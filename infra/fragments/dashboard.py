"""The dashboard: from mails to what they cost, top to bottom in the order of asking.

CloudWatch keeps it as one JSON text, in which the stack's names and region are filled in.
"""

import json
from collections.abc import Iterator
from typing import Any

from infra.cloudformation import Fragment, resource, sub
from infra.fragments.table import INDEX
from infra.functions import FUNCTIONS, QUEUE_FUNCTIONS, Function
from infra.stage import Stage

WIDTH, HEIGHT = 12, 6
"""Two widgets beside each other on CloudWatch's 24 columns."""
MINUTES_5 = 300
HOUR = 3600
STEMS = tuple(each.queue.lower() for each in QUEUE_FUNCTIONS)
OUTCOMES = (
    "mail_sent",
    "mail_throttled",
    "mail_refused",
    "mail_not_rendered",
    "mail_outcome_open",
    "claims_given_up",
)
RATES = ("Reputation.BounceRate", "Reputation.ComplaintRate")
REQUESTS = ("Count", "4XXError", "5XXError")
Widget = dict[str, Any]
Metric = list[Any]


def fragment(stage: Stage) -> Fragment:
    widgets = [
        {**widget, "x": WIDTH * (number % 2), "y": HEIGHT * (number // 2)}
        for number, widget in enumerate(_widgets(stage))
    ]
    body = sub(json.dumps({"widgets": widgets}))
    properties = {"DashboardName": stage.stack, "DashboardBody": body}
    return {"Resources": {"Dashboard": resource("AWS::CloudWatch::Dashboard", properties)}}


def _widgets(stage: Stage) -> Iterator[Widget]:
    yield _lines("Mails by outcome", [_ours(stage, name) for name in OUTCOMES])
    yield _search(stage, "Steps that sent nothing, by reason", "step")
    yield _search(stage, "Feedback", "feedback")
    yield _search(stage, "Journeys that ended, by reason", "journey")
    yield _search(stage, "Webhooks", "webhook")
    yield _search(stage, "Events by outcome", "event")
    due = _ours(stage, "oldest_due_seconds", "Maximum")
    yield _lines("Seconds that the oldest due step waits", [due])
    yield _lines("Seconds that the oldest message waits", _ages(stage))
    yield _lines("Messages that wait", _depths(stage))
    yield _lines("Dead letters", _dead_letters(stage))
    yield _lines("Functions that failed", [_lambda(stage, each, "Errors") for each in FUNCTIONS])
    yield _lines("Functions held back", [_lambda(stage, each, "Throttles") for each in FUNCTIONS])
    rates: list[Metric] = [["AWS/SES", name, {"stat": "Maximum"}] for name in RATES]
    yield _lines("SES's reputation of the account", rates, HOUR)
    yield _lines("Journeys that paused themselves", [_ours(stage, "breaker_tripped")], HOUR)
    yield _lines("API", [["AWS/ApiGateway", name, "ApiName", stage.stack] for name in REQUESTS])
    yield _lines("What DynamoDB bills, in units", _units(stage), HOUR)
    durations = [_lambda(stage, each, "Duration") for each in FUNCTIONS]
    yield _lines("What Lambda bills, in milliseconds", durations, HOUR)


def _lines(title: str, metrics: list[Metric], period_seconds: int = MINUTES_5) -> Widget:
    properties = {
        "title": title,
        "region": "${AWS::Region}",
        "view": "timeSeries",
        "stat": "Sum",
        "period": period_seconds,
        "metrics": metrics,
    }
    return {"type": "metric", "width": WIDTH, "height": HEIGHT, "properties": properties}


def _search(stage: Stage, title: str, word: str) -> Widget:
    """Show every metric whose name begins so; a new reason comes by itself.

    CloudWatch's search takes names apart at underscores and compares whole words.
    """
    scope = f'{{Milepost,service}} service="{stage.stack}" MetricName={word}'
    expression = f"SEARCH('{scope}', 'Sum', {MINUTES_5})"
    return _lines(title, [[{"expression": expression, "label": ""}]])


def _ours(stage: Stage, name: str, stat: str = "Sum") -> Metric:
    return ["Milepost", name, "service", stage.stack, {"stat": stat}]


def _lambda(stage: Stage, function: Function, name: str) -> Metric:
    return ["AWS/Lambda", name, "FunctionName", f"{stage.stack}-{function.dashed}"]


def _queue(stage: Stage, stem: str, name: str) -> Metric:
    return ["AWS/SQS", name, "QueueName", f"{stage.stack}-{stem}", {"stat": "Maximum"}]


def _ages(stage: Stage) -> list[Metric]:
    return [_queue(stage, stem, "ApproximateAgeOfOldestMessage") for stem in STEMS]


def _depths(stage: Stage) -> list[Metric]:
    return [_queue(stage, stem, "ApproximateNumberOfMessagesVisible") for stem in STEMS]


def _dead_letters(stage: Stage) -> list[Metric]:
    return [
        _queue(stage, f"{stem}-dead-letters", "ApproximateNumberOfMessagesVisible")
        for stem in (*STEMS, "schedule")
    ]


def _units(stage: Stage) -> list[Metric]:
    """Return the units that DynamoDB bills, for the table and for its index."""
    names = ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")
    table = ("TableName", stage.stack)
    index = ("GlobalSecondaryIndexName", INDEX)
    return [
        ["AWS/DynamoDB", name, *dimensions]
        for name in names
        for dimensions in (table, (*table, *index))
    ]
