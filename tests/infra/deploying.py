"""A cloud to deploy to: moto's, with SES's account answered by hand, for moto has none."""

from contextlib import contextmanager
from dataclasses import replace

import boto3
from botocore.stub import Stubber
from moto import mock_aws

from infra.deploy_cloud import open_cloud

REGION = "eu-central-1"
READY = {
    "ProductionAccessEnabled": True,
    "SendingEnabled": True,
    "EnforcementStatus": "HEALTHY",
    "SendQuota": {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0},
}
VERIFIED = {
    "VerifiedForSendingStatus": True,
    "DkimAttributes": {
        "Status": "SUCCESS",
        "Tokens": ["one", "two", "three"],
        "SigningHostedZone": "dkim.eu-central-1.amazonses.com",
    },
}


@contextmanager
def some_cloud(monkeypatch, region=REGION):
    """Yield a cloud whose SES knows the sender and lets the account send."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    with mock_aws():
        yield replace(open_cloud(), mail=answering_ses())


def answering_ses(identity=VERIFIED, account=READY):
    client = boto3.client("sesv2", region_name=REGION)
    stub = Stubber(client)
    stub.add_response("get_email_identity", identity)
    stub.add_response("get_account", account)
    stub.activate()
    return client
