"""What the bill takes for the deployment's settings are the deployment's settings."""

import re

import pytest

from app import app
from chalicelib.cost import deployment
from chalicelib.cost.deployment import SOURCES
from infra.fragments import FRAGMENTS
from infra.fragments.api import ACCESS_LOG_FORMAT
from infra.fragments.feedback import event_types
from infra.functions import FUNCTIONS, QUEUE_FUNCTIONS
from infra.merge import merged
from infra.stage import read_stage

STAGE = read_stage("production")


@pytest.fixture(scope="module")
def resources():
    return merged(fragment(STAGE) for fragment in FRAGMENTS)["Resources"]


def of_type(resources, type_):
    return [each for each in resources.values() if each.get("Type") == type_]


def declared():
    return {each.name: each for each in app.event_sources if hasattr(each, "batch_size")}


def test_each_function_has_the_memory_of_the_template():
    assert {each.name: each.memory_mb for each in FUNCTIONS} == deployment.MEMORY_MB


def test_x_ray_records_what_the_template_lets_it_record(resources):
    traced = {each.name for each in FUNCTIONS if each.traced}
    assert set(deployment.TRACED_SHARE) - {"api_handler"} == traced
    [rule] = of_type(resources, "AWS::XRay::SamplingRule")
    rule = rule["Properties"]["SamplingRule"]
    assert (rule["ReservoirSize"], rule["FixedRate"]) == (0, deployment.TRACED_SHARE["api_handler"])


def test_batches_and_windows_are_those_that_the_functions_declare():
    ours = {name: (each.batch, each.window_seconds) for name, each in SOURCES.items()}
    assert ours == {
        name: (each.batch_size, each.maximum_batching_window_in_seconds)
        for name, each in declared().items()
    }


def test_a_queue_whose_senders_are_capped_has_more_pollers(resources):
    for function in QUEUE_FUNCTIONS:
        events = resources[function.logical_id]["Properties"]["Events"]
        capped = "ScalingConfig" in events[function.event_id]["Properties"]
        expected = deployment.POLLERS_WITH_A_CAP if capped else deployment.POLLERS
        assert SOURCES[function.name].pollers == expected


def test_the_cap_on_senders_is_the_templates():
    from infra.fragments import functions  # noqa: PLC0415 - of the whole module one name

    assert functions.MAILS_PER_SECOND == deployment.MAILS_A_SECOND_OF_A_SENDER


def test_ses_tells_what_the_template_asks_it_to_tell():
    asked = {name.replace("_", "").lower() for name in event_types(STAGE)}
    assert {kind.lower() for kind in deployment.HEARD} == asked
    more = event_types(STAGE.model_copy(update={"delivery_events": True}))
    assert {name.lower() for name in more} - asked >= {deployment.DELIVERY.lower()}


def test_alarms_and_dashboards_are_as_many_as_in_the_template(resources):
    assert len(of_type(resources, "AWS::CloudWatch::Alarm")) == deployment.ALARMS
    assert len(of_type(resources, "AWS::CloudWatch::Dashboard")) == deployment.DASHBOARDS


def test_a_tick_asks_as_many_shards_as_the_production_stage_has():
    assert STAGE.due_shards == deployment.DUE_SHARDS


def test_a_line_of_the_access_log_has_about_as_many_bytes():
    values = {
        "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "httpMethod": "POST",
        "resourcePath": "/v1/partners/{partner}/events",
        "status": "202",
        "responseLatency": "41",
    }
    line = re.sub(r"\$context\.(\w+)", lambda found: values[found[1]], ACCESS_LOG_FORMAT)
    assert len(line) == pytest.approx(deployment.ACCESS_LOG_BYTES, rel=0.1)
