"""``python -m infra.deploy --stage STAGE``: from the package to a stack that answers.

Package and template go to S3, missing secrets to Parameter Store, and the stack to what the
template says. It may be repeated at any time: what is there already stays as it is.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from infra.deploy_artefacts import Artefact, ensure_bucket, upload, url_of, with_code_at
from infra.deploy_changes import change_set_type, refuse_loss
from infra.deploy_cloud import Cloud, open_cloud
from infra.deploy_errors import DeployError, told_plainly
from infra.deploy_outcome import tell_outcome
from infra.deploy_secrets import ensure_secrets, first_values, refuse_new_identity
from infra.deploy_stack import ChangeSet, Stack
from infra.deploy_templates import keep_deployed
from infra.stage import ROOT, Stage, StageError, read_stage

PACKAGES = ROOT / "out" / "package"


@dataclass(frozen=True, slots=True)
class Order:
    """What one call is to do."""

    stage: Stage
    package: Path
    only_plan: bool = False
    lose_data: bool = False


@click.command()
@click.option("--stage", "name", required=True, help="A stage of infra/stages/.")
@click.option("--endpoint-url", help="Of an emulator; AWS itself without it.")
@click.option(
    "--package",
    type=click.Path(path_type=Path),
    help="What to deploy.  [default: out/package/STAGE]",
)
@click.option(
    "--plan",
    "only_plan",
    is_flag=True,
    help="Show what would change in the stack; change nothing there.",
)
@click.option("--lose-data", is_flag=True, help="Allow changes that remove the table or a queue.")
def main(
    name: str,
    endpoint_url: str | None,
    package: Path | None,
    *,
    only_plan: bool,
    lose_data: bool,
) -> None:
    """Create or update the stack of STAGE from what `make package` made."""
    try:
        order = Order(read_stage(name), package or PACKAGES / name, only_plan, lose_data)
        with told_plainly():
            deploy(open_cloud(endpoint_url), order, click.echo)
    except (DeployError, StageError) as error:
        raise click.ClickException(str(error)) from error


def deploy(cloud: Cloud, order: Order, say: Callable[[str], None]) -> None:
    """Carry the order out; ``say`` hears of each step."""
    stage = order.stage
    say(f"Stage      {stage.name}: account {cloud.account}, {cloud.region}")
    template_url = _bring_artefacts(cloud, order, say)
    table_is_there = _has_table(cloud, stage.stack)
    if table_is_there:
        refuse_new_identity(cloud.parameters, stage.parameters)
    if not order.only_plan:
        made = [*ensure_secrets(cloud.parameters, stage.parameters, first_values())]
        say(f"Secrets    {', '.join(made) or 'all there'}" + (" made" if made else ""))
    stack = Stack(cloud.stacks, stage.stack, say)
    if _update_stack(stack, order, template_url, table_is_there=table_is_there):
        kept = keep_deployed(cloud, stage, read_package(order.package)[1])
        say(f"Templates  {kept or 'none'} new, kept for the web copies of what they send")
        tell_outcome(cloud, stage, stack.outputs(), say)


def _bring_artefacts(cloud: Cloud, order: Order, say: Callable[[str], None]) -> str:
    """Upload package and template; return the template's URL."""
    template, package = read_package(order.package)
    bucket = ensure_bucket(cloud)
    code = Artefact(order.stage.name, ".zip", package)
    _upload(cloud, bucket, code, say)
    pointed = json.dumps(with_code_at(template, bucket, code.key), sort_keys=True, indent=1)
    told = Artefact(order.stage.name, ".template.json", pointed.encode())
    _upload(cloud, bucket, told, say)
    return url_of(cloud, bucket, told)


def read_package(folder: Path) -> tuple[dict[str, Any], bytes]:
    """Return the template and the zip that were packaged."""
    try:
        template: dict[str, Any] = json.loads((folder / "template.json").read_text("utf-8"))
        return template, (folder / "deployment.zip").read_bytes()
    except FileNotFoundError as error:
        raise DeployError(
            f"{error.filename} is not there. Package first: make package STAGE={folder.name}"
        ) from error


def _upload(cloud: Cloud, bucket: str, artefact: Artefact, say: Callable[[str], None]) -> None:
    sent = upload(cloud, bucket, artefact)
    size = f"{len(artefact.content) / 1e6:.1f} MB" if sent else "there already"
    say(f"Artefact   s3://{bucket}/{artefact.key} ({size})")


def _update_stack(stack: Stack, order: Order, template_url: str, *, table_is_there: bool) -> bool:
    """Bring the stack to what the template says; False when that was only to be shown."""
    kind = change_set_type(stack.name, stack.status())
    adopt = kind == "CREATE" and table_is_there
    if adopt:
        stack.say(f"Table      {stack.name} is there from before, and is taken over")
    change_set = stack.plan(kind, template_url, adopt=adopt)
    if change_set is None:
        stack.say(f"Stack      {stack.name}: nothing to change")
        return not order.only_plan
    stack.say(f"Stack      {stack.name}: {len(change_set.changes)} changes")
    for change in change_set.changes:
        stack.say(f"  {change}")
    return _go_on(stack, change_set, order)


def _go_on(stack: Stack, change_set: ChangeSet, order: Order) -> bool:
    """Carry out the changes, unless they are only to be shown, or are refused."""
    try:
        if not order.lose_data:
            refuse_loss(change_set.changes)
    except DeployError:
        stack.drop(change_set)
        raise
    if order.only_plan:
        stack.drop(change_set)
        return False
    stack.carry_out(change_set)
    return True


def _has_table(cloud: Cloud, name: str) -> bool:
    """Say if there is a table of the stage, as a stack that was deleted leaves it."""
    try:
        cloud.tables.describe_table(TableName=name)
    except cloud.tables.exceptions.ResourceNotFoundException:
        return False
    return True


if __name__ == "__main__":
    main()
