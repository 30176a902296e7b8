"""What the fragments make of a stage, where it is more than a fixed word."""

import json
import re
from pathlib import Path

import pytest

from app import app
from chalicelib.adapters.dynamodb import TABLE, create_table
from chalicelib.adapters.queue_consumers import MAX_RECEIVES
from infra.fragments import FRAGMENTS
from infra.fragments.alarms import alarms
from infra.fragments.dashboard import OUTCOMES
from infra.fragments.feedback import EVENT_TYPES
from infra.functions import FUNCTIONS
from infra.merge import merged
from infra.stage import CustomDomain, read_stage

ROOT = Path(__file__).parents[2]
STAGE = read_stage("production")
DOMAIN = CustomDomain(
    name="go.example.com", certificate_arn="arn:aws:acm:eu-west-1:1:certificate/2"
)


def resources_of(**values):
    stage = STAGE.model_copy(update=values)
    return merged(fragment(stage) for fragment in FRAGMENTS)["Resources"]


def outputs_of(**values):
    stage = STAGE.model_copy(update=values)
    return merged(fragment(stage) for fragment in FRAGMENTS)["Outputs"]


def test_the_table_is_the_one_that_tests_and_the_local_world_make():
    """Keys and index are written once; only how it is kept safe comes on top."""
    made = resources_of()["Table"]["Properties"]
    assert {name: made[name] for name in TABLE} == dict(TABLE)
    told = {}

    class Client:
        def create_table(self, **request):
            told.update(request)

        def update_time_to_live(self, TableName, TimeToLiveSpecification):  # noqa: N803 - AWS's
            assert made["TimeToLiveSpecification"] == TimeToLiveSpecification
            assert TableName == "members"

    create_table(Client(), "members")
    assert told == {**TABLE, "TableName": "members"}


def test_a_queue_sets_aside_after_as_many_receives_as_the_rules_count_on():
    for name, resource in resources_of().items():
        if name.endswith("Queue") and resource["Type"] == "AWS::SQS::Queue":
            assert resource["Properties"]["RedrivePolicy"]["maxReceiveCount"] == MAX_RECEIVES


@pytest.mark.parametrize(
    ("sends_per_second", "senders"), [(None, 10), (1, 2), (14, 2), (500, 20), (10_000, 400)]
)
def test_as_many_senders_run_at_once_as_keep_up_with_ses(sends_per_second, senders):
    properties = resources_of(sends_per_second=sends_per_second)["QueueSends"]["Properties"]
    source = properties["Events"]["QueueSendsSqsEventSource"]["Properties"]
    assert source["ScalingConfig"] == {"MaximumConcurrency": senders}


def test_an_identity_that_another_stage_has_made_is_left_alone():
    assert "SenderIdentity" in resources_of()
    assert "SenderIdentity" not in resources_of(create_sender_identity=False)


def test_bounces_come_to_a_domain_of_ones_own_if_there_is_one():
    identity = resources_of(mail_from_domain="bounce.example.com")["SenderIdentity"]["Properties"]
    assert identity["MailFromAttributes"]["MailFromDomain"] == "bounce.example.com"
    bare = resources_of(mail_from_domain=None)["SenderIdentity"]["Properties"]
    assert "MailFromAttributes" not in bare


def test_links_lead_to_the_custom_domain_once_there_is_one():
    own = resources_of(custom_domain=DOMAIN)
    assert own["BaseUrlParameter"]["Properties"]["Value"] == "https://go.example.com"
    assert own["ApiDomain"]["Properties"]["RegionalCertificateArn"] == DOMAIN.certificate_arn
    assert outputs_of(custom_domain=DOMAIN)["IntakeUrl"]["Value"] == (
        "https://go.example.com/v1/partners/{partner}/events"
    )
    plain = resources_of()
    assert "ApiDomain" not in plain
    assert plain["BaseUrlParameter"]["Properties"]["Value"]["Fn::Sub"].endswith("/api")


def test_the_api_stands_where_chalice_puts_it():
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    url = outputs_of()["BaseUrl"]["Value"]["Fn::Sub"]
    assert url.endswith(f"/{config['api_gateway_stage']}")


def test_pictures_come_through_whatever_a_mail_program_accepts():
    """Chalice's own list would have the first type that a browser names decide."""
    body = resources_of()["RestAPI"]["Properties"]["DefinitionBody"]
    assert body == {"x-amazon-apigateway-binary-media-types": ["*/*"]}
    assert app.api.binary_types == []


def test_every_function_has_a_policy_file_in_chalices_configuration():
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    files = {name: own["iam_policy_file"] for name, own in config["lambda_functions"].items()}
    assert files == {each.name: f"policy-{each.name}.json" for each in FUNCTIONS}
    assert config["autogen_policy"] is False


