"""Rules over the table: all members are in it, and it can't be lost or read by the way."""

from collections.abc import Iterator
from typing import Any

from chalicelib.adapters.dynamodb import TTL_ATTRIBUTE
from infra.checks.built import Built, Problem, Rule

TABLE = "AWS::DynamoDB::Table"
_WANTED: dict[str, tuple[Any, str]] = {
    "BillingMode": ("PAY_PER_REQUEST", "a busy minute would be throttled"),
    "DeletionProtectionEnabled": (True, "one call would delete all members"),
    "PointInTimeRecoverySpecification": (
        {"PointInTimeRecoveryEnabled": True},
        "a mistake could not be undone",
    ),
    "SSESpecification": ({"SSEEnabled": True}, "nobody could see who used its key"),
    "TimeToLiveSpecification": (
        {"AttributeName": TTL_ATTRIBUTE, "Enabled": True},
        "what has expired would stay",
    ),
}


def tables_are_kept_safe(built: Built) -> Iterator[Problem]:
    for logical_id, properties in built.of_type(TABLE):
        for name, (value, otherwise) in _WANTED.items():
            if properties.get(name) != value:
                yield Problem(f"{logical_id}.{name}", otherwise, f"Set it to {value!r}")


def tables_outlive_the_stack(built: Built) -> Iterator[Problem]:
    for logical_id, _ in built.of_type(TABLE):
        for name in ("DeletionPolicy", "UpdateReplacePolicy"):
            if built.resources[logical_id].get(name) != "Retain":
                yield Problem(
                    f"{logical_id}.{name}", "the table would go with the stack", "Set it to Retain"
                )


RULES: tuple[Rule, ...] = (tables_are_kept_safe, tables_outlive_the_stack)
