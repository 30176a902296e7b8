"""The account and region that is deployed to, and one client for each service that takes part."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from infra.deploy_errors import DeployError, no_region

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_ssm import SSMClient


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where a stage goes."""

    account: str
    region: str
    partition: str
    stacks: "CloudFormationClient"
    storage: "S3Client"
    parameters: "SSMClient"
    tables: "DynamoDBClient"
    mail: "SESV2Client"


def open_cloud(endpoint_url: str | None = None) -> Cloud:
    """Return what the credentials open; ``endpoint_url`` is that of an emulator."""
    session = boto3.session.Session()
    if not session.region_name:
        raise DeployError(no_region())
    caller = session.client("sts", endpoint_url=endpoint_url).get_caller_identity()
    return Cloud(
        account=caller["Account"],
        region=session.region_name,
        partition=caller["Arn"].split(":")[1],
        stacks=session.client("cloudformation", endpoint_url=endpoint_url),
        storage=session.client("s3", endpoint_url=endpoint_url),
        parameters=session.client("ssm", endpoint_url=endpoint_url),
        tables=session.client("dynamodb", endpoint_url=endpoint_url),
        mail=session.client("sesv2", endpoint_url=endpoint_url),
    )
