"""A deployed stage as CloudFormation knows it, and the engine that it runs, to be read from here.

Names are never put together but looked up: the stack says what it made and how that is called.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chalicelib.bootstrap import ROOT, AwsEngine
from chalicelib.operations.aws_faults import OperationError
from chalicelib.programme import compiled, source
from chalicelib.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from chalicelib.operations.clients import AwsClients

ATTEMPTS = 5
"""A command reads whole tables, and no queue runs it again after a throttle."""
STAGE_GRAMMAR = re.compile(r"[a-z][a-z0-9-]{0,19}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A stage's stack: ``names`` are the physical ids by logical id, ``types`` what they are."""

    stage: str
    status: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)

    def named(self, logical_id: str) -> str:
        """Return what the stack has made under this logical id."""
        if logical_id not in self.names:
            raise OperationError(
                f"{stack_name(self.stage)} has no {logical_id}. Deploy it again: "
                f"make deploy STAGE={self.stage}"
            )
        return self.names[logical_id]

    def of_type(self, type_: str) -> list[str]:
        return sorted(self.names[id_] for id_, of in self.types.items() if of == type_)


def stack_name(stage: str) -> str:
    return f"milepost-{stage}"


def find_deployment(clients: "AwsClients", stage: str) -> Deployment:
    """Look the stage's stack up; ``OperationError`` when there is none."""
    name = stack_name(stage)
    try:
        [stack] = clients.cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        region = clients.cloudformation.meta.region_name
        raise OperationError(
            f"There is no stack {name} in {region}. Deploy it (make deploy STAGE={stage}), or set "
            "the region and the profile that it is in."
        ) from error
    resources = [
        resource
        for page in clients.cloudformation.get_paginator("list_stack_resources").paginate(
            StackName=name
        )
        for resource in page["StackResourceSummaries"]
        if "PhysicalResourceId" in resource
    ]
    return Deployment(
        stage=stage,
        status=stack["StackStatus"],
        outputs={each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())},
        names={each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources},
        types={each["LogicalResourceId"]: each["ResourceType"] for each in resources},
    )


def settings_of(clients: "AwsClients", deployment: Deployment) -> Settings:
    """Read what the functions are set to from one of them."""
    name = deployment.named("QueueSends")
    told = clients.functions.get_function_configuration(FunctionName=name)
    try:
        return read_settings(told.get("Environment", {}).get("Variables", {}))
    except SettingsError as error:
        raise OperationError(
            f"The function {name} is set up wrongly: {error}. Deploy it again: "
            f"make deploy STAGE={deployment.stage}"
        ) from error


def programme_folder(settings: Settings, folder: Path | None = None) -> Path:
    """Return where this checkout has the programme that is deployed, or ``folder`` if given."""
    found = folder or ROOT / settings.programme
    if not any((found / name).is_file() for name in (source.FILE, compiled.FILE)):
        raise OperationError(
            f"The deployed programme is {settings.programme}, and {found} has none. "
            "Name the folder that it was packaged from with --programme."
        )
    return found.resolve()


def engine_of(settings: Settings, folder: Path | None = None) -> AwsEngine:
    """Return an engine with the stage's table, and its programme as this checkout has it."""
    programme = str(programme_folder(settings, folder))
    return AwsEngine(replace(settings, programme=programme), attempts=ATTEMPTS)


def check_programme(engine: AwsEngine) -> None:
    """Refuse to judge members by another programme than the stage's functions do.

    A release that did not tell its digest can't be compared.
    """
    told = engine.settings.programme_digest
    if told and told != compiled.digest_of(engine.programme):
        raise OperationError(
            f"The programme in {engine.settings.programme} is not the one that is deployed. Deploy "
            "it first, or name with --programme the folder that was deployed."
        )
