"""The engine on AWS: read from the environment, built part by part; keys may change under it."""

import json
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from chalicelib import bootstrap
from chalicelib.adapters.parameters import ParameterError
from chalicelib.adapters.webhooks import new_secret
from chalicelib.cost.ground import SENDS_PER_SECOND, STEPS_PER_MESSAGE
from chalicelib.domain.feedback import StepKey
from chalicelib.settings import Settings, SettingsError, read_settings
from chalicelib.usecases.ports import TokenPurpose, UnavailableError
from chalicelib.usecases.signatures import UnknownPartnerError

ENVIRONMENT = {
    "MILEPOST_EVENTS_QUEUE_URL": "https://sqs.example/events",
    "MILEPOST_EVENTS_DEAD_LETTERS_URL": "https://sqs.example/events-dead",
    "MILEPOST_SENDS_QUEUE_URL": "https://sqs.example/sends",
    "MILEPOST_SENDS_DEAD_LETTERS_URL": "https://sqs.example/sends-dead-letters",
    "MILEPOST_FEEDBACK_QUEUE_URL": "https://sqs.example/feedback",
    "MILEPOST_FEEDBACK_DEAD_LETTERS_URL": "https://sqs.example/feedback-dead-letters",
    "MILEPOST_CONFIGURATION_SET": "milepost",
    "MILEPOST_PARAMETERS": "/milepost/test",
}
KEY = StepKey(member_id="a" * 26, journey="welcome", entry=1, step="hello")


@pytest.fixture
def aws(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    bootstrap.session.cache_clear()
    with mock_aws():
        yield
    bootstrap.session.cache_clear()


@pytest.fixture
def engine(aws):
    return bootstrap.AwsEngine(read_settings(ENVIRONMENT))


def put(name, value):
    boto3.client("ssm").put_parameter(
        Name=f"/milepost/test/{name}", Value=value, Type="SecureString", Overwrite=True
    )


def later(engine):
    """Let what Powertools keeps have expired."""
    engine.parameters.provider.clear_cache()


# Settings.


def test_everything_that_is_missing_is_named_at_once():
    with pytest.raises(SettingsError) as error:
        read_settings({})
    for name in ("EVENTS_QUEUE_URL", "EVENTS_DEAD_LETTERS_URL", "SENDS_QUEUE_URL"):
        assert f"MILEPOST_{name} is not set" in str(error.value)


def test_where_there_is_no_parameter_store_every_secret_must_be_set():
    given = {k: v for k, v in ENVIRONMENT.items() if k != "MILEPOST_PARAMETERS"}
    with pytest.raises(SettingsError, match="neither MILEPOST_TOKEN_KEYS nor MILEPOST_PARAMETERS"):
        read_settings(given)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("DUE_SHARDS", "many", "'many', not a whole number"),
        ("DUE_SHARDS", "0", "is 0, not 1 to 99"),
        ("DUE_SHARDS", "100", "is 100, not 1 to 99"),
        ("SENDS_PER_SECOND", "-1", "is -1, not 0 to"),
    ],
)
def test_a_number_that_is_none_or_out_of_bounds_is_refused_by_name(name, value, problem):
    with pytest.raises(SettingsError, match=f"MILEPOST_{name}.*{problem}"):
        read_settings({**ENVIRONMENT, f"MILEPOST_{name}": value})


def test_what_is_not_set_has_its_default():
    settings = read_settings({**ENVIRONMENT, "MILEPOST_DUE_SHARDS": "4", "MILEPOST_TABLE": ""})
    assert (settings.due_shards, settings.sends_per_second, settings.table) == (4, 0, "milepost")


# Parts.


def test_nothing_is_made_before_it_is_used(engine):
    with patch.object(bootstrap, "_client") as client:
        assert engine.due_shards == 16
        assert engine.clock
        assert client.mock_calls == []
        assert engine.send_queue
        assert engine.event_queue
        assert engine.send_queue is engine.send_queue
    assert [call.args[0] for call in client.mock_calls] == ["sqs"]


class Account:
    """SES's client, as far as it tells the quota; ``None`` for one that does not answer."""

    def __init__(self, rate, sent=0.0, most=50_000.0):
        self.quota = {"MaxSendRate": rate, "SentLast24Hours": sent, "Max24HourSend": most}

    def get_account(self):
        if self.quota["MaxSendRate"] is None:
            raise EndpointConnectionError(endpoint_url="https://email.example")
        return {"SendQuota": self.quota}


