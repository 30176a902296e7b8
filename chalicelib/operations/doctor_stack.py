"""Checks of what the stack has made: table, queues, functions, schedules, logs, alarms."""

import json
from collections.abc import Iterator
from typing import Literal

from chalicelib.adapters.dynamodb import TTL_ATTRIBUTE, Table
from chalicelib.adapters.dynamodb_templates import DynamoSentTemplates
from chalicelib.adapters.queue_consumers import MAX_RECEIVES
from chalicelib.mail.templates import MailTemplates
from chalicelib.operations.findings import Finding, Stage, fault, ok, warning
from chalicelib.operations.words import counted
from chalicelib.programme.loader import load_programme
from chalicelib.usecases.current_templates import CurrentTemplates

VISIBILITY_PER_TIMEOUT = 6
QUEUES = {"Events": "QueueEvents", "Sends": "QueueSends", "Feedback": "QueueFeedback"}
"""The function behind each queue."""
_INDEXES: Literal["GlobalSecondaryIndexes"] = "GlobalSecondaryIndexes"
_WHOLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")


def stack(stage: Stage) -> Iterator[Finding]:
    status = stage.deployment.status
    if status in _WHOLE:
        yield ok("stack", f"milepost-{stage.name} is {status}")
    elif status.endswith("_IN_PROGRESS"):
        yield warning("stack", f"it is {status}", "Wait until it is done, then ask again")
    else:
        yield fault("stack", f"the last deployment ended in {status}", stage.deploy)


def table(stage: Stage) -> Iterator[Finding]:
    told = stage.clients.dynamodb.describe_table(TableName=stage.settings.table)["Table"]
    states = {
        index["IndexName"]: index.get("IndexStatus", "ACTIVE") for index in told.get(_INDEXES, ())
    }
    state = states.get("GSI1", "not there")
    if told["TableStatus"] != "ACTIVE":
        yield warning("table", f"it is {told['TableStatus']}", "Wait, then ask again")
    elif state != "ACTIVE":
        yield fault("table", f"the due index is {state}: no mail falls due", stage.deploy)
    elif not told.get("DeletionProtectionEnabled"):
        yield fault("table", "it can be deleted by one call", stage.deploy)
    else:
        items = f"{told.get('ItemCount', 0):,} items at last count"
        yield ok("table", f"{told['TableName']}, {items}; protected from deletion")


def backups(stage: Stage) -> Iterator[Finding]:
    told = stage.clients.dynamodb.describe_continuous_backups(TableName=stage.settings.table)
    recovery = told["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") == "ENABLED":
        yield ok("backups", "the table can be restored to any second of the last weeks")
    else:
        yield fault("backups", "point-in-time recovery is off", stage.deploy)


def expiry(stage: Stage) -> Iterator[Finding]:
    told = stage.clients.dynamodb.describe_time_to_live(TableName=stage.settings.table)
    found = told["TimeToLiveDescription"]
    on = found.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
    if on and found.get("AttributeName") == TTL_ATTRIBUTE:
        yield ok("expiry", "ids of events go away when they have expired")
    else:
        yield fault("expiry", f"TTL is not on for {TTL_ATTRIBUTE}: old ids pile up", stage.deploy)


def templates(stage: Stage) -> Iterator[Finding]:
    """See that the mails of the programme can still be shown after the next deployment."""
    folder = stage.programme_folder
    every = list(CurrentTemplates(load_programme(folder), MailTemplates.load(folder)).every())
    kept = DynamoSentTemplates(Table(stage.clients.dynamodb, stage.settings.table))
    if missing := [each for each in every if kept.find(each.digest) is None]:
        what = (
            f"{len(missing)} of {len(every)} that {folder.name} has here are not kept: "
            "it is not what is deployed, or the deployment did not end"
        )
        yield warning("templates", what, stage.deploy)
    else:
        yield ok("templates", f"{len(every)} are kept: web copies outlive the next deployment")


