"""A stack is made, updated, left as it is and deleted; a failure tells its cause."""

import json
from datetime import UTC, datetime

import boto3
import pytest
from botocore.stub import ANY, Stubber
from deploying import REGION, some_cloud

from infra.deploy_errors import DeployError
from infra.deploy_stack import ChangeSet, Stack

NAME = "milepost-staging"
ARN = f"arn:aws:cloudformation:{REGION}:123456789012:changeSet/deploy-1/1"
QUEUE = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
TWO = {"Resources": {**QUEUE["Resources"], "Other": {"Type": "AWS::SQS::Queue"}}}


@pytest.fixture
def cloud(monkeypatch):
    with some_cloud(monkeypatch) as cloud:
        cloud.storage.create_bucket(
            Bucket="templates", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield cloud


def stack_of(client):
    heard = []
    return Stack(client, NAME, heard.append, wait=lambda _: None), heard


def put(cloud, template):
    cloud.storage.put_object(Bucket="templates", Key="t.json", Body=json.dumps(template))
    return f"https://s3.{REGION}.amazonaws.com/templates/t.json"


def test_a_stack_that_is_not_there_has_no_status_and_no_outputs(cloud):
    stack, _ = stack_of(cloud.stacks)
    assert (stack.status(), stack.outputs()) == (None, {})


def test_a_stack_is_made_then_left_as_it_is_then_updated_then_deleted(cloud):
    stack, heard = stack_of(cloud.stacks)
    made = stack.plan("CREATE", put(cloud, QUEUE))
    assert [(each.action, each.name) for each in made.changes] == [("Add", "Queue")]
    stack.carry_out(made)
    assert stack.status() == "CREATE_COMPLETE"
    assert stack.plan("UPDATE", put(cloud, QUEUE)) is None
    changed = stack.plan("UPDATE", put(cloud, TWO))
    assert ("Add", "Other") in {(each.action, each.name) for each in changed.changes}
    stack.carry_out(changed)
    assert stack.status() == "UPDATE_COMPLETE"
    stack.delete()
    assert stack.status() is None
    assert any(NAME in line for line in heard)


def test_deleting_what_is_not_there_does_nothing(cloud):
    stack, heard = stack_of(cloud.stacks)
    stack.delete()
    assert heard == []


@pytest.fixture
def stubbed():
    client = boto3.client(
        "cloudformation", region_name=REGION, aws_access_key_id="k", aws_secret_access_key="s"
    )
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def described(status, changes=(), **more):
    return {"Status": status, "Changes": list(changes), **more}


def event(number, name, status, reason=None):
    reasons = {"ResourceStatusReason": reason} if reason else {}
    return {
        "StackId": "id",
        "EventId": str(number),
        "StackName": NAME,
        "LogicalResourceId": name,
        "ResourceType": "AWS::SQS::Queue",
        "Timestamp": datetime(2027, 3, 1, tzinfo=UTC),
        "ResourceStatus": status,
        **reasons,
    }


def stacks(status):
    at = datetime(2027, 3, 1, tzinfo=UTC)
    return {"Stacks": [{"StackName": NAME, "StackStatus": status, "CreationTime": at}]}


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information.",
        "No updates are to be performed.",
    ],
)
def test_an_empty_change_set_is_no_failure_and_is_dropped(stubbed, reason):
    client, stub = stubbed
    stub.add_response("create_change_set", {"Id": ARN})
    stub.add_response("describe_change_set", described("CREATE_IN_PROGRESS"))
    stub.add_response("describe_change_set", described("FAILED", StatusReason=reason))
    stub.add_response("delete_change_set", {}, {"StackName": NAME, "ChangeSetName": ARN})
    stack, _ = stack_of(client)
    assert stack.plan("UPDATE", "url") is None


def test_a_template_that_is_refused_is_told_and_leaves_no_empty_stack(stubbed):
    client, stub = stubbed
    reason = "Template error: no such resource Tabel"
    stub.add_response("create_change_set", {"Id": ARN})
    stub.add_response("describe_change_set", described("FAILED", StatusReason=reason))
    stub.add_response("delete_change_set", {}, {"StackName": NAME, "ChangeSetName": ARN})
    stub.add_response("delete_stack", {}, {"StackName": NAME})
    stack, _ = stack_of(client)
    with pytest.raises(DeployError, match=reason):
        stack.plan("CREATE", "url")


def test_all_pages_of_a_change_set_are_read(stubbed):
    client, stub = stubbed
    pages = [
        [{"Type": "Resource", "ResourceChange": {
            "Action": "Add", "LogicalResourceId": name, "ResourceType": "AWS::SQS::Queue"}}]
        for name in ("A", "B")
    ]  # fmt: skip
    asked = {"StackName": NAME, "ChangeSetName": ARN}
    stub.add_response("create_change_set", {"Id": ARN})
    first = described("CREATE_COMPLETE", pages[0], NextToken="more")
    stub.add_response("describe_change_set", first, asked)
    stub.add_response(
        "describe_change_set",
        described("CREATE_COMPLETE", pages[1]),
        {**asked, "NextToken": "more"},
    )
    stack, _ = stack_of(client)
    assert [each.name for each in stack.plan("UPDATE", "url").changes] == ["A", "B"]


@pytest.mark.parametrize("adopt", [False, True])
def test_what_a_deleted_stack_left_is_taken_over_when_asked_for(stubbed, adopt):
    client, stub = stubbed
    asked = {
        "StackName": NAME,
        "ChangeSetName": ANY,
        "ChangeSetType": "CREATE",
        "TemplateURL": "url",
        "ImportExistingResources": adopt,
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    stub.add_response("create_change_set", {"Id": ARN}, asked)
    stub.add_response("describe_change_set", described("CREATE_COMPLETE"))
    stack, _ = stack_of(client)
    assert stack.plan("CREATE", "url", adopt=adopt) == ChangeSet(ARN, "CREATE", [])


def test_a_failed_update_tells_which_resource_failed_and_why(stubbed):
    client, stub = stubbed
    old = event(1, NAME, "CREATE_COMPLETE")
    failed = event(2, "Queue", "UPDATE_FAILED", "QueueName is taken")
    back = event(3, NAME, "UPDATE_ROLLBACK_COMPLETE")
    stub.add_response("describe_stack_events", {"StackEvents": [old]})
    stub.add_response("execute_change_set", {}, {"StackName": NAME, "ChangeSetName": ARN})
    stub.add_response("describe_stacks", stacks("UPDATE_IN_PROGRESS"))
    stub.add_response("describe_stack_events", {"StackEvents": [failed, old]})
    stub.add_response("describe_stacks", stacks("UPDATE_ROLLBACK_COMPLETE"))
    stub.add_response("describe_stack_events", {"StackEvents": [back, failed, old]})
    stack, heard = stack_of(client)
    with pytest.raises(DeployError, match=r"UPDATE_ROLLBACK_COMPLETE:\n  Queue .*: QueueName is t"):
        stack.carry_out(ChangeSet(ARN, "UPDATE", []))
    assert [line.split() for line in heard] == [
        ["UPDATE_FAILED", "Queue"],
        ["UPDATE_ROLLBACK_COMPLETE", NAME],
    ]
