"""Rules over queues and schedules: nothing is lost, whatever fails."""

from collections.abc import Iterator
from typing import Any

from infra.checks.built import QUEUE, Built, Problem, Rule, named_resource
from infra.functions import VISIBILITY_PER_TIMEOUT

PARTIAL = "ReportBatchItemFailures"


def batches_fail_in_part(built: Built) -> Iterator[Problem]:
    """Without it Lambda takes an answer that names failed messages for success: they are gone."""
    for function, event, properties in built.events("SQS"):
        if properties.get("FunctionResponseTypes") != [PARTIAL]:
            yield Problem(
                f"{function}.Events.{event}",
                "failed messages would be deleted",
                f'Set FunctionResponseTypes to ["{PARTIAL}"]',
            )


def sources_are_queues_of_the_template(built: Built) -> Iterator[Problem]:
    queues = dict(built.of_type(QUEUE))
    for function, event, properties in built.events("SQS"):
        if named_resource(properties.get("Queue")) not in queues:
            yield Problem(
                f"{function}.Events.{event}.Queue",
                f"it reads {properties.get('Queue')!r}, which is no queue of this template",
                'Name the queue as {"Fn::Sub": "${….Arn}"}',
            )


def queues_set_aside_what_fails(built: Built) -> Iterator[Problem]:
    queues = dict(built.of_type(QUEUE))
    for logical_id, queue in _read_queues(built):
        redrive = queue.get("RedrivePolicy", {})
        letters = queues.get(named_resource(redrive.get("deadLetterTargetArn")))
        if letters is None or not redrive.get("maxReceiveCount"):
            yield Problem(
                f"{logical_id}.RedrivePolicy",
                "what always fails would come back until it expires",
                "Give it a dead-letter queue of this template and a maxReceiveCount",
            )
        elif _retention(letters) <= _retention(queue):
            yield Problem(
                f"{logical_id}.MessageRetentionPeriod",
                "a dead letter keeps its first time, so it may expire on arrival",
                "Keep dead letters for longer than messages",
            )


def messages_stay_hidden_while_they_are_handled(built: Built) -> Iterator[Problem]:
    for function, _, properties in built.events("SQS"):
        logical_id = named_resource(properties.get("Queue"))
        queue = built.resources.get(logical_id, {}).get("Properties", {})
        timeout = built.resources[function]["Properties"].get("Timeout", 0)
        window = properties.get("MaximumBatchingWindowInSeconds", 0)
        wanted = VISIBILITY_PER_TIMEOUT * timeout + window
        if queue and queue.get("VisibilityTimeout", 30) < wanted:
            yield Problem(
                f"{logical_id}.VisibilityTimeout",
                f"{queue.get('VisibilityTimeout', 30)} seconds is under "
                f"{VISIBILITY_PER_TIMEOUT} times the timeout of {function} and its window",
                f"Set {wanted} seconds or more",
            )


def queues_are_encrypted(built: Built) -> Iterator[Problem]:
    for logical_id, queue in built.of_type(QUEUE):
        if queue.get("SqsManagedSseEnabled") is not True:
            yield Problem(
                f"{logical_id}.SqsManagedSseEnabled",
                "messages lie there as they came",
                "Set it to true",
            )


def failed_ticks_are_set_aside(built: Built) -> Iterator[Problem]:
    """EventBridge gives up a call, and Lambda a run, each in silence."""
    queues = dict(built.of_type(QUEUE))
    for function, event, properties in built.events("Schedule"):
        own = built.resources[function]["Properties"]
        targets = {
            f"{function}.Events.{event}.DeadLetterConfig": _target(properties, "DeadLetterConfig"),
            f"{function}.DeadLetterQueue": _target(own, "DeadLetterQueue"),
        }
        for where, target in targets.items():
            if target not in queues:
                yield Problem(
                    where, "what fails leaves no trace", "Name a dead-letter queue of this template"
                )


def _read_queues(built: Built) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every queue of the template that a function reads."""
    read = {named_resource(properties.get("Queue")) for _, _, properties in built.events("SQS")}
    return ((logical_id, queue) for logical_id, queue in built.of_type(QUEUE) if logical_id in read)


def _retention(queue: dict[str, Any]) -> int:
    return int(queue.get("MessageRetentionPeriod", 345_600))


def _target(properties: dict[str, Any], name: str) -> str:
    config = properties.get(name, {})
    return named_resource(config.get("Arn") or config.get("TargetArn"))


RULES: tuple[Rule, ...] = (
    batches_fail_in_part,
    sources_are_queues_of_the_template,
    queues_set_aside_what_fails,
    messages_stay_hidden_while_they_are_handled,
    queues_are_encrypted,
    failed_ticks_are_set_aside,
)