@pytest.mark.parametrize(("share", "rate"), [(0.05, 0.05), (0, 0), (None, None)])
def test_x_ray_follows_the_share_of_requests_that_the_stage_says(share, rate):
    rule = resources_of(traced_share=share).get("ApiSampling")
    assert (rule and rule["Properties"]["SamplingRule"]["FixedRate"]) == rate


def test_alarms_are_heard_by_the_address_of_the_stage():
    subscription = resources_of(alarm_email="ops@example.com")["AlarmSubscription"]["Properties"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")
    assert "AlarmSubscription" not in resources_of(alarm_email=None)


def test_ses_tells_of_deliveries_where_the_stage_wants_it():
    told = {
        wanted: resources_of(delivery_events=wanted)["FeedbackDestination"]["Properties"][
            "EventDestination"
        ]["MatchingEventTypes"]
        for wanted in (True, False)
    }
    assert set(told[True]) - set(told[False]) == {"DELIVERY"}


def test_ses_reports_what_the_engine_learns_from_and_not_that_it_took_a_mail():
    assert {"BOUNCE", "COMPLAINT", "OPEN", "CLICK"} <= set(EVENT_TYPES)
    assert "SEND" not in EVENT_TYPES


def test_deliveries_are_told_of_where_the_stage_wants_them():
    def told(**changes):
        destination = resources_of(**changes)["FeedbackDestination"]["Properties"]
        return destination["EventDestination"]["MatchingEventTypes"]

    assert "DELIVERY" not in told()
    assert "DELIVERY" in told(delivery_events=True)


# Alarms and dashboard


def documented_metrics():
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([a-z_<>]+)` \|", page, re.MULTILINE))


@pytest.mark.parametrize("alarm", list(alarms(STAGE)), ids=lambda alarm: alarm.logical_id)
def test_an_alarm_leads_to_a_section_of_the_how_to(alarm):
    page = (ROOT / "docs" / "how-to" / "deploy.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    assert alarm.section in {heading.lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("alarm", list(alarms(STAGE)), ids=lambda alarm: alarm.logical_id)
def test_an_alarm_rings_when_silence_means_that_nothing_runs_and_not_when_nothing_happens(alarm):
    beats = alarm.metric == "oldest_due_seconds"  # a tick that runs says it every minute
    rates = alarm.namespace == "AWS/SES"  # they stand until SES says another
    assert alarm.when_missing == ("breaching" if beats else "ignore" if rates else "notBreaching")


def test_alarms_come_before_ses_reviews_the_account():
    """SES reviews from 5 bounces in a hundred and one complaint in a thousand on."""
    thresholds = {alarm.metric: alarm.threshold for alarm in alarms(STAGE)}
    assert thresholds["Reputation.BounceRate"] < 0.05
    assert thresholds["Reputation.ComplaintRate"] < 0.001
    assert thresholds["oldest_due_seconds"] == 600


def test_our_own_metrics_in_alarms_are_documented():
    ours = {alarm.metric for alarm in alarms(STAGE) if alarm.namespace == "Milepost"}
    assert ours == {"breaker_tripped", "oldest_due_seconds"}
    assert ours <= documented_metrics()


def widgets():
    body = resources_of()["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    return json.loads(body)["widgets"]


def test_the_dashboard_shows_metrics_that_are_written():
    documented = documented_metrics()
    assert set(OUTCOMES) <= documented
    words = {
        match[1]
        for widget in widgets()
        for metric in widget["properties"]["metrics"]
        if isinstance(metric[0], dict)
        for match in [re.search(r"MetricName=(\w+)", metric[0]["expression"])]
    }
    assert words == {"step", "feedback", "journey", "webhook", "event"}
    for word in words:
        assert any(name.startswith(f"{word}_") for name in documented), word


def test_the_dashboard_names_functions_and_queues_as_they_are_named():
    made = resources_of()
    names = {
        value
        for resource in made.values()
        for name, value in resource["Properties"].items()
        if name in ("FunctionName", "QueueName", "TableName") and isinstance(value, str)
    }
    shown = {
        metric[at + 1]
        for widget in widgets()
        for metric in widget["properties"]["metrics"]
        for at, word in enumerate(metric)
        if word in ("FunctionName", "QueueName", "TableName")
    }
    assert shown == names


def test_widgets_do_not_lie_on_each_other():
    places = [(widget["x"], widget["y"]) for widget in widgets()]
    assert len(set(places)) == len(places)
    assert {x for x, _ in places} == {0, 12}