def queues(stage: Stage) -> Iterator[Finding]:
    """See that what fails is set aside, and does not come back while it is worked on."""
    for name, function in QUEUES.items():
        told = _attributes(stage, f"{name}Queue")
        letters = _attributes(stage, f"{name}DeadLetters")["QueueArn"]
        redrive = json.loads(told.get("RedrivePolicy", "{}"))
        receives = int(redrive.get("maxReceiveCount", 0))
        check, ours = f"queue {name.lower()}", f"set aside after {MAX_RECEIVES} receives"
        cures = (
            (redrive.get("deadLetterTargetArn") == letters, "what fails is not set aside"),
            (receives == MAX_RECEIVES, f"what fails is not {ours}, but after {receives}"),
            (_is_patient(stage, function, told), "its messages come back while they are worked on"),
        )
        faults = [fault(check, what, stage.deploy) for is_right, what in cures if not is_right]
        yield from faults or [ok(check, f"what fails is {ours}")]


def _is_patient(stage: Stage, function: str, attributes: dict[str, str]) -> bool:
    name = stage.deployment.named(function)
    timeout = stage.clients.functions.get_function_configuration(FunctionName=name)["Timeout"]
    return int(attributes["VisibilityTimeout"]) >= VISIBILITY_PER_TIMEOUT * timeout


def _attributes(stage: Stage, logical_id: str) -> dict[str, str]:
    url = stage.deployment.named(logical_id)
    told = stage.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return {str(name): value for name, value in told["Attributes"].items()}


def sources(stage: Stage) -> Iterator[Finding]:
    """See that each queue has its function, which may return a part of a batch."""
    for name, logical_id in QUEUES.items():
        function = stage.deployment.named(logical_id)
        told = stage.clients.functions.list_event_source_mappings(FunctionName=function)
        enabled = [each for each in told["EventSourceMappings"] if each["State"] == "Enabled"]
        check = f"source {name.lower()}"
        if not enabled:
            yield fault(check, "no queue feeds it: messages only wait", stage.deploy)
        elif "ReportBatchItemFailures" not in enabled[0].get("FunctionResponseTypes", ()):
            yield fault(check, "messages that fail are lost: no partial batches", stage.deploy)
        else:
            yield ok(check, "its queue feeds it, and what fails comes back")


def schedules(stage: Stage) -> Iterator[Finding]:
    for rule in stage.deployment.of_type("AWS::Events::Rule"):
        name = rule.rpartition("/")[2].rpartition("|")[2]
        told = stage.clients.events.describe_rule(Name=name)
        schedule = told.get("ScheduleExpression", "")
        if told["State"] == "DISABLED":
            cure = f"Switch it on: aws events enable-rule --name {name}"
            yield fault("schedule", f"{name} is switched off", cure)
        else:
            yield ok("schedule", f"{name} runs at {schedule}")
    if not stage.deployment.of_type("AWS::Events::Rule"):
        yield fault("schedule", "there is none: nothing falls due", stage.deploy)


def logs(stage: Stage) -> Iterator[Finding]:
    prefix = f"/aws/lambda/milepost-{stage.name}-"
    pages = stage.clients.logs.get_paginator("describe_log_groups").paginate(
        logGroupNamePrefix=prefix
    )
    groups = [group for page in pages for group in page["logGroups"]]
    if kept := [group["logGroupName"] for group in groups if "retentionInDays" not in group]:
        yield warning("logs", f"{', '.join(kept)} are kept for ever", stage.deploy)
    elif groups:
        yield ok("logs", f"kept for {counted(groups[0]['retentionInDays'], 'day')}")
    else:
        yield warning("logs", f"there is none that begins with {prefix}", stage.deploy)


def alarms(stage: Stage) -> Iterator[Finding]:
    """See that somebody hears the alarms."""
    if not (names := stage.deployment.of_type("AWS::CloudWatch::Alarm")):
        yield fault("alarms", "there are none", stage.deploy)
        return
    topic = stage.deployment.named("AlarmTopic")
    told = stage.clients.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    confirmed = [each for each in told if each["SubscriptionArn"].startswith("arn:")]
    if confirmed:
        yield ok("alarms", f"{counted(len(names), 'alarm')}, heard by {len(confirmed)}")
    elif told:
        cure = "Follow the link in the mail that AWS sent to alarm_email"
        yield warning("alarms", "nobody hears them: the address is not confirmed", cure)
    else:
        cure = f"Set alarm_email in infra/stages/{stage.name}.json and deploy"
        yield warning("alarms", "nobody hears them", cure)


CHECKS = (stack, table, backups, expiry, templates, queues, sources, schedules, logs, alarms)
