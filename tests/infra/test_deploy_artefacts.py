"""The bucket is private, encrypted and versioned; what is in it is named by its content."""

import hashlib
import json
from copy import deepcopy

import pytest
from botocore.stub import Stubber
from deploying import some_cloud

from infra.deploy_artefacts import (
    Artefact,
    bucket_name,
    ensure_bucket,
    upload,
    url_of,
    with_code_at,
)
from infra.deploy_errors import DeployError

TEMPLATE = {
    "Resources": {
        "Sam": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "./x.zip"}},
        "Plain": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "./x.zip"}},
        "Queue": {"Type": "AWS::SQS::Queue"},
    }
}
ZIP = Artefact("staging", ".zip", b"code")


@pytest.fixture
def cloud(monkeypatch):
    with some_cloud(monkeypatch) as cloud:
        yield cloud


def test_every_function_is_pointed_to_the_package_in_s3_and_nothing_else_changes():
    before = deepcopy(TEMPLATE)
    pointed = with_code_at(TEMPLATE, "bucket", "key")["Resources"]
    assert pointed["Sam"]["Properties"]["CodeUri"] == {"Bucket": "bucket", "Key": "key"}
    assert pointed["Plain"]["Properties"]["Code"] == {"S3Bucket": "bucket", "S3Key": "key"}
    assert pointed["Queue"] == {"Type": "AWS::SQS::Queue"}
    assert before == TEMPLATE


def test_a_template_without_functions_is_refused():
    with pytest.raises(DeployError, match="no function"):
        with_code_at({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}, "bucket", "key")


def test_the_buckets_name_is_of_one_account_and_one_region_and_short_enough():
    name = bucket_name("123456789012", "ap-southeast-2")
    assert name == "milepost-artefacts-123456789012-ap-southeast-2"
    assert len(name) <= 63


def looks(cloud, name):
    s3 = cloud.storage
    [rule] = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    [statement] = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]
    return {
        "closed": s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"],
        "encrypted": rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
        "versioned": s3.get_bucket_versioning(Bucket=name)["Status"],
        "refused": (statement["Effect"], statement["Condition"]),
    }


AS_IT_MUST_BE = {
    "closed": dict.fromkeys(
        ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"],
        True,
    ),
    "encrypted": "AES256",
    "versioned": "Enabled",
    "refused": ("Deny", {"Bool": {"aws:SecureTransport": "false"}}),
}


def test_the_bucket_is_private_encrypted_versioned_and_only_over_tls(cloud):
    assert looks(cloud, ensure_bucket(cloud)) == AS_IT_MUST_BE


def test_the_region_that_takes_no_constraint_gets_its_bucket_too(monkeypatch):
    with some_cloud(monkeypatch, "us-east-1") as cloud:
        assert looks(cloud, ensure_bucket(cloud)) == AS_IT_MUST_BE


def test_a_bucket_that_somebody_opened_is_closed_again(cloud):
    name = ensure_bucket(cloud)
    cloud.storage.delete_public_access_block(Bucket=name)
    cloud.storage.delete_bucket_policy(Bucket=name)
    assert ensure_bucket(cloud) == name
    assert looks(cloud, name) == AS_IT_MUST_BE


def test_a_bucket_that_another_account_holds_gets_nothing_of_ours(cloud):
    with Stubber(cloud.storage) as stub:
        stub.add_client_error("head_bucket", "403", http_status_code=403)
        with pytest.raises(DeployError, match="is not this account's"):
            ensure_bucket(cloud)


def test_an_artefact_is_stored_once_under_the_hash_of_its_content(cloud):
    bucket = ensure_bucket(cloud)
    cloud.storage.delete_bucket_policy(Bucket=bucket)  # moto reads its denial, not the condition
    assert [upload(cloud, bucket, ZIP), upload(cloud, bucket, ZIP)] == [True, False]
    assert ZIP.key == f"staging/{hashlib.sha256(b'code').hexdigest()}.zip"
    assert cloud.storage.get_object(Bucket=bucket, Key=ZIP.key)["Body"].read() == b"code"


def test_other_content_never_takes_an_artefacts_place():
    assert Artefact("staging", ".zip", b"other").key != ZIP.key


def test_a_template_is_read_by_a_url_that_leads_to_it(cloud):
    assert url_of(cloud, "bucket", ZIP) == f"https://s3.eu-central-1.amazonaws.com/bucket/{ZIP.key}"
