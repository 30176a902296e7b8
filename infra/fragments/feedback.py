"""The sender at SES, and the way back of what SES says: SES, topic, queue."""

from typing import Any

from infra.cloudformation import (
    Fragment,
    Resource,
    allow_service,
    arn,
    own_arn,
    policy,
    ref,
    resource,
    waived,
)
from infra.stage import Stage

EVENT_TYPES = ("BOUNCE", "COMPLAINT", "REJECT", "DELIVERY_DELAY", "OPEN", "CLICK")
"""Not SEND: SES's answer to the call says the same, and each event costs."""


def event_types(stage: Stage) -> tuple[str, ...]:
    """Return what SES is to tell; deliveries are two thirds of all that it could."""
    return ("DELIVERY", *EVENT_TYPES) if stage.delivery_events else EVENT_TYPES


def fragment(stage: Stage) -> Fragment:
    resources = {
        "ConfigurationSet": _configuration_set(stage),
        "FeedbackDestination": _destination(stage),
        "FeedbackTopic": _topic(stage),
        "FeedbackTopicPolicy": _topic_policy(stage),
        "FeedbackSubscription": _subscription(),
        "FeedbackQueuePolicy": _queue_policy(),
    }
    if stage.create_sender_identity:
        resources["SenderIdentity"] = _identity(stage)
    return {"Resources": resources}


def configuration_set_arn(stage: Stage) -> Any:  # noqa: ANN401 - a reference
    return own_arn("ses", f"configuration-set/{stage.stack}")


def _configuration_set(stage: Stage) -> Resource:
    properties = {
        "Name": stage.stack,
        "ReputationOptions": {"ReputationMetricsEnabled": True},
        "SuppressionOptions": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        "SendingOptions": {"SendingEnabled": True},
    }
    return resource("AWS::SES::ConfigurationSet", properties)


def _destination(stage: Stage) -> Resource:
    destination = {
        "Name": "feedback",
        "Enabled": True,
        "MatchingEventTypes": list(event_types(stage)),
        "SnsDestination": {"TopicARN": ref("FeedbackTopic")},
    }
    properties = {"ConfigurationSetName": ref("ConfigurationSet"), "EventDestination": destination}
    return resource(
        "AWS::SES::ConfigurationSetEventDestination", properties, DependsOn="FeedbackTopicPolicy"
    )


def _topic(stage: Stage) -> Resource:
    return resource(
        "AWS::SNS::Topic",
        {"TopicName": f"{stage.stack}-feedback"},
        Metadata=waived(
            CKV_AWS_26="SES publishes to an encrypted topic only with a key of one's own; the "
            "topic stores nothing, and the queue behind it is encrypted"
        ),
    )


def _topic_policy(stage: Stage) -> Resource:
    condition = {
        "StringEquals": {"AWS:SourceAccount": ref("AWS::AccountId")},
        "ArnEquals": {"AWS:SourceArn": configuration_set_arn(stage)},
    }
    statement = allow_service("ses", "sns:Publish", ref("FeedbackTopic"), condition)
    properties = {"Topics": [ref("FeedbackTopic")], "PolicyDocument": policy(statement)}
    return resource("AWS::SNS::TopicPolicy", properties)


def _subscription() -> Resource:
    properties = {
        "TopicArn": ref("FeedbackTopic"),
        "Protocol": "sqs",
        "Endpoint": arn("FeedbackQueue"),
        "RawMessageDelivery": True,
    }
    return resource("AWS::SNS::Subscription", properties, DependsOn="FeedbackQueuePolicy")


def _queue_policy() -> Resource:
    condition = {"ArnEquals": {"aws:SourceArn": ref("FeedbackTopic")}}
    statement = allow_service("sns", "sqs:SendMessage", arn("FeedbackQueue"), condition)
    properties = {"Queues": [ref("FeedbackQueue")], "PolicyDocument": policy(statement)}
    return resource("AWS::SQS::QueuePolicy", properties)


def _identity(stage: Stage) -> Resource:
    properties: dict[str, Any] = {
        "EmailIdentity": stage.sender_domain,
        "DkimAttributes": {"SigningEnabled": True},
        "DkimSigningAttributes": {"NextSigningKeyLength": "RSA_2048_BIT"},
        "FeedbackAttributes": {"EmailForwardingEnabled": False},
    }
    if stage.mail_from_domain:
        properties["MailFromAttributes"] = {
            "MailFromDomain": stage.mail_from_domain,
            "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
        }
    return resource("AWS::SES::EmailIdentity", properties)
