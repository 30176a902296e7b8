"""What the operators' commands ask for is what the template makes, by the same names and limits."""

import re
from pathlib import Path

import pytest

from chalicelib.operations import doctor_mail, doctor_stack, status, status_aws
from chalicelib.operations.deployment import STAGE_GRAMMAR, stack_name
from infra.fragments import FRAGMENTS, alarms, feedback
from infra.functions import FUNCTIONS, QUEUE_FUNCTIONS, VISIBILITY_PER_TIMEOUT
from infra.merge import merged
from infra.stage import NAME_GRAMMAR, read_stage

STAGE = read_stage("production")
OPERATIONS = Path(doctor_stack.__file__).parent
BY_CHALICE = {function.logical_id for function in FUNCTIONS}


@pytest.fixture(scope="module")
def resources():
    return merged(fragment(STAGE) for fragment in FRAGMENTS)["Resources"]


def test_every_name_that_is_looked_up_is_one_of_the_template(resources):
    sources = "".join(path.read_text() for path in OPERATIONS.glob("*.py"))
    asked = set(re.findall(r"\bnamed\(\"(\w+)\"\)", sources))
    queues = {f"{name}{kind}" for name in status_aws.QUEUES for kind in ("Queue", "DeadLetters")}
    letters = {f"{name}DeadLetters" for name in status_aws.LONE_DEAD_LETTERS}
    assert len(asked) > 3
    assert asked | queues | letters <= {*resources, *BY_CHALICE}


def test_every_queue_is_looked_at_and_the_function_behind_it(resources):
    behind = {function.queue: function.logical_id for function in QUEUE_FUNCTIONS}
    assert behind == doctor_stack.QUEUES
    made = {id_ for id_, each in resources.items() if each.get("Type") == "AWS::SQS::Queue"}
    looked_at = {f"{name}{kind}" for name in behind for kind in ("Queue", "DeadLetters")}
    assert made == looked_at | {f"{name}DeadLetters" for name in status_aws.LONE_DEAD_LETTERS}


def test_the_stage_of_these_tests_has_no_name_that_a_deployed_one_has_not(resources):
    names = set(
        re.findall(r"names\[\"(\w+)\"\]", Path(__file__).with_name("stages.py").read_text())
    )
    assert names <= {*resources, *BY_CHALICE, "DeadLettersAlarm", "ScheduleDueEvent"}


def test_a_hand_is_needed_where_an_alarm_rings():
    assert status.OLDEST_DUE_SECONDS == alarms.OLDEST_DUE_SECONDS
    assert status.BOUNCE_RATE == alarms.BOUNCE_RATE
    assert status.COMPLAINT_RATE == alarms.COMPLAINT_RATE
    limits = {name.lower(): limit for name, limit in alarms.OLDEST_MESSAGE_SECONDS.items()}
    assert limits == status.OLDEST_MESSAGE_SECONDS


def test_what_the_doctor_wants_to_be_heard_is_what_ses_is_asked_to_tell():
    assert set(feedback.EVENT_TYPES) == doctor_mail.MUST_HEAR | doctor_mail.SHOULD_HEAR


def test_limits_and_names_are_those_of_the_deployment():
    assert doctor_stack.VISIBILITY_PER_TIMEOUT == VISIBILITY_PER_TIMEOUT
    assert STAGE_GRAMMAR.pattern == NAME_GRAMMAR.strip("^$")
    assert stack_name("production") == STAGE.stack
