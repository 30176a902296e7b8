"""The alarms. Each says what it means and what to do, and leads to its section in the how-to.

One that nobody would act on does not belong here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infra.cloudformation import (
    Fragment,
    Resource,
    allow_service,
    attribute,
    policy,
    ref,
    resource,
    waived,
)
from infra.functions import FUNCTIONS, QUEUE_FUNCTIONS, Function
from infra.stage import Stage

GUIDE = "docs/how-to/deploy.md"
MINUTE = 60
HOUR = 60 * MINUTE
NIGHTLY = "ScheduleAudit"
"""It runs once, so that nothing of it can go on for several periods."""

OLDEST_DUE_SECONDS = 600
BOUNCE_RATE = 0.03
"""SES puts an account under review at 0.05."""
COMPLAINT_RATE = 0.0008
"""SES puts an account under review at 0.001; mailbox providers want less than that."""
OLDEST_MESSAGE_SECONDS = {
    "Events": 30 * MINUTE,  # events about members who are not known yet wait, by intention
    "Sends": 15 * MINUTE,
    "Feedback": 60 * MINUTE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm, before it is CloudFormation. It rings when the statistic exceeds the threshold.

    ``section`` is the heading in the how-to, in the form that a link to it has.
    """

    logical_id: str
    means: str
    do: str
    section: str
    namespace: str
    metric: str
    dimensions: tuple[tuple[str, Any], ...] = ()
    statistic: str = "Sum"
    threshold: float = 0
    period_seconds: int = 5 * MINUTE
    periods: int = 1
    periods_to_alarm: int = 1
    when_missing: str = "notBreaching"


def fragment(stage: Stage) -> Fragment:
    resources = {alarm.logical_id: _resource(stage, alarm) for alarm in alarms(stage)}
    return {"Resources": {**resources, **_topic(stage)}}


def alarms(stage: Stage) -> Iterator[Alarm]:
    for function in FUNCTIONS:
        yield _errors(function)
        yield _throttles(function)
    for stem in (*(each.queue for each in QUEUE_FUNCTIONS), "Schedule"):
        yield _dead_letters(stem)
    for function in QUEUE_FUNCTIONS:
        yield _oldest_message(function.queue)
    yield from (_oldest_due(stage), _bounces(), _complaints(), _breaker(stage), _api_errors(stage))


def _errors(function: Function) -> Alarm:
    nightly = function.logical_id == NIGHTLY
    return Alarm(
        logical_id=f"{function.logical_id}Errors",
        means=f"{function.dashed} fails"
        + (" in its nightly run" if nightly else " again and again"),
        do="Look at its latest errors in the log; AWS repeats what failed once it is mended",
        section="errors",
        namespace="AWS/Lambda",
        metric="Errors",
        dimensions=(("FunctionName", ref(function.logical_id)),),
        periods=1 if nightly else 3,
        periods_to_alarm=1 if nightly else 2,
    )


def _throttles(function: Function) -> Alarm:
    nightly = function.logical_id == NIGHTLY
    return Alarm(
        logical_id=f"{function.logical_id}Throttles",
        means=f"Lambda does not run {function.dashed} as often as it should: the account is at its "
        "limit of concurrent functions",
        do="Raise the account's Lambda quota, or find what else uses it up",
        section="throttles",
        namespace="AWS/Lambda",
        metric="Throttles",
        dimensions=(("FunctionName", ref(function.logical_id)),),
        periods=1 if nightly else 3,
        periods_to_alarm=1 if nightly else 3,
    )


def _dead_letters(stem: str) -> Alarm:
    return Alarm(
        logical_id=f"{stem}DeadLettersAlarm",
        means=f"{stem}DeadLetters holds what could not be handled; after 14 days it is gone",
        do=f"Run milepost dlq list {stem.lower()}, mend the cause, then replay or drop them",
        section="dead-letters",
        namespace="AWS/SQS",
        metric="ApproximateNumberOfMessagesVisible",
        dimensions=(("QueueName", attribute(f"{stem}DeadLetters", "QueueName")),),
        statistic="Maximum",
    )


def _oldest_message(stem: str) -> Alarm:
    return Alarm(
        logical_id=f"{stem}QueueAge",
        means=f"{stem}Queue fills faster than it is emptied, or is not emptied at all",
        do="Look at the function's errors and throttles and at the queue's depth",
        section="age-of-the-oldest-message",
        namespace="AWS/SQS",
        metric="ApproximateAgeOfOldestMessage",
        dimensions=(("QueueName", attribute(f"{stem}Queue", "QueueName")),),
        statistic="Maximum",
        threshold=OLDEST_MESSAGE_SECONDS[stem],
        periods=2,
        periods_to_alarm=2,
    )


