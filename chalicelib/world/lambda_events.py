"""The raw events that AWS hands to Lambda functions, built as AWS builds them."""

import base64
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.adapters.queue_consumers import ReceivedMessage

REGION = "us-east-1"
ACCOUNT = "123456789012"


@dataclass(frozen=True)
class LambdaContext:
    """What a function may ask about its own invocation."""

    function_name: str
    memory_limit_in_mb: int = 256
    aws_request_id: str = field(default_factory=lambda: str(uuid.UUID(int=0)))
    remaining_ms: int = 60_000

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


def sqs_event(queue: str, messages: Sequence[ReceivedMessage]) -> dict[str, Any]:
    return {"Records": [_sqs_record(queue, message) for message in messages]}


def _sqs_record(queue: str, message: ReceivedMessage) -> dict[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.receive_count),
            "SentTimestamp": "0",
            "SenderId": ACCOUNT,
            "ApproximateFirstReceiveTimestamp": "0",
        },
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
        "awsRegion": REGION,
    }


def schedule_event(rule: str, at: datetime) -> dict[str, Any]:
    return {
        "version": "0",
        "id": f"{rule}-{at:%Y%m%dT%H%M%S}",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{rule}"],
        "detail": {},
    }


def http_event(  # noqa: PLR0913, PLR0917 - the parts of a request
    resource: str,
    path_parameters: Mapping[str, str],
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
) -> dict[str, Any]:
    text, is_base64 = _as_text(body)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": dict(headers),
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": dict(path_parameters) or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "path": path,
            "accountId": ACCOUNT,
            "stage": "local",
            "requestId": "local",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": text,
        "isBase64Encoded": is_base64,
    }


def _as_text(body: bytes) -> tuple[str, bool]:
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True
