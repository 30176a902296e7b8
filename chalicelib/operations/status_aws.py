"""The status of a deployed stage, from AWS. What can't be looked at is named, the rest told."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from chalicelib.domain.brakes import NO_PAUSES, Pauses
from chalicelib.operations.aws_faults import AWS_ERRORS, OperationError, plain_words
from chalicelib.operations.status import Alarm, MailService, Queue, Status, held_by
from chalicelib.usecases.ports import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

    from chalicelib.operations.clients import AwsClients
    from chalicelib.operations.deployment import Deployment
    from chalicelib.usecases.brake_ports import Brakes
    from chalicelib.usecases.ports import DueStep, Enrolments

NAMESPACE = "Milepost"
MOST_DUE_A_SHARD = 1000
"""More are not counted: they are more than the next minutes' work already."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPANS = {"last hour": HOUR, "last day": DAY}
QUEUES = ("Events", "Sends", "Feedback")
LONE_DEAD_LETTERS = ("Schedule",)
"""Dead letters behind which there is no queue: of the schedules."""
_QUEUE_SPAN = timedelta(minutes=15)
"""SQS tells its metrics late."""
_QUERIES_A_CALL = 500
_ALARMS_A_CALL = 100
_MINUTES, _FIVE_MINUTES = 60, 300

T = TypeVar("T")


@dataclass(slots=True)
class _Looker:
    """Looks at one thing after another; what could not be seen is kept in ``unseen``."""

    unseen: list[str] = field(default_factory=list)

    def see(self, what: str, look: Callable[[], T], otherwise: T) -> T:
        try:
            return look()
        except AWS_ERRORS as error:
            self.unseen.append(f"{what}: {plain_words(error)}")
        except (OperationError, UnavailableError) as error:
            self.unseen.append(f"{what}: {error}")
        return otherwise


def read_status(
    clients: "AwsClients",
    deployment: "Deployment",
    due: Callable[[], "Due"],
    now: datetime,
) -> Status:
    """Look at everything; ``due`` tells what is due, and what is paused."""
    looker = _Looker()
    found = looker.see("what is due", due, Due())
    counts: dict[str, Mapping[str, int]] = {}
    for span, length in SPANS.items():
        sums: dict[str, int] = {}
        read = partial(_counts, clients, deployment, now, length)
        counts[span] = looker.see(f"the {span}", read, sums)
    no_queues: tuple[Queue, ...] = ()
    no_alarms: tuple[Alarm, ...] = ()
    return Status(
        stage=deployment.stage,
        at=now,
        paused=held_by(found.pauses),
        due_now=len(found.steps),
        more_due=found.more,
        oldest_due_seconds=max((int((now - s.at).total_seconds()) for s in found.steps), default=0),
        queues=looker.see("the queues", partial(_queues, clients, deployment, now), no_queues),
        counts=counts,
        alarms=looker.see("the alarms", partial(_alarms, clients, deployment), no_alarms),
        mail_service=looker.see("SES", partial(_mail_service, clients, now), None),
        unseen=tuple(looker.unseen),
    )


@dataclass(frozen=True, slots=True)
class Due:
    """What the index says is due, whether there is more than that, and what is paused."""

    steps: "Sequence[DueStep]" = ()
    more: bool = False
    pauses: Pauses = NO_PAUSES


def steps_due(enrolments: "Enrolments", brakes: "Brakes", shards: int, now: datetime) -> Due:
    """Return what is due as the tick sees it: what is paused is passed over."""
    pauses = brakes.pauses()
    if pauses.everything:
        return Due(pauses=pauses)
    by_shard = [
        enrolments.due(shard, now, MOST_DUE_A_SHARD, pauses.journeys) for shard in range(shards)
    ]
    more = any(len(steps) >= MOST_DUE_A_SHARD for steps in by_shard)
    return Due([step for steps in by_shard for step in steps], more, pauses)


def _queues(clients: "AwsClients", deployment: "Deployment", now: datetime) -> tuple[Queue, ...]:
    return (
        *(_queue(clients, deployment, name, now) for name in QUEUES),
        *(
            Queue(
                name=name.lower(), dead_letters=_depth(clients, deployment, name, "DeadLetters")[0]
            )
            for name in LONE_DEAD_LETTERS
        ),
    )


def _queue(clients: "AwsClients", deployment: "Deployment", name: str, now: datetime) -> Queue:
    waiting, in_flight = _depth(clients, deployment, name, "Queue")
    return Queue(
        name=name.lower(),
        waiting=waiting,
        in_flight=in_flight,
        oldest_seconds=_oldest_seconds(clients.cloudwatch, deployment, name, now),
        dead_letters=_depth(clients, deployment, name, "DeadLetters")[0],
    )