def _oldest_due(stage: Stage) -> Alarm:
    """A tick that does not run says nothing, so silence rings as well."""
    return Alarm(
        logical_id="OldestDue",
        means="Steps are due for more than ten minutes, or the minute's tick does not run",
        do="Look at the tick's errors, the sends queue, and SES's rate and daily quota",
        section="oldest-due-step",
        namespace="Milepost",
        metric="oldest_due_seconds",
        dimensions=(("service", stage.stack),),
        statistic="Maximum",
        threshold=OLDEST_DUE_SECONDS,
        periods=3,
        periods_to_alarm=3,
        when_missing="breaching",
    )


def _bounces() -> Alarm:
    return Alarm(
        logical_id="BounceRate",
        means="More than 3 of 100 mails of the account bounce; at 5 SES reviews it, at 10 it stops",
        do="Pause the journeys that mail old addresses; look where those addresses come from",
        section="bounce-rate",
        namespace="AWS/SES",
        metric="Reputation.BounceRate",
        statistic="Maximum",
        threshold=BOUNCE_RATE,
        period_seconds=HOUR,
        when_missing="ignore",
    )


def _complaints() -> Alarm:
    return Alarm(
        logical_id="ComplaintRate",
        means="More than 8 of 10,000 mails of the account are called spam; at 10 SES reviews it",
        do="Pause the journey that is complained about; look at whom it mails, and how often",
        section="complaint-rate",
        namespace="AWS/SES",
        metric="Reputation.ComplaintRate",
        statistic="Maximum",
        threshold=COMPLAINT_RATE,
        period_seconds=HOUR,
        when_missing="ignore",
    )


def _breaker(stage: Stage) -> Alarm:
    return Alarm(
        logical_id="BreakerTripped",
        means="A journey has paused itself: too many complained, or too many mails bounced",
        do="Look at why in milepost status; mend whom it mails, or what, then milepost resume",
        section="breaker-tripped",
        namespace="Milepost",
        metric="breaker_tripped",
        dimensions=(("service", stage.stack),),
    )


def _api_errors(stage: Stage) -> Alarm:
    return Alarm(
        logical_id="ApiErrors",
        means="The API answers 5xx: partners repeat their webhooks, members see no page",
        do="Look at the errors of the API's function and at the access log",
        section="api-errors",
        namespace="AWS/ApiGateway",
        metric="5XXError",
        dimensions=(("ApiName", stage.stack), ("Stage", "api")),
        periods=3,
        periods_to_alarm=2,
    )


def _resource(stage: Stage, alarm: Alarm) -> Resource:
    name = f"{stage.stack}-{alarm.logical_id}"
    properties = {
        "AlarmName": name,
        "AlarmDescription": f"{alarm.means}. {alarm.do}. See {GUIDE}#{alarm.section}",
        "Namespace": alarm.namespace,
        "MetricName": alarm.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in alarm.dimensions],
        "Statistic": alarm.statistic,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": alarm.threshold,
        "Period": alarm.period_seconds,
        "EvaluationPeriods": alarm.periods,
        "DatapointsToAlarm": alarm.periods_to_alarm,
        "TreatMissingData": alarm.when_missing,
        "AlarmActions": [ref("AlarmTopic")],
        "OKActions": [ref("AlarmTopic")],
    }
    return resource("AWS::CloudWatch::Alarm", properties)


def _topic(stage: Stage) -> dict[str, Resource]:
    metadata = waived(
        CKV_AWS_26="CloudWatch publishes to an encrypted topic only with a key of one's own; an "
        "alarm's text has nothing of a member"
    )
    condition = {"StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")}}
    allowed = allow_service("cloudwatch", "sns:Publish", ref("AlarmTopic"), condition)
    document = {"Topics": [ref("AlarmTopic")], "PolicyDocument": policy(allowed)}
    topic = {"TopicName": f"{stage.stack}-alarms"}
    resources = {
        "AlarmTopic": resource("AWS::SNS::Topic", topic, Metadata=metadata),
        "AlarmTopicPolicy": resource("AWS::SNS::TopicPolicy", document),
    }
    if stage.alarm_email:
        to = {"TopicArn": ref("AlarmTopic"), "Protocol": "email", "Endpoint": stage.alarm_email}
        resources["AlarmSubscription"] = resource("AWS::SNS::Subscription", to)
    return resources
