"""CloudFormation's words as short functions, so that fragments read like what they make."""

from typing import Any

Template = dict[str, Any]
Resource = dict[str, Any]
Fragment = dict[str, Any]
"""A part of a template: some of its sections, and some of their entries."""
Value = Any
"""A text, a number, or a reference that CloudFormation resolves."""


def ref(logical_id: str) -> Value:
    return {"Ref": logical_id}


def arn(logical_id: str) -> Value:
    return attribute(logical_id, "Arn")


def attribute(logical_id: str, name: str) -> Value:
    return {"Fn::GetAtt": [logical_id, name]}


def sub(text: str) -> Value:
    """Fill in what stands in ``${…}``: another resource, its attribute, or the account's own."""
    return {"Fn::Sub": text}


def own_arn(service: str, rest: str) -> Value:
    """Return an ARN in the stack's region and account."""
    return sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}")


def resource(type_: str, properties: dict[str, Any], **more: Any) -> Resource:  # noqa: ANN401 - CloudFormation's own attributes
    """Return a resource; ``more`` are its attributes beside the properties."""
    return {"Type": type_, "Properties": properties, **more}


def waived(**reasons: str) -> dict[str, Any]:
    """Return metadata that tells checkov, and the reader, why a rule does not apply here."""
    return {"checkov": {"skip": [{"id": id_, "comment": why} for id_, why in reasons.items()]}}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow_service(service: str, action: str, resource: Value, condition: dict[str, Any]) -> Value:
    """Let a service of AWS do one thing, on behalf of what the condition names."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": condition,
    }
