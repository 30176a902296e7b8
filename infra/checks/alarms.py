"""Rules over alarms: everything that can fail has one, and each says what to do."""

from collections.abc import Iterator

from infra.checks.built import FUNCTION, QUEUE, Built, Problem, Rule, named_resource
from infra.fragments.alarms import GUIDE

ALARM = "AWS::CloudWatch::Alarm"


def what_can_fail_has_an_alarm(built: Built) -> Iterator[Problem]:
    watched = {
        (alarm.get("MetricName"), _watched(dimension.get("Value")))
        for _, alarm in built.of_type(ALARM)
        for dimension in alarm.get("Dimensions", [])
    }
    wanted = [
        *((metric, name) for name, _ in built.of_type(FUNCTION) for metric in _OF_FUNCTIONS),
        *((_OF_DEAD_LETTERS, name) for name, _ in built.of_type(QUEUE) if "DeadLetters" in name),
        *((_OF_QUEUES, named_resource(event.get("Queue"))) for *_, event in built.events("SQS")),
    ]
    for metric, name in wanted:
        if name and (metric, name) not in watched:
            yield Problem(
                str(name), f"nobody hears of its {metric}", "Add it to infra/fragments/alarms.py"
            )


def alarms_are_heard_and_say_what_to_do(built: Built) -> Iterator[Problem]:
    topics = dict(built.of_type("AWS::SNS::Topic"))
    for logical_id, alarm in built.of_type(ALARM):
        heard = [named_resource(action) for action in alarm.get("AlarmActions", [])]
        if not heard or not set(heard) <= set(topics):
            yield Problem(
                f"{logical_id}.AlarmActions", "nobody hears of it", "Send it to AlarmTopic"
            )
        if f"{GUIDE}#" not in alarm.get("AlarmDescription", ""):
            yield Problem(
                f"{logical_id}.AlarmDescription",
                "whom it wakes does not learn what to do",
                f"Lead to a section of {GUIDE}",
            )


_OF_FUNCTIONS = ("Errors", "Throttles")
_OF_QUEUES = "ApproximateAgeOfOldestMessage"
_OF_DEAD_LETTERS = "ApproximateNumberOfMessagesVisible"


def _watched(value: object) -> str:
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "QueueName"]}:
            return name
        case _:
            return str(value)


RULES: tuple[Rule, ...] = (what_can_fail_has_an_alarm, alarms_are_heard_and_say_what_to_do)
