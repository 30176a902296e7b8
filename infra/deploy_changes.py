"""What a stack's state, a change set and a stack's events mean for a deployment. Calls nothing.

The rules here decide what is refused: a stack that can't be changed now, and a change that would
lose members or events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from infra.deploy_errors import DeployError

NO_CHANGE = ("didn't contain changes", "No updates are to be performed")
"""Two ways in which CloudFormation says that a change set is empty, which it calls a failure."""

_NEW = (None, "REVIEW_IN_PROGRESS", "DELETE_COMPLETE")
_NEVER_BEGAN = ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED")
_KEEPS_DATA = ("AWS::DynamoDB::Table", "AWS::SQS::Queue")
_SIGNS = {"Add": "+", "Modify": "~", "Remove": "-", "Import": "="}
_REPLACED = {"True": "replaced", "Conditional": "perhaps replaced"}


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that a change set touches."""

    action: str
    name: str
    type: str
    replacement: str = ""

    def __str__(self) -> str:
        replaced = _REPLACED.get(self.replacement)
        told = f"{_SIGNS.get(self.action, '?')} {self.name:<28} {self.type}"
        return f"{told} ({replaced})" if replaced else told

    @property
    def loses_data(self) -> bool:
        gone = self.action == "Remove" or self.replacement in _REPLACED
        return self.type in _KEEPS_DATA and gone


def read_changes(told: Iterable[Mapping[str, Any]]) -> list[Change]:
    """Read the changes of a described change set, in the order of their names."""
    resources = [each["ResourceChange"] for each in told if "ResourceChange" in each]
    changes = [
        Change(
            action=each["Action"],
            name=each["LogicalResourceId"],
            type=each["ResourceType"],
            replacement=each.get("Replacement", ""),
        )
        for each in resources
    ]
    return sorted(changes, key=lambda change: change.name)


def refuse_loss(changes: Iterable[Change]) -> None:
    """Refuse changes that would take the table or a queue away with what is in it."""
    if lost := [change for change in changes if change.loses_data]:
        raise DeployError(
            "This would lose members or events:\n"
            + "\n".join(f"  {change}" for change in lost)
            + "\nKeep the resource's name and keys as they are. When its content is not needed any "
            "more, say so: LOSE_DATA=1"
        )


def change_set_type(stack: str, status: str | None) -> Literal["CREATE", "UPDATE"]:
    """Say if the stack is made or changed; refuse one that can't be changed as it is."""
    if status in _NEW:
        return "CREATE"
    if status in _NEVER_BEGAN:
        stage = stack.removeprefix("milepost-")
        raise DeployError(
            f"{stack} is in {status}: it was never complete, or its deletion failed, and it can't "
            f"be updated. Remove it, then deploy again: make destroy STAGE={stage}"
        )
    if status == "UPDATE_ROLLBACK_FAILED":
        raise DeployError(
            f"{stack} is in {status}: going back to the state before failed as well. Mend what the "
            "stack's events name, then: aws cloudformation continue-update-rollback "
            f"--stack-name {stack}"
        )
    if is_under_way(status):
        raise DeployError(f"{stack} is in {status}: somebody is deploying it. Wait, and try again.")
    return "UPDATE"


def is_under_way(status: str | None) -> bool:
    return bool(status) and str(status).endswith("_IN_PROGRESS")


def failures(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return why resources failed, the first first, without those stopped by another's failure."""
    return [
        f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"
        for event in events
        if event["ResourceStatus"].endswith("_FAILED")
        and (reason := event.get("ResourceStatusReason", "no reason given"))
        and "cancelled" not in reason
    ]
