"""The status tells what is, and what of it needs a hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from operations.stages import ALARM, STACK, STAGE, enrolled

from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.dynamodb_brakes import DynamoBrakes
from chalicelib.adapters.dynamodb_enrolments import DynamoEnrolments
from chalicelib.adapters.memory_brakes import MemoryBrakes
from chalicelib.domain.brakes import Pause
from chalicelib.domain.feedback import StepKey
from chalicelib.operations import status_aws
from chalicelib.operations.deployment import find_deployment
from chalicelib.operations.status import Alarm, Held, MailService, Queue, Status
from chalicelib.operations.status_aws import Due, read_status, steps_due
from chalicelib.usecases.ports import DueStep, UnavailableError

NOW = datetime.now(UTC).replace(microsecond=0)
FINE = MailService(
    sent_in_a_day=100,
    daily_quota=50_000,
    per_second=14.0,
    standing="HEALTHY",
    sending=True,
    production=True,
    bounce_rate=0.004,
    complaint_rate=0.0001,
)
GOOD = Status(
    stage="test",
    at=NOW,
    due_now=3,
    oldest_due_seconds=59,
    queues=(Queue(name="events", waiting=5, in_flight=2, oldest_seconds=30),),
    counts={"last hour": {"mail_sent": 3}, "last day": {"mail_sent": 70, "mail_refused": 1}},
    mail_service=FINE,
)


def test_what_works_needs_no_hand():
    assert GOOD.hands() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mail_service": replace(FINE, sending=False)}, "SES has paused"),
        ({"mail_service": replace(FINE, standing="PROBATION")}, "on PROBATION"),
        ({"mail_service": replace(FINE, sent_in_a_day=45_001)}, "45,001 of 50,000"),
        ({"mail_service": replace(FINE, bounce_rate=0.031)}, "3.1% of the mails bounce"),
        ({"mail_service": replace(FINE, complaint_rate=0.0009)}, "0.09% of the mails"),
        ({"queues": (Queue(name="sends", dead_letters=2),)}, "2 dead letters of sends"),
        ({"queues": (Queue(name="sends", oldest_seconds=901),)}, "in sends for 15 minutes"),
        ({"oldest_due_seconds": 601}, "due for 10 minutes"),
        ({"counts": {"last hour": {}, "last day": {"mail_not_rendered": 1}}}, "1 mail could not"),
        ({"alarms": (Alarm(name="it-burns", since=NOW, meaning="Go"),)}, "it-burns"),
        ({"unseen": ("SES: not permitted",)}, "Not seen: SES"),
        ({"paused": (Held(journey=None, since=NOW, why="a storm"),)}, "Everything is paused"),
        ({"paused": (Held(journey="news", since=NOW, why="a storm"),)}, "news is paused since"),
    ],
)
def test_each_thing_that_does_not_work_needs_a_hand_and_has_a_cure(change, words):
    [hand] = replace(GOOD, **change).hands()
    assert words in hand.what
    assert hand.cure


@pytest.mark.parametrize(
    "change",
    [
        {"mail_service": replace(FINE, sent_in_a_day=45_000)},
        {"mail_service": replace(FINE, bounce_rate=0.03, complaint_rate=0.0008)},
        {"mail_service": replace(FINE, bounce_rate=None, complaint_rate=None)},
        {"queues": (Queue(name="sends", oldest_seconds=900),)},
        {"queues": (Queue(name="events", oldest_seconds=1800),)},
        {"oldest_due_seconds": 600},
        {"counts": {}},
    ],
)
def test_what_is_at_its_limit_is_still_fine(change):
    assert replace(GOOD, **change).hands() == []


# On AWS.


def read(ground, due=Due):
    return read_status(ground.clients, find_deployment(ground.clients, STAGE), due, NOW)


def count(  # noqa: PLR0913 - the parts of a data point
    ground, name, value, ago, *, unit="Count", dimensions=None, namespace="Milepost"
):
    service = {"service": STACK} if dimensions is None else dimensions
    data = {
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": each} for key, each in service.items()],
        "Timestamp": NOW - ago,
        "Value": value,
        "Unit": unit,
    }
    ground.clients.cloudwatch.put_metric_data(Namespace=namespace, MetricData=[data])


def test_a_stage_in_order_is_told_in_full(ground):
    found = read(ground)
    assert found.hands() == []
    assert found.mail_service == replace(FINE, bounce_rate=None, complaint_rate=None)
    assert [queue.name for queue in found.queues] == ["events", "sends", "feedback", "schedule"]


def test_counts_are_summed_over_the_hour_and_the_day_for_this_stage_alone(ground):
    count(ground, "mail_sent", 2, timedelta(minutes=5))
    count(ground, "mail_sent", 3, timedelta(minutes=50))
    count(ground, "mail_sent", 5, timedelta(hours=5))
    count(ground, "mail_sent", 7, timedelta(hours=30))
    count(ground, "mail_sent", 11, timedelta(minutes=5), dimensions={"service": "milepost-other"})
    count(ground, "mail_refused", 1, timedelta(hours=20))
    count(ground, "oldest_due_seconds", 40, timedelta(minutes=1), unit="Seconds")
    assert read(ground).counts == {
        "last hour": {"mail_sent": 5},
        "last day": {"mail_sent": 10, "mail_refused": 1},
    }


def test_queues_are_told_with_depth_age_and_dead_letters(ground):
    sqs, names = ground.clients.sqs, ground.names
    for _ in range(3):
        sqs.send_message(QueueUrl=names["SendsQueue"], MessageBody="x")
    sqs.receive_message(QueueUrl=names["SendsQueue"])
    sqs.send_message(QueueUrl=names["SendsDeadLetters"], MessageBody="x")
    sqs.send_message(QueueUrl=names["ScheduleDeadLetters"], MessageBody="x")
    queue = {"QueueName": f"{STACK}-sends"}
    for minutes, age in ((9, 700), (4, 90)):
        count(
            ground,
            "ApproximateAgeOfOldestMessage",
            age,
            timedelta(minutes=minutes),
            unit="Seconds",
            dimensions=queue,
            namespace="AWS/SQS",
        )
    found = {queue.name: queue for queue in read(ground).queues}
    assert found["sends"] == Queue(
        name="sends", waiting=2, in_flight=1, oldest_seconds=90, dead_letters=1
    )
    assert found["schedule"].dead_letters == 1
    assert found["events"] == Queue(name="events")


def test_an_alarm_that_sounds_is_told_with_what_it_means(ground):
    assert read(ground).alarms == ()
    ground.clients.cloudwatch.set_alarm_state(
        AlarmName=ALARM, StateValue="ALARM", StateReason="a test"
    )
    [alarm] = read(ground).alarms
    assert (alarm.name, alarm.meaning) == (ALARM, "Look at the dead letters.")


def test_sess_latest_word_on_the_account_is_taken(ground):
    for ago, rate in ((timedelta(hours=20), 0.09), (timedelta(hours=2), 0.01)):
        count(
            ground,
            "Reputation.BounceRate",
            rate,
            ago,
            unit="None",
            dimensions={},
            namespace="AWS/SES",
        )
    assert read(ground).mail_service.bounce_rate == pytest.approx(0.01)


def test_what_is_due_is_read_from_every_shard_of_the_index(ground):
    enrolments = DynamoEnrolments(Table(ground.clients.dynamodb, STACK), 2)
    for number, seconds in enumerate((-700, -5, 0, 60)):
        enrolments.save(enrolled(f"member{number}", NOW + timedelta(seconds=seconds)))
    found = read(ground, lambda: steps_due(enrolments, MemoryBrakes(), 2, NOW))
    assert (found.due_now, found.more_due, found.oldest_due_seconds) == (3, False, 700)


@pytest.mark.parametrize("journey", [None, "welcome"])
def test_what_is_paused_is_told_and_is_neither_due_nor_late(ground, journey):
    table = Table(ground.clients.dynamodb, STACK)
    enrolments, brakes = DynamoEnrolments(table, 2), DynamoBrakes(table)
    enrolments.save(enrolled("member1", NOW - timedelta(hours=1)))
    brakes.pause(journey, Pause(NOW - timedelta(hours=2), "a wrong link"))
    found = read(ground, lambda: steps_due(enrolments, brakes, 2, NOW))
    assert (found.due_now, found.oldest_due_seconds) == (0, 0)
    assert [held.journey for held in found.paused] == [journey]
    [hand] = found.hands()
    assert "a wrong link" in hand.what
    assert hand.cure.endswith(f"milepost resume {journey or '--all'}")


def test_so_many_that_not_all_are_counted_is_told_as_at_least(monkeypatch):
    class ManyDue:
        def due(self, shard, _until, limit, _without):
            key = StepKey(member_id="a", journey="j", entry=1, step="s")
            return [DueStep(key, NOW)] * (limit if shard else 1)

    monkeypatch.setattr(status_aws, "MOST_DUE_A_SHARD", 3)
    found = steps_due(ManyDue(), MemoryBrakes(), 2, NOW)
    assert (len(found.steps), found.more) == (4, True)


def unavailable():
    raise UnavailableError("the table does not answer")


def test_what_can_not_be_seen_is_named_and_the_rest_is_told(ground):
    ground.answers.give("sesv2", "GetAccount", "AccessDeniedException")
    del ground.names["FeedbackQueue"]
    ground.describe()
    found = read(ground, unavailable)
    assert [each.split(":")[0] for each in found.unseen] == ["what is due", "the queues", "SES"]
    assert found.counts == {"last hour": {}, "last day": {}}
    assert len(found.hands()) == 3
