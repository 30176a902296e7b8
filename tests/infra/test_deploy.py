"""The command: what it does in its order, what it says, and what it refuses."""

import json
from dataclasses import replace

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOTokenLoadError,
)
from click.testing import CliRunner
from deploying import READY, REGION, answering_ses, some_cloud

from infra.deploy import Order, deploy, main, read_package
from infra.deploy_errors import DeployError, told_plainly
from infra.deploy_secrets import ensure_secrets, first_values
from infra.stage import Stage

STAGE = Stage(
    name="staging",
    programme="templates/airline-bonus",
    sender_domain="mail.example.com",
    sends_per_second=14,
)
FUNCTION = {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "./deployment.zip"}}
QUEUE = {"Type": "AWS::SQS::Queue"}
pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse AWS..Serverless")


@pytest.fixture
def package(tmp_path):
    write(tmp_path, {"Function": FUNCTION, "Queue": QUEUE})
    (tmp_path / "deployment.zip").write_bytes(b"code")
    return tmp_path


def write(folder, resources):
    (folder / "template.json").write_text(json.dumps({"Resources": resources}))


@pytest.fixture
def cloud(monkeypatch):
    """Moto denies everything in a bucket that has our policy: it does not read its condition."""
    with some_cloud(monkeypatch) as cloud:
        cloud.storage.meta.events.register(
            "before-call.s3.PutBucketPolicy", lambda **_: (boto3_answer(200), {})
        )
        yield cloud


def boto3_answer(status):
    return type("Answer", (), {"status_code": status})()


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    """What was kept, and when; that it can be shown again is for a test of its own."""
    kept = []

    def keep(cloud, stage, package):
        status = cloud.stacks.describe_stacks(StackName=stage.stack)["Stacks"][0]["StackStatus"]
        kept.append((status, package))
        return 10

    monkeypatch.setattr("infra.deploy.keep_deployed", keep)
    return kept


def run(cloud, package, **order):
    """Deploy; SES answers once a time."""
    said = []
    fresh = replace(cloud, mail=answering_ses(account=order.pop("account", READY)))
    deploy(fresh, Order(STAGE, package, **order), said.append)
    return "\n".join(said)


def test_a_first_deployment_tells_all_that_it_made(cloud, package):
    told = run(cloud, package)
    assert f"staging: account 123456789012, {REGION}" in told
    assert "s3://milepost-artefacts-123456789012-eu-central-1/staging/" in told
    assert "/milepost/staging/identity-key" in told
    assert "+ Queue" in told
    assert "one._domainkey.mail.example.com" in told
    assert "Warning" not in told
    assert cloud.stacks.describe_stacks(StackName="milepost-staging")["Stacks"]


def test_the_stack_gets_the_package_that_was_uploaded(cloud, package):
    run(cloud, package)
    told = cloud.stacks.get_template(StackName="milepost-staging")["TemplateBody"]
    place = told["Resources"]["Function"]["Properties"]["CodeUri"]
    assert cloud.storage.get_object(**place)["Body"].read() == b"code"


def test_deploying_again_finds_everything_there(cloud, package):
    run(cloud, package)
    told = run(cloud, package)
    assert told.count("there already") == 2
    assert "Secrets    all there" in told
    assert "milepost-staging: nothing to change" in told
    assert "_dmarc.mail.example.com" in told


def test_a_plan_shows_the_changes_and_makes_none(cloud, package):
    told = run(cloud, package, only_plan=True)
    assert "+ Queue" in told
    assert cloud.parameters.describe_parameters()["Parameters"] == []
    assert cloud.stacks.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"] == []


def test_templates_are_kept_once_the_stack_stands_and_each_time(cloud, package, kept):
    run(cloud, package, only_plan=True)
    assert kept == []
    assert "10 new, kept for the web copies" in run(cloud, package)
    run(cloud, package)
    assert kept == [("CREATE_COMPLETE", b"code")] * 2


def test_a_change_that_would_lose_events_is_refused_unless_that_is_wanted(cloud, package):
    run(cloud, package)
    write(package, {"Function": FUNCTION})
    with pytest.raises(DeployError, match="- Queue"):
        run(cloud, package)
    assert queues(cloud) == 1
    run(cloud, package, lose_data=True)
    assert queues(cloud) == 0


def queues(cloud):
    told = cloud.stacks.list_stack_resources(StackName="milepost-staging")
    return sum(each["ResourceType"] == QUEUE["Type"] for each in told["StackResourceSummaries"])


@pytest.fixture
def table(cloud):
    cloud.tables.create_table(
        TableName="milepost-staging",
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.mark.usefixtures("table")
def test_a_table_from_before_is_taken_over_with_its_identity_key(cloud, package):
    [*ensure_secrets(cloud.parameters, "/milepost/staging", first_values())]
    assert "milepost-staging is there from before, and is taken over" in run(cloud, package)


@pytest.mark.usefixtures("table")
def test_a_table_from_before_gets_no_new_identity_key(cloud, package):
    with pytest.raises(DeployError, match="Put the old key back"):
        run(cloud, package)
    assert cloud.parameters.describe_parameters()["Parameters"] == []


def test_an_account_in_the_sandbox_is_warned_of(cloud, package):
    told = run(cloud, package, account={**READY, "ProductionAccessEnabled": False})
    assert "Warning    The account is in the SES sandbox" in told


@pytest.mark.parametrize("missing", ["template.json", "deployment.zip"])
def test_without_a_package_it_says_how_to_make_one(package, missing):
    (package / missing).unlink()
    with pytest.raises(DeployError, match=rf"{missing} is not there.*make package STAGE="):
        read_package(package)


def command(*words):
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1
    return done.output


def test_a_stage_that_nobody_has_written_is_refused_by_name():
    assert "There is no stage 'nowhere'" in command("--stage", "nowhere")


def test_without_a_region_it_says_how_to_set_one(monkeypatch, tmp_path):
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert "No AWS region is set" in command("--stage", "staging")


def test_without_credentials_it_says_how_to_get_some(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    assert "There are no AWS credentials" in command("--stage", "staging")


def test_the_command_deploys_what_it_is_told_to(monkeypatch, tmp_path):
    with some_cloud(monkeypatch):
        assert "is not there" in command("--stage", "staging", "--package", str(tmp_path))


def refused(code):
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "CreateChangeSet")


@pytest.mark.parametrize(
    ("error", "cure"),
    [
        (refused("ExpiredToken"), "have expired. Sign in again"),
        (refused("InvalidClientTokenId"), "AWS does not know these credentials"),
        (refused("AccessDenied"), "may not do CreateChangeSet.*Use a role that may"),
        (refused("LimitExceeded"), "AWS refused CreateChangeSet"),
        (NoCredentialsError(), "no AWS credentials"),
        (PartialCredentialsError(provider="env", cred_var="key"), "no AWS credentials"),
        (NoRegionError(), "No AWS region is set"),
        (ProfileNotFound(profile="x"), "list-profiles"),
        (SSOTokenLoadError(error_msg="old"), "aws sso login"),
        (EndpointConnectionError(endpoint_url="http://x"), "can't be reached"),
    ],
)
def test_what_boto_raises_is_told_with_its_cure(error, cure):
    with pytest.raises(DeployError, match=cure), told_plainly():
        raise error
