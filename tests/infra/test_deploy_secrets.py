"""Secrets of a new stage are made once, and never changed."""

import json

import pytest
from deploying import some_cloud

from chalicelib.adapters.tokens import HmacTokens
from infra.deploy_errors import DeployError
from infra.deploy_secrets import SECRETS, ensure_secrets, first_values, refuse_new_identity

PATH = "/milepost/staging"


@pytest.fixture
def ssm(monkeypatch):
    with some_cloud(monkeypatch) as cloud:
        yield cloud.parameters


def stored(ssm):
    names = [f"{PATH}/{name}" for name in SECRETS]
    told = ssm.get_parameters(Names=names, WithDecryption=True)["Parameters"]
    return {each["Name"]: (each["Type"], each["Value"]) for each in told}


def test_a_new_stage_gets_every_secret_encrypted(ssm):
    made = [*ensure_secrets(ssm, PATH, first_values())]
    assert made == [f"{PATH}/{name}" for name in SECRETS]
    assert {type_ for type_, _ in stored(ssm).values()} == {"SecureString"}


def test_a_secret_that_is_there_is_never_overwritten(ssm):
    ssm.put_parameter(Name=f"{PATH}/identity-key", Value="of long ago", Type="SecureString")
    made = [*ensure_secrets(ssm, PATH, first_values())]
    assert made == [f"{PATH}/token-keys", f"{PATH}/partner-secrets"]
    before = stored(ssm)
    assert before[f"{PATH}/identity-key"][1] == "of long ago"
    assert [*ensure_secrets(ssm, PATH, first_values())] == []
    assert stored(ssm) == before


def test_what_is_drawn_is_what_the_engine_takes():
    values = first_values()
    keys = json.loads(values["token-keys"])
    HmacTokens({name: secret.encode() for name, secret in keys.items()})
    assert json.loads(values["partner-secrets"]) == {}
    assert len(values["identity-key"]) >= 32


def test_no_two_secrets_are_alike():
    drawn = [value for _ in range(20) for value in first_values().values() if value != "{}"]
    assert len({*drawn}) == 40


def test_members_without_the_key_they_are_found_by_stop_the_deployment(ssm):
    with pytest.raises(DeployError, match="/milepost/staging/identity-key is not in Parameter St"):
        refuse_new_identity(ssm, PATH)
    [*ensure_secrets(ssm, PATH, first_values())]
    refuse_new_identity(ssm, PATH)
