"""What a deployment prints and other tools read of the stack."""

from typing import Any

from infra.cloudformation import Fragment, attribute, ref, sub
from infra.fragments.api import base_url
from infra.stage import Stage


def fragment(stage: Stage) -> Fragment:
    url = base_url(stage)
    values: dict[str, tuple[str, Any]] = {
        "BaseUrl": ("Where the member's pages are", url),
        "IntakeUrl": ("Where partners post their events", _intake(url)),
        "TableName": ("The table", ref("Table")),
        "EventsQueueUrl": ("The queue of partners' events", ref("EventsQueue")),
        "EventsDeadLettersUrl": ("Events that were set aside", ref("EventsDeadLetters")),
        "SendsQueueUrl": ("The queue of due steps", ref("SendsQueue")),
        "SendsDeadLettersUrl": ("Due steps that were set aside", ref("SendsDeadLetters")),
        "FeedbackQueueUrl": ("The queue of what SES says", ref("FeedbackQueue")),
        "FeedbackDeadLettersUrl": ("Feedback that was set aside", ref("FeedbackDeadLetters")),
        "ScheduleDeadLettersUrl": ("Ticks that were set aside", ref("ScheduleDeadLetters")),
        "FeedbackTopicArn": ("The topic that SES publishes to", ref("FeedbackTopic")),
        "ConfigurationSetName": ("The SES configuration set", ref("ConfigurationSet")),
        "AlarmTopicArn": ("The topic of alarms", ref("AlarmTopic")),
        "DashboardName": ("The dashboard", ref("Dashboard")),
    }
    if stage.custom_domain:
        target = attribute("ApiDomain", "RegionalDomainName")
        values["CustomDomainTarget"] = ("What the CNAME of the custom domain must say", target)
    told = {name: {"Description": why, "Value": value} for name, (why, value) in values.items()}
    return {"Outputs": told}


def _intake(url: Any) -> Any:  # noqa: ANN401 - a text or a reference
    path = "/v1/partners/{partner}/events"
    return sub(url["Fn::Sub"] + path) if isinstance(url, dict) else url + path