@pytest.mark.parametrize(
    ("account", "ceiling", "a_tick", "a_message"),
    [
        (Account(14.0), 0, 700, 14),
        (Account(14.0), 5, 250, 5),
        (Account(14.0), 500, 700, 14),
        (Account(float(SENDS_PER_SECOND)), 0, 2_500, STEPS_PER_MESSAGE),
        (Account(500.0), 0, 25_000, 20),
        (Account(14.0, sent=50_000.0), 0, 1, 1),
        (Account(None), 14, 700, 14),
        (Account(None), 0, 50, 1),
    ],
    ids=[
        "quota",
        "ceiling",
        "high",
        "the bill's",
        "large",
        "used up",
        "no answer",
        "nothing known",
    ],
)
def test_a_tick_queues_what_the_quota_lets_out_in_a_minute(account, ceiling, a_tick, a_message):
    settings = read_settings({**ENVIRONMENT, "MILEPOST_SENDS_PER_SECOND": str(ceiling)})
    engine = bootstrap.AwsEngine(settings)
    vars(engine)["_ses"] = account
    assert engine.sends_per_tick == a_tick
    assert engine.steps_per_message == a_message


def test_a_world_with_a_clock_of_its_own_asks_for_no_quota():
    engine = bootstrap.AwsEngine(read_settings(ENVIRONMENT), in_real_time=False)
    vars(engine)["_ses"] = None
    assert engine.sends_per_tick == 700


def test_who_looks_up_no_name_needs_no_identity_key(engine):
    assert engine.members
    assert engine.ids.attempt()
    with pytest.raises(ParameterError, match="/milepost/test/identity-key"):
        engine.ids.member_id("shop", "1")


# Keys.


def test_a_key_that_is_exchanged_is_taken_up_and_the_old_one_still_opens_old_links(engine):
    old, new = "o" * 32, "n" * 32
    put("token-keys", json.dumps({"k1": old}))
    token = engine.tokens.issue(TokenPurpose.WEB_COPY, KEY)
    put("token-keys", json.dumps({"k2": new, "k1": old}))
    assert engine.tokens.issue(TokenPurpose.WEB_COPY, KEY) == token
    later(engine)
    assert engine.tokens.issue(TokenPurpose.WEB_COPY, KEY).startswith("k2.")
    assert engine.tokens.read(TokenPurpose.WEB_COPY, token) == KEY


def test_a_partner_who_was_added_is_known_without_a_deployment(engine):
    put("partner-secrets", "{}")
    with pytest.raises(UnknownPartnerError):
        engine.webhooks.verify("shop", {}, b"")
    put("partner-secrets", json.dumps({"shop": [new_secret()]}))
    later(engine)
    with pytest.raises(Exception, match="webhook-id"):
        engine.webhooks.verify("shop", {}, b"")


def test_the_base_url_is_read_from_the_store_or_set(engine):
    put("base-url", "https://members.example")
    assert engine.base_url == "https://members.example"
    settings = read_settings({**ENVIRONMENT, "MILEPOST_BASE_URL": "https://set.example"})
    assert bootstrap.AwsEngine(settings).base_url == "https://set.example"


def test_a_store_that_does_not_answer_is_unavailable_and_not_missing(engine):
    put("base-url", "https://members.example")
    provider = engine.parameters.provider

    def throttled(**_):
        return type("Http", (), {"status_code": 400})(), {
            "Error": {"Code": "ThrottlingException", "Message": "slow down"},
            "ResponseMetadata": {"HTTPStatusCode": 400},
        }

    provider.client.meta.events.register("before-call.ssm.GetParameter", throttled)
    with pytest.raises(UnavailableError):
        assert engine.base_url


def test_settings_can_be_made_by_hand_for_a_world():
    made = Settings(
        events_queue_url="a", events_dead_letters_url="b", sends_queue_url="c",
        sends_dead_letters_url="g", feedback_queue_url="h", feedback_dead_letters_url="i",
        configuration_set="d", partner_secrets="{}", token_keys="{}", identity_key="e",
        base_url="f",
    )  # fmt: skip
    assert made.parameters == ""
