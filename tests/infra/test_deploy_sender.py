"""What is left to the owner of the sender's domain, and what keeps mails from going out."""

import re

import boto3
import pytest
from deploying import READY, VERIFIED, some_cloud

from infra.deploy_sender import DnsRecord, dns_records, read_identity, warnings
from infra.stage import CustomDomain, Stage

STAGE = Stage(
    name="staging", programme="templates/airline-bonus", sender_domain="mail.example.com",
    sends_per_second=14,
)  # fmt: skip
CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/1"


def records(identity=VERIFIED, stage=STAGE, target=""):
    return dns_records(stage, "eu-central-1", identity, target)


def test_each_dkim_token_needs_a_cname_in_the_zone_that_ses_names():
    told = [each for each in records() if each.type == "CNAME"]
    assert told[0] == DnsRecord(
        "one._domainkey.mail.example.com",
        "CNAME",
        "one.dkim.eu-central-1.amazonses.com",
        "success",
    )
    assert [each.name.split(".")[0] for each in told] == ["one", "two", "three"]


def test_dkim_without_a_zone_is_in_the_oldest_one():
    identity = {"DkimAttributes": {"Tokens": ["one"], "Status": "PENDING"}}
    assert records(identity)[0].value == "one.dkim.amazonses.com"
    assert records(identity)[0].state == "pending"


def test_a_domain_for_bounces_needs_its_mx_and_its_spf():
    identity = {
        "MailFromAttributes": {
            "MailFromDomain": "bounce.mail.example.com",
            "MailFromDomainStatus": "PENDING",
        }
    }
    assert records(identity)[:2] == [
        DnsRecord(
            "bounce.mail.example.com",
            "MX",
            "10 feedback-smtp.eu-central-1.amazonses.com",
            "pending",
        ),
        DnsRecord("bounce.mail.example.com", "TXT", "v=spf1 include:amazonses.com ~all", "pending"),
    ]


def test_dmarc_is_advised_in_its_mildest_form():
    [dmarc] = records({})
    assert (dmarc.name, dmarc.state) == ("_dmarc.mail.example.com", "advised")
    assert dmarc.value.startswith("v=DMARC1; p=none;")


def test_a_custom_domain_points_to_the_api():
    domain = CustomDomain(name="milepost.example.com", certificate_arn=CERTIFICATE)
    stage = STAGE.model_copy(update={"custom_domain": domain})
    target = "d-1.execute-api.eu-central-1.amazonaws.com"
    assert records({}, stage, target)[-1] == DnsRecord("milepost.example.com", "CNAME", target)


def told(identity=VERIFIED, account=READY, **stage):
    return [*warnings(STAGE.model_copy(update=stage), identity, account)]


def test_an_account_that_may_send_gets_no_warning():
    assert told() == []


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"identity": {}}, "SES has not verified mail.example.com yet: no mail goes out"),
        (
            {"account": {**READY, "ProductionAccessEnabled": False}},
            "in the SES sandbox: .*leave-the-sandbox",
        ),
        ({"account": {**READY, "SendingEnabled": False}}, "paused the account's sending"),
        ({"account": {**READY, "EnforcementStatus": "SHUTDOWN"}}, "paused the account's sending"),
        ({"account": {**READY, "EnforcementStatus": "PROBATION"}}, "reviewing the account"),
        ({"sends_per_second": 15}, "up to 15 mails a second, and SES allows 14: so many go out"),
    ],
)
def test_what_stands_in_the_way_of_sending_is_told_with_its_cure(change, warning):
    [line] = told(**change)
    assert re.search(warning, line)


def test_a_domain_that_ses_does_not_know_is_no_failure(monkeypatch):
    with some_cloud(monkeypatch):
        assert read_identity(boto3.client("sesv2"), "nobody.example.com") == {}