def _depth(
    clients: "AwsClients", deployment: "Deployment", name: str, kind: str
) -> tuple[int, int]:
    """Return about how many messages wait, and how many are being worked on."""
    url = deployment.named(f"{name}{kind}")
    waiting = "ApproximateNumberOfMessages"
    told = clients.sqs.get_queue_attributes(
        QueueUrl=url,
        AttributeNames=[waiting, f"{waiting}Delayed", f"{waiting}NotVisible"],  # type: ignore[list-item]
    )["Attributes"]
    numbers: dict[str, int] = {key: int(value) for key, value in told.items()}
    return numbers[waiting] + numbers.get(f"{waiting}Delayed", 0), numbers[f"{waiting}NotVisible"]


def _oldest_seconds(
    cloudwatch: "CloudWatchClient", deployment: "Deployment", name: str, now: datetime
) -> int | None:
    queue = deployment.named(f"{name}Queue").rpartition("/")[2]
    query = _query("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": queue}, "Maximum", 60)
    values = _values(cloudwatch, {"age": query}, now - _QUEUE_SPAN, now)["age"]
    return int(values[0]) if values else None


def _counts(
    clients: "AwsClients", deployment: "Deployment", now: datetime, span: timedelta
) -> dict[str, int]:
    """Return the sums of our own metrics over the span, without those that are 0."""
    service = {"service": f"milepost-{deployment.stage}"}
    filters: Any = [{"Name": name, "Value": value} for name, value in service.items()]
    pages = clients.cloudwatch.get_paginator("list_metrics").paginate(
        Namespace=NAMESPACE, Dimensions=filters
    )
    names = sorted({m["MetricName"] for page in pages for m in page["Metrics"]})
    counted = [name for name in names if not name.endswith("_seconds")]
    period = _MINUTES if span <= HOUR else _FIVE_MINUTES
    queries = {name: _query(NAMESPACE, name, service, "Sum", period) for name in counted}
    sums = {
        name: round(sum(values))
        for name, values in _values(clients.cloudwatch, queries, now - span, now).items()
    }
    return {name: value for name, value in sums.items() if value}


def _alarms(clients: "AwsClients", deployment: "Deployment") -> tuple[Alarm, ...]:
    names = deployment.of_type("AWS::CloudWatch::Alarm")
    known = [
        alarm
        for some in _some_at_a_time(names, _ALARMS_A_CALL)
        for alarm in clients.cloudwatch.describe_alarms(AlarmNames=some, MaxRecords=_ALARMS_A_CALL)[
            "MetricAlarms"
        ]
    ]
    return tuple(
        Alarm(
            name=alarm["AlarmName"],
            since=alarm["StateUpdatedTimestamp"],
            meaning=alarm.get("AlarmDescription", ""),
        )
        for alarm in known
        if alarm["StateValue"] == "ALARM"
    )


def _mail_service(clients: "AwsClients", now: datetime) -> MailService:
    account = clients.sesv2.get_account()
    quota = account["SendQuota"]
    return MailService(
        sent_in_a_day=round(quota["SentLast24Hours"]),
        daily_quota=round(quota["Max24HourSend"]),
        per_second=quota["MaxSendRate"],
        standing=account["EnforcementStatus"],
        sending=account["SendingEnabled"],
        production=account["ProductionAccessEnabled"],
        bounce_rate=_rate(clients.cloudwatch, "Reputation.BounceRate", now),
        complaint_rate=_rate(clients.cloudwatch, "Reputation.ComplaintRate", now),
    )


def _rate(cloudwatch: "CloudWatchClient", name: str, now: datetime) -> float | None:
    """Return SES's latest word on the account; None when it has none."""
    query = _query("AWS/SES", name, {}, "Maximum", 3600)
    values = _values(cloudwatch, {"rate": query}, now - DAY, now)["rate"]
    return values[0] if values else None


def _query(
    namespace: str, name: str, dimensions: Mapping[str, str], statistic: str, period: int
) -> dict[str, Any]:
    told = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": told}
    return {"Metric": metric, "Period": period, "Stat": statistic}


def _values(
    cloudwatch: "CloudWatchClient",
    queries: Mapping[str, Mapping[str, Any]],
    start: datetime,
    end: datetime,
) -> dict[str, list[float]]:
    """Return the data points of each query by its name, the newest first."""
    found: dict[str, list[float]] = {name: [] for name in queries}
    for some in _some_at_a_time(list(queries), _QUERIES_A_CALL):
        asked: Any = [{"Id": f"q{n}", "MetricStat": queries[name]} for n, name in enumerate(some)]
        pages = cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=asked, StartTime=start, EndTime=end, ScanBy="TimestampDescending"
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                found[some[int(result["Id"][1:])]] += result["Values"]
    return found


def _some_at_a_time(names: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))
