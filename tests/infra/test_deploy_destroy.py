"""Destroying asks, deletes the stack, and says what it keeps and how to remove that."""

import pytest
from click.testing import CliRunner
from deploying import REGION, some_cloud

from infra.deploy_destroy import check_confirmed, destroy, main
from infra.deploy_errors import DeployError
from infra.stage import Stage

STAGE = Stage(
    name="staging",
    programme="templates/airline-bonus",
    sender_domain="mail.example.com",
    sends_per_second=14,
)


@pytest.fixture
def cloud(monkeypatch):
    with some_cloud(monkeypatch) as cloud:
        cloud.stacks.create_stack(
            StackName="milepost-staging",
            TemplateBody='{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}',
        )
        yield cloud


def is_there(cloud):
    told = cloud.stacks.list_stacks()["StackSummaries"]
    return [each["StackStatus"] for each in told] == ["CREATE_COMPLETE"]


def test_the_stack_goes_and_what_is_kept_is_told_with_the_commands_that_remove_it(cloud):
    said = []
    destroy(cloud, STAGE, said.append)
    told = "\n".join(said)
    assert not is_there(cloud)
    assert "milepost-staging is deleted" in told
    assert "update-table --table-name milepost-staging --no-deletion-protection-enabled" in told
    assert "delete-table --table-name milepost-staging" in told
    for name in ("token-keys", "identity-key", "partner-secrets"):
        assert f"/milepost/staging/{name}" in told
    assert f"s3://milepost-artefacts-123456789012-{REGION}/staging/" in told


def test_a_stack_that_is_not_there_is_said_to_be_gone(cloud):
    destroy(cloud, STAGE, lambda _: None)
    said = []
    destroy(cloud, STAGE, said.append)
    assert said[0].endswith("milepost-staging is not there")


@pytest.mark.parametrize("answer", ["", "yes", "Staging", "production"])
def test_only_the_stages_own_name_confirms(cloud, answer):
    with pytest.raises(DeployError, match="Nothing was deleted"):
        check_confirmed(cloud, STAGE, answer)


def test_the_command_asks_and_another_answer_deletes_nothing(cloud):
    done = CliRunner().invoke(main, ["--stage", "staging"], input="production\n")
    assert done.exit_code == 1
    assert "account 123456789012" in done.output
    assert "Nothing was deleted" in done.output
    assert is_there(cloud)


def test_the_command_goes_on_when_the_name_is_typed_or_given(cloud):
    done = CliRunner().invoke(main, ["--stage", "staging"], input="staging\n")
    assert done.exit_code == 0, done.output
    again = CliRunner().invoke(main, ["--stage", "staging", "--confirm", "staging"])
    assert "is not there" in again.output
    assert not is_there(cloud)
