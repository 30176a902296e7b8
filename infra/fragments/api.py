"""What Chalice leaves out of the API: throttling, tracing, an access log, a domain of one's own.

The access log has no path, address or header: the paths of member's pages are keys to them.
"""

import json
from typing import Any

from infra.cloudformation import Fragment, Resource, arn, policy, ref, resource, sub, waived
from infra.stage import CustomDomain, Stage

API_STAGE = "api"
"""As in ``.chalice/config.json``."""
BURST_SECONDS = 2
ANY_TYPE = ["*/*"]
"""API Gateway decodes a picture only for a request whose first accepted type is among these, and
mail programs ask for whatever they like. Bodies of requests come encoded then; Chalice undoes it.
"""
ACCESS_LOG_FORMAT = json.dumps(
    {
        "request_id": "$context.requestId",
        "method": "$context.httpMethod",
        "route": "$context.resourcePath",
        "status": "$context.status",
        "latency_ms": "$context.responseLatency",
    },
    separators=(",", ":"),
)
"""Short, for each line is billed; CloudWatch adds the time."""


def fragment(stage: Stage) -> Fragment:
    resources = {
        "RestAPI": _api(stage),
        "ApiAccessLog": _access_log(stage),
        "ApiAccount": _account(),
        "ApiAccountRole": _account_role(),
    }
    if stage.custom_domain:
        resources |= _domain(stage.custom_domain)
    if stage.traced_share is not None:
        resources["ApiSampling"] = _sampling(stage, stage.traced_share)
    return {"Resources": resources}


def base_url(stage: Stage) -> Any:  # noqa: ANN401 - a reference
    """Return the address before every route, without a slash at the end."""
    if stage.custom_domain:
        return f"https://{stage.custom_domain.name}"
    return sub(f"https://${{RestAPI}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/{API_STAGE}")


def _api(stage: Stage) -> Resource:
    properties = {
        "Name": stage.stack,
        "DefinitionBody": {"x-amazon-apigateway-binary-media-types": ANY_TYPE},
        "OpenApiVersion": "2.0",  # else SAM adds a stage of its own, named Stage
        "TracingEnabled": True,
        "AccessLogSetting": {"DestinationArn": arn("ApiAccessLog"), "Format": ACCESS_LOG_FORMAT},
        "MethodSettings": [
            {
                "ResourcePath": "/*",
                "HttpMethod": "*",
                "ThrottlingRateLimit": stage.requests_per_second,
                "ThrottlingBurstLimit": stage.requests_per_second * BURST_SECONDS,
            }
        ],
    }
    return {
        "Properties": properties,
        "DependsOn": "ApiAccount",  # API Gateway refuses an access log before the account has it
        "Metadata": waived(
            CKV_AWS_120="Webhooks and one member's pages are never the same answer twice",
        ),
    }


def _sampling(stage: Stage, share: float) -> Resource:
    """Let X-Ray take a share of the requests; its own rule would take one a second, busy or not."""
    rule = {
        "RuleName": stage.stack,
        "Version": 1,
        "Priority": 100,
        "ReservoirSize": 0,
        "FixedRate": share,
        "ServiceName": f"{stage.stack}/{API_STAGE}",
        "ServiceType": "AWS::ApiGateway::Stage",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "*",
        "ResourceARN": "*",
    }
    return resource("AWS::XRay::SamplingRule", {"SamplingRule": rule})


def _domain(domain: CustomDomain) -> dict[str, Resource]:
    name = {
        "DomainName": domain.name,
        "RegionalCertificateArn": domain.certificate_arn,
        "EndpointConfiguration": {"Types": ["REGIONAL"]},
        "SecurityPolicy": "TLS_1_2",
    }
    mapping = {
        "DomainName": ref("ApiDomain"),
        "RestApiId": ref("RestAPI"),
        "Stage": ref("RestAPI.Stage"),  # SAM's own name of the stage that it makes
    }
    return {
        "ApiDomain": resource("AWS::ApiGateway::DomainName", name),
        "ApiDomainMapping": resource("AWS::ApiGateway::BasePathMapping", mapping),
    }


def _access_log(stage: Stage) -> Resource:
    properties = {
        "LogGroupName": f"/aws/apigateway/{stage.stack}",
        "RetentionInDays": stage.log_retention_days,
    }
    reasons = waived(
        CKV_AWS_158="CloudWatch encrypts logs; the format has nothing of a member",
    )
    return resource("AWS::Logs::LogGroup", properties, Metadata=reasons)


def _account() -> Resource:
    """Let API Gateway write logs: one setting for the region, which every stage sets alike.

    It stays when a stage goes, for the other stages need it.
    """
    properties = {"CloudWatchRoleArn": arn("ApiAccountRole")}
    return resource("AWS::ApiGateway::Account", properties, **_KEPT)


def _account_role() -> Resource:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    managed = (
        "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    )
    properties = {"AssumeRolePolicyDocument": policy(trust), "ManagedPolicyArns": [sub(managed)]}
    return resource("AWS::IAM::Role", properties, **_KEPT)


_KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
