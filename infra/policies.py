"""What each function may do: exact actions on exact resources, and nothing else.

``tests/infra`` runs every function, records what it calls, and holds this against it: nothing that
is called is missing, and nothing is here that is never called.
"""

from collections.abc import Iterable
from typing import Any

from infra.cloudformation import Value, arn, own_arn, policy, sub
from infra.fragments.feedback import configuration_set_arn
from infra.fragments.table import INDEX
from infra.functions import Function, QueueFunction, ScheduleFunction
from infra.stage import Stage

Statement = dict[str, Any]

WITHOUT_RESOURCE = {
    "ses:GetAccount": "SES's account has no resource to name",
    "xray:PutTelemetryRecords": "X-Ray's service has no resources to name",
    "xray:PutTraceSegments": "X-Ray's service has no resources to name",
}
"""Every action that has ``*`` for its resource, and why it can't be another."""
BY_CONDITION = {
    "ses:SendEmail": "SES asks for the recipient's identity, too, if the account has one",
    "ses:SendRawEmail": "SES asks for the recipient's identity, too, if the account has one",
}
"""Every action that is bounded by a condition instead of its resource, and why."""

READ = ("BatchGetItem", "GetItem")
CHANGE = ("PartiQLUpdate", "PutItem")
INSERT = ("PartiQLInsert", "PutItem")
OVERWRITE = ("BatchWriteItem", "PutItem")
"""Each is one need, and one call or the other by how many act at once."""
TABLE_ACTIONS: dict[str, tuple[str, ...]] = {
    "api_handler": (*READ, "PutItem", "Query", "UpdateItem"),
    "queue_events": (*READ, *CHANGE, *INSERT, *OVERWRITE, "Query", "UpdateItem"),
    "queue_sends": (*READ, *CHANGE, "Query", "UpdateItem"),
    "queue_feedback": (*READ, *CHANGE, *INSERT, "Query", "UpdateItem"),
    "schedule_due": ("GetItem",),
    "schedule_audit": (*READ, "PutItem", "Query", "Scan"),
}
INDEX_ACTIONS: dict[str, tuple[str, ...]] = {"schedule_due": ("Query",)}
SENDS_TO: dict[str, tuple[str, ...]] = {
    "api_handler": ("EventsQueue",),
    "queue_events": ("EventsDeadLetters", "EventsQueue"),
    "queue_sends": ("SendsDeadLetters",),
    "queue_feedback": ("FeedbackDeadLetters", "FeedbackQueue"),
    "schedule_due": ("EventsQueue", "SendsQueue"),
}
PARAMETERS: dict[str, tuple[str, ...]] = {
    "api_handler": ("base-url", "identity-key", "partner-secrets", "token-keys"),
    "queue_events": ("identity-key",),
    "queue_sends": ("base-url", "token-keys"),
}
SENDER = "queue_sends"
ASK_THE_QUOTA = (SENDER, "schedule_due")


def policy_of(stage: Stage, function: Function) -> dict[str, Any]:
    """Return the function's policy document."""
    name = function.name
    statements = [
        _allow("logs", ("CreateLogStream", "PutLogEvents"), arn(function.log_group_id)),
        _allow("xray", ("PutTelemetryRecords", "PutTraceSegments"), "*"),
        *_if_any("dynamodb", TABLE_ACTIONS[name], arn("Table")),
        *_if_any("dynamodb", INDEX_ACTIONS.get(name, ()), sub(f"${{Table.Arn}}/index/{INDEX}")),
        *(_allow("sqs", ("SendMessage",), arn(queue)) for queue in SENDS_TO.get(name, ())),
        *_parameters(stage, PARAMETERS.get(name, ())),
    ]
    if isinstance(function, QueueFunction):
        taken = ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
        statements.append(_allow("sqs", taken, arn(f"{function.queue}Queue")))
    if isinstance(function, ScheduleFunction):
        statements.append(_allow("sqs", ("SendMessage",), arn("ScheduleDeadLetters")))
    if name in ASK_THE_QUOTA:
        statements.append(_allow("ses", ("GetAccount",), "*"))
    if name == SENDER:
        statements.append(_sending(stage))
    return policy(*statements)


def _sending(stage: Stage) -> Statement:
    """Let mails go out as the stage's sender alone.

    SES asks for ``SendRawEmail`` when the content is a whole message, whatever the call is named.
    In the sandbox every recipient is an identity of the account, so identities can't be named.
    """
    on = [own_arn("ses", "identity/*"), configuration_set_arn(stage)]
    senders = [f"*@{stage.sender_domain}", f"*@*.{stage.sender_domain}"]
    condition = {"StringLike": {"ses:FromAddress": senders}}
    return {**_allow("ses", ("SendEmail", "SendRawEmail"), on), "Condition": condition}


def _parameters(stage: Stage, names: Iterable[str]) -> list[Statement]:
    arns = [own_arn("ssm", f"parameter{stage.parameters}/{name}") for name in names]
    return _if_any("ssm", ("GetParameter",) if arns else (), arns)


def _if_any(service: str, actions: tuple[str, ...], resource: Value) -> list[Statement]:
    return [_allow(service, actions, resource)] if actions else []


def _allow(service: str, actions: tuple[str, ...], resource: Value) -> Statement:
    return {
        "Effect": "Allow",
        "Action": [f"{service}:{action}" for action in sorted(set(actions))],
        "Resource": resource,
    }
