"""Brings what was packaged to S3, under the hash of its content, and points the template to it.

The bucket is the account's own, made here and kept in order here. Nothing in it is ever
overwritten: what an earlier deployment ran is still there for a rollback.
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_errors import error_code
from infra.deploy_cloud import Cloud
from infra.deploy_errors import DeployError

_WITHOUT_CONSTRAINT = "us-east-1"
_CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Lambda::Function": "Code"}
"""Where each type of function names its package."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file to bring to S3."""

    stage: str
    suffix: str
    content: bytes

    @property
    def key(self) -> str:
        return f"{self.stage}/{hashlib.sha256(self.content).hexdigest()}{self.suffix}"

    @property
    def checksum(self) -> str:
        """As S3 wants it, so that a torn upload is refused."""
        return b64encode(hashlib.sha256(self.content).digest()).decode()


def bucket_name(account: str, region: str) -> str:
    """Return a name that no other account or region of ours has."""
    return f"milepost-artefacts-{account}-{region}"


def with_code_at(template: Mapping[str, Any], bucket: str, key: str) -> dict[str, Any]:
    """Return the template with every function's package in S3 in place of the local file."""
    pointed = deepcopy(dict(template))
    functions = [
        (resource["Properties"], _CODE[resource["Type"]])
        for resource in pointed["Resources"].values()
        if resource.get("Type") in _CODE
    ]
    if not functions:
        raise DeployError("The template has no function; package again: make package")
    for properties, place in functions:
        if place == "CodeUri":
            properties[place] = {"Bucket": bucket, "Key": key}
        else:
            properties[place] = {"S3Bucket": bucket, "S3Key": key}
    return pointed


def ensure_bucket(cloud: Cloud) -> str:
    """Make the artefact bucket if it is not there, and set again what it must be."""
    name = bucket_name(cloud.account, cloud.region)
    if not _is_ours(cloud, name):
        _create(cloud, name)
    _protect(cloud, name)
    return name


def upload(cloud: Cloud, bucket: str, artefact: Artefact) -> bool:
    """Store the artefact; False when it was there already, which its name says for sure."""
    if _is_there(cloud, bucket, artefact.key):
        return False
    cloud.storage.put_object(
        Bucket=bucket,
        Key=artefact.key,
        Body=artefact.content,
        ChecksumSHA256=artefact.checksum,
        ExpectedBucketOwner=cloud.account,
    )
    return True


def url_of(cloud: Cloud, bucket: str, artefact: Artefact) -> str:
    """Return the address under which CloudFormation reads a template."""
    return f"{cloud.storage.meta.endpoint_url}/{bucket}/{artefact.key}"


def _is_there(cloud: Cloud, bucket: str, key: str) -> bool:
    try:
        cloud.storage.head_object(Bucket=bucket, Key=key, ExpectedBucketOwner=cloud.account)
    except ClientError as error:
        if error_code(error) in ("404", "NoSuchKey"):
            return False
        raise
    return True


def _is_ours(cloud: Cloud, name: str) -> bool:
    """Say if the bucket is there; whoever else has taken its name must not get our code."""
    try:
        cloud.storage.head_bucket(Bucket=name, ExpectedBucketOwner=cloud.account)
    except ClientError as error:
        if error_code(error) in ("404", "NoSuchBucket"):
            return False
        if error_code(error) in ("403", "AccessDenied"):
            raise DeployError(
                f"The bucket {name} is not this account's, or these credentials may not see it. "
                f"Look at: aws s3api head-bucket --bucket {name}"
            ) from error
        raise
    return True


def _create(cloud: Cloud, name: str) -> None:
    if cloud.region == _WITHOUT_CONSTRAINT:
        cloud.storage.create_bucket(Bucket=name)
    else:
        where: Any = {"LocationConstraint": cloud.region}
        cloud.storage.create_bucket(Bucket=name, CreateBucketConfiguration=where)


def _protect(cloud: Cloud, name: str) -> None:
    """Nobody else, nothing in the clear, nothing lost: set each time, so that it stays so."""
    storage, owner = cloud.storage, cloud.account
    storage.put_public_access_block(
        Bucket=name,
        ExpectedBucketOwner=owner,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    rule: Any = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    storage.put_bucket_encryption(
        Bucket=name,
        ExpectedBucketOwner=owner,
        ServerSideEncryptionConfiguration={"Rules": [rule]},
    )
    storage.put_bucket_versioning(
        Bucket=name, ExpectedBucketOwner=owner, VersioningConfiguration={"Status": "Enabled"}
    )
    told = json.dumps(_only_over_tls(cloud, name))
    storage.put_bucket_policy(Bucket=name, ExpectedBucketOwner=owner, Policy=told)


def _only_over_tls(cloud: Cloud, name: str) -> dict[str, Any]:
    arn = f"arn:{cloud.partition}:s3:::{name}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "OnlyOverTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
