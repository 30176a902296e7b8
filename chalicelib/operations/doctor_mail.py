"""Checks of the way of a mail and of what is heard of it: sender, DNS, configuration set, topic."""

import json
from collections.abc import Collection, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.operations.aws_faults import OperationError, is_missing
from chalicelib.operations.findings import Finding, Stage, fault, ok, warning
from chalicelib.programme.loader import load_programme

if TYPE_CHECKING:
    from mypy_boto3_sesv2.type_defs import GetEmailIdentityResponseTypeDef

SUCCESS = "SUCCESS"
MUST_HEAR = frozenset({"BOUNCE", "COMPLAINT"})
SHOULD_HEAR = frozenset({"CLICK", "DELIVERY_DELAY", "OPEN", "REJECT"})
_RECORDS = "Set the DNS records that make deploy prints; SES sees them within 72 hours"


def sender(stage: Stage) -> Iterator[Finding]:
    name, identity = _identity(stage)
    verified = identity["VerifiedForSendingStatus"]
    if verified:
        yield ok("sender", f"{name} is verified")
    else:
        yield fault("sender", f"{name} is not verified: SES refuses every mail", _RECORDS)


def dkim(stage: Stage) -> Iterator[Finding]:
    name, identity = _identity(stage)
    told = identity.get("DkimAttributes", {})
    if told.get("SigningEnabled") and told.get("Status") == SUCCESS:
        yield ok("DKIM", f"mails from {name} are signed")
        return
    state = told.get("Status", "not set up") if told.get("SigningEnabled") else "switched off"
    yield fault("DKIM", f"mails from {name} are not signed: it is {state}", _RECORDS)


def mail_from(stage: Stage) -> Iterator[Finding]:
    name, identity = _identity(stage)
    told = identity.get("MailFromAttributes", {})
    domain, status = told.get("MailFromDomain"), told.get("MailFromDomainStatus")
    if not domain:
        yield warning(
            "MAIL FROM",
            f"{name} has none of its own: SPF speaks for amazonses.com, DMARC hangs on DKIM alone",
            f"Set mail_from_domain in infra/stages/{stage.name}.json and deploy",
        )
    elif status == SUCCESS:
        yield ok("MAIL FROM", f"{domain} is set up")
    else:
        yield warning("MAIL FROM", f"{domain} is {status}", _RECORDS)


def configuration_set(stage: Stage) -> Iterator[Finding]:
    name = stage.settings.configuration_set
    told = stage.clients.sesv2.get_configuration_set(ConfigurationSetName=name)
    check = "configuration set"
    if not told.get("SendingOptions", {}).get("SendingEnabled", True):
        call = f"put-configuration-set-sending-options --configuration-set-name {name}"
        cure = f"Find out why, then: aws sesv2 {call} --sending-enabled"
        yield fault(check, f"sending by {name} is switched off", cure)
    elif not told.get("ReputationOptions", {}).get("ReputationMetricsEnabled"):
        yield warning(check, f"{name} counts neither bounces nor complaints", stage.deploy)
    else:
        yield ok(check, f"{name} sends, and counts bounces and complaints")


def feedback(stage: Stage) -> Iterator[Finding]:
    """See that SES tells the topic what the engine has to hear."""
    name, topic = stage.settings.configuration_set, stage.deployment.named("FeedbackTopic")
    told = stage.clients.sesv2.get_configuration_set_event_destinations(ConfigurationSetName=name)
    heard = {
        kind
        for destination in told.get("EventDestinations", ())
        if destination.get("Enabled")
        and destination.get("SnsDestination", {}).get("TopicArn") == topic
        for kind in map(str, destination["MatchingEventTypes"])
    }
    if missing := MUST_HEAR - heard:
        what = f"SES does not tell the topic of {_listed(missing)}: nobody would be suppressed"
        yield fault("feedback", what, stage.deploy)
    elif missing := SHOULD_HEAR - heard:
        what = f"SES does not tell the topic of {_listed(missing)}: reports lack them"
        yield warning("feedback", what, stage.deploy)
    else:
        yield ok("feedback", f"SES tells the topic of {_listed(heard)}")


def subscription(stage: Stage) -> Iterator[Finding]:
    """See that the topic hands on to the queue, as it came."""
    topic, queue = stage.deployment.named("FeedbackTopic"), _feedback_queue(stage)
    arn = queue["QueueArn"]
    found = [
        each["SubscriptionArn"]
        for page in stage.clients.sns.get_paginator("list_subscriptions_by_topic").paginate(
            TopicArn=topic
        )
        for each in page["Subscriptions"]
        if each["Protocol"] == "sqs" and each["Endpoint"] == arn
    ]
    if not found:
        yield fault("subscription", "the feedback queue does not hear the topic", stage.deploy)
        return
    told = stage.clients.sns.get_subscription_attributes(SubscriptionArn=found[0])["Attributes"]
    pending = told.get("PendingConfirmation", "false") == "true"
    if pending:
        yield fault("subscription", "it is not confirmed yet", stage.deploy)
    if told.get("RawMessageDelivery", "false") != "true":
        what = "SNS wraps each message: it works, and costs twice the bytes"
        yield warning("subscription", what, stage.deploy)
    if not _lets_in(queue.get("Policy", ""), topic):
        what = "the feedback queue's policy does not let the topic in"
        yield fault("subscription", what, stage.deploy)
    elif not pending:
        yield ok("subscription", "the feedback queue hears the topic")


@cache  # SES answers this question once a second
def _identity(stage: Stage) -> tuple[str, "GetEmailIdentityResponseTypeDef"]:
    """Return what SES knows of the sender: the address itself, its domain, or one above it."""
    address = load_programme(stage.programme_folder).sender.address
    labels = address.rpartition("@")[2].split(".")
    domains = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    for name in (address, *domains):
        try:
            return name, stage.clients.sesv2.get_email_identity(EmailIdentity=name)
        except ClientError as error:
            if not is_missing(error):
                raise
    raise OperationError(
        f"SES has no identity for {address}, the programme's sender, nor for its domain. Deploy "
        f"with the domain as sender_domain in infra/stages/{stage.name}.json, or make one by hand."
    )


def _feedback_queue(stage: Stage) -> dict[str, str]:
    url = stage.deployment.named("FeedbackQueue")
    told = stage.clients.sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["QueueArn", "Policy"]
    )
    return {str(name): value for name, value in told["Attributes"].items()}


def _lets_in(policy: str, topic: str) -> bool:
    statements: list[dict[str, Any]] = json.loads(policy or "{}").get("Statement", [])
    return any(
        statement.get("Effect") == "Allow" and topic in json.dumps(statement)
        for statement in statements
    )


def _listed(kinds: Collection[str]) -> str:
    return ", ".join(sorted(kind.lower().replace("_", " ") for kind in kinds))


CHECKS = (sender, dkim, mail_from, configuration_set, feedback, subscription)
