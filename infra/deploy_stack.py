"""One stack of CloudFormation: its state, a change set for it, its end.

Calls and waits; what a state or a change means is in ``deploy_changes``.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_errors import error_code
from infra.deploy_changes import NO_CHANGE, Change, failures, is_under_way, read_changes
from infra.deploy_errors import DeployError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

POLL_SECONDS = 2.0
MAX_POLLS = 1800
_DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE")


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Changes that are ready to be carried out."""

    arn: str
    kind: str
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack by name. ``say`` hears of the progress; ``wait`` passes the time."""

    client: "CloudFormationClient"
    name: str
    say: Callable[[str], None]
    wait: Callable[[float], None] = time.sleep

    def describe(self, reference: str = "") -> Mapping[str, Any] | None:
        """Return what CloudFormation says of the stack; None when there is none."""
        try:
            return self.client.describe_stacks(StackName=reference or self.name)["Stacks"][0]
        except ClientError as error:
            if error_code(error) == "ValidationError" and "does not exist" in str(error):
                return None
            raise

    def status(self) -> str | None:
        found = self.describe()
        return found["StackStatus"] if found else None

    def outputs(self) -> dict[str, str]:
        found = self.describe() or {}
        return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", ())}

    def plan(
        self, kind: Literal["CREATE", "UPDATE"], template_url: str, *, adopt: bool = False
    ) -> ChangeSet | None:
        """Make a change set; None when the stack is as the template says already.

        ``adopt`` takes over what is there already by a name of the template.
        """
        arn = self.client.create_change_set(
            StackName=self.name,
            ChangeSetName=f"deploy-{datetime.now(UTC):%Y%m%dT%H%M%S%f}",
            ChangeSetType=kind,
            TemplateURL=template_url,
            ImportExistingResources=adopt,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )["Id"]
        told = self._made(arn)
        change_set = ChangeSet(arn, kind, read_changes(told["Changes"]))
        if told["Status"] == "FAILED":
            self.drop(change_set)
            reason = told.get("StatusReason", "no reason given")
            if any(words in reason for words in NO_CHANGE):
                return None
            raise DeployError(f"CloudFormation refuses the template: {reason}")
        return change_set

    def drop(self, change_set: ChangeSet) -> None:
        """Forget the changes, and the empty stack that was made to hold them."""
        self.client.delete_change_set(StackName=self.name, ChangeSetName=change_set.arn)
        if change_set.kind == "CREATE":
            self.client.delete_stack(StackName=self.name)

    def carry_out(self, change_set: ChangeSet) -> None:
        """Execute the change set and wait for its end; a failure tells what failed and why."""
        before = self._newest_event()
        self.client.execute_change_set(StackName=self.name, ChangeSetName=change_set.arn)
        self._until_done(self.name, before)

    def delete(self) -> None:
        """Delete the stack and wait for its end."""
        found = self.describe()
        if found is None:
            return
        before = self._newest_event()
        self.client.delete_stack(StackName=self.name)
        self._until_done(found["StackId"], before)

    def _made(self, arn: str) -> dict[str, Any]:
        """Wait until the change set is made or refused; return it with all its changes."""
        pages = self.client.get_paginator("describe_change_set")
        for _ in range(MAX_POLLS):
            told = [*pages.paginate(StackName=self.name, ChangeSetName=arn)]
            if told[0]["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
                changes = [change for page in told for change in page.get("Changes", ())]
                return {**told[0], "Changes": changes}
            self.wait(POLL_SECONDS)
        raise DeployError(f"The change set {arn} is still not ready; look at it in the console.")

    def _until_done(self, reference: str, last_event: str) -> None:
        """Tell each step until nothing is under way any more."""
        events: list[Mapping[str, Any]] = []
        for _ in range(MAX_POLLS):
            status = (self.describe(reference) or {}).get("StackStatus", "DELETE_COMPLETE")
            fresh = self._events_after(reference, events[-1]["EventId"] if events else last_event)
            events += fresh
            self._tell(fresh)
            if not is_under_way(status):
                return self._judge(status, events)
            self.wait(POLL_SECONDS)
        raise DeployError(f"{self.name} is still under way; look at its events in the console.")

    def _tell(self, events: list[Mapping[str, Any]]) -> None:
        for event in events:
            if not is_under_way(event["ResourceStatus"]):
                self.say(f"  {event['ResourceStatus']:<24} {event['LogicalResourceId']}")

    def _judge(self, status: str, events: list[Mapping[str, Any]]) -> None:
        if status in _DONE:
            return
        reasons = failures(events) or ["no resource says why; look at the stack's events"]
        raise DeployError(
            f"{self.name} ended in {status}:\n" + "\n".join(f"  {reason}" for reason in reasons)
        )

    def _newest_event(self) -> str:
        return self.client.describe_stack_events(StackName=self.name)["StackEvents"][0]["EventId"]

    def _events_after(self, reference: str, last: str) -> list[Mapping[str, Any]]:
        """Return the events that are newer than ``last``, the oldest first."""
        fresh: list[Mapping[str, Any]] = []
        for page in self.client.get_paginator("describe_stack_events").paginate(
            StackName=reference
        ):
            for event in page["StackEvents"]:
                if event["EventId"] == last:
                    return fresh[::-1]
                fresh.append(event)
        return fresh[::-1]
