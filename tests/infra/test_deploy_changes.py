"""What is refused before a stack is touched, and how a failure is told."""

import pytest

from infra.deploy_changes import (
    Change,
    change_set_type,
    failures,
    read_changes,
    refuse_loss,
)
from infra.deploy_errors import DeployError


def told(name, action="Modify", type_="AWS::SQS::Queue", **more):
    resource = {"LogicalResourceId": name, "Action": action, "ResourceType": type_, **more}
    return {"Type": "Resource", "ResourceChange": resource}


def test_changes_are_read_in_the_order_of_their_names():
    changes = read_changes([told("Sends"), {"Type": "Hook"}, told("Events", "Add")])
    assert [(each.action, each.name) for each in changes] == [
        ("Add", "Events"),
        ("Modify", "Sends"),
    ]


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (Change("Add", "Table", "AWS::DynamoDB::Table"), "+ Table"),
        (Change("Import", "Table", "AWS::DynamoDB::Table"), "= Table"),
        (Change("Remove", "Old", "AWS::SNS::Topic"), "- Old"),
        (Change("Modify", "Api", "AWS::SNS::Topic", "True"), "(replaced)"),
        (Change("Modify", "Api", "AWS::SNS::Topic", "Conditional"), "(perhaps replaced)"),
    ],
)
def test_a_change_shows_what_becomes_of_the_resource(change, shown):
    assert shown in str(change)


@pytest.mark.parametrize("type_", ["AWS::DynamoDB::Table", "AWS::SQS::Queue"])
@pytest.mark.parametrize(
    "loss", [{"action": "Remove"}, {"replacement": "True"}, {"replacement": "Conditional"}]
)
def test_a_table_or_a_queue_is_neither_removed_nor_replaced(type_, loss):
    change = Change(**{"action": "Modify", "name": "Kept", "type": type_, **loss})
    with pytest.raises(DeployError, match=r"lose members or events:\n.* Kept (.*\n)*.*LOSE_DATA=1"):
        refuse_loss([Change("Add", "Other", type_), change])


@pytest.mark.parametrize(
    "change",
    [
        Change("Add", "Table", "AWS::DynamoDB::Table"),
        Change("Modify", "Table", "AWS::DynamoDB::Table", "False"),
        Change("Import", "Table", "AWS::DynamoDB::Table"),
        Change("Modify", "Permission", "AWS::Lambda::Permission", "True"),
        Change("Remove", "Function", "AWS::Lambda::Function"),
    ],
)
def test_what_loses_nothing_goes_on(change):
    refuse_loss([change])


@pytest.mark.parametrize(
    ("status", "type_"),
    [
        (None, "CREATE"),
        ("REVIEW_IN_PROGRESS", "CREATE"),
        ("DELETE_COMPLETE", "CREATE"),
        ("CREATE_COMPLETE", "UPDATE"),
        ("UPDATE_COMPLETE", "UPDATE"),
        ("UPDATE_ROLLBACK_COMPLETE", "UPDATE"),
        ("IMPORT_COMPLETE", "UPDATE"),
    ],
)
def test_a_stack_that_is_there_is_updated_and_another_is_made(status, type_):
    assert change_set_type("milepost-staging", status) == type_


@pytest.mark.parametrize(
    ("status", "cure"),
    [
        ("ROLLBACK_COMPLETE", "make destroy STAGE=staging"),
        ("ROLLBACK_FAILED", "make destroy STAGE=staging"),
        ("CREATE_FAILED", "make destroy STAGE=staging"),
        ("DELETE_FAILED", "make destroy STAGE=staging"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name milepost-staging"),
        ("UPDATE_IN_PROGRESS", "somebody is deploying it"),
        ("DELETE_IN_PROGRESS", "somebody is deploying it"),
    ],
)
def test_a_stack_that_can_not_be_changed_now_is_refused_with_the_cure(status, cure):
    with pytest.raises(DeployError, match=f"milepost-staging is in {status}.*{cure}"):
        change_set_type("milepost-staging", status)


def event(name, status, reason=None):
    reasons = {"ResourceStatusReason": reason} if reason else {}
    type_ = "AWS::SQS::Queue"
    return {"LogicalResourceId": name, "ResourceType": type_, "ResourceStatus": status, **reasons}


def test_a_failure_is_told_by_what_failed_first_and_not_by_what_was_stopped_for_it():
    events = [
        event("Table", "CREATE_COMPLETE"),
        event("Queue", "CREATE_FAILED", "QueueName is taken"),
        event("Topic", "CREATE_FAILED", "Resource creation cancelled"),
        event("Stack", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed"),
        event("Alarm", "DELETE_FAILED"),
    ]
    assert failures(events) == [
        "Queue (AWS::SQS::Queue): QueueName is taken",
        "Alarm (AWS::SQS::Queue): no reason given",
    ]
