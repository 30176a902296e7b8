"""The AWS clients of operators' commands, each made when it is first asked for.

Region and credentials are whatever boto3 finds: the environment or a profile. Nothing of the
engine runs with these.
"""

from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

_CONFIG = Config(
    retries={"total_max_attempts": 4, "mode": "standard"}, connect_timeout=5, read_timeout=30
)


class AwsClients:
    """Clients by the name of their service."""

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        return boto3.client("cloudformation", config=_CONFIG)

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        return boto3.client("cloudwatch", config=_CONFIG)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return boto3.client("dynamodb", config=_CONFIG)

    @cached_property
    def events(self) -> "EventBridgeClient":
        return boto3.client("events", config=_CONFIG)

    @cached_property
    def functions(self) -> "LambdaClient":
        return boto3.client("lambda", config=_CONFIG)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        return boto3.client("logs", config=_CONFIG)

    @cached_property
    def sesv2(self) -> "SESV2Client":
        return boto3.client("sesv2", config=_CONFIG)

    @cached_property
    def sns(self) -> "SNSClient":
        return boto3.client("sns", config=_CONFIG)

    @cached_property
    def sqs(self) -> "SQSClient":
        return boto3.client("sqs", config=_CONFIG)

    @cached_property
    def ssm(self) -> "SSMClient":
        return boto3.client("ssm", config=_CONFIG)

    @cached_property
    def sts(self) -> "STSClient":
        return boto3.client("sts", config=_CONFIG)
