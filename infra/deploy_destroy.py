"""``python -m infra.deploy_destroy --stage STAGE``: takes a stage's stack away.

The members stay: the table is kept, and with it the secrets without which it could not be read.
Nothing here can remove them; the commands that do are printed.
"""

from collections.abc import Callable

import click

from infra.deploy_artefacts import bucket_name
from infra.deploy_cloud import Cloud, open_cloud
from infra.deploy_errors import DeployError, told_plainly
from infra.deploy_secrets import SECRETS
from infra.deploy_stack import Stack
from infra.stage import Stage, StageError, read_stage


@click.command()
@click.option("--stage", "name", required=True, help="A stage of infra/stages/.")
@click.option("--endpoint-url", help="Of an emulator; AWS itself without it.")
@click.option("--confirm", default="", help="The stage's name once more, in place of the question.")
def main(name: str, endpoint_url: str | None, confirm: str) -> None:
    """Delete the stack of STAGE; its table and its secrets stay."""
    try:
        stage = read_stage(name)
        with told_plainly():
            cloud = open_cloud(endpoint_url)
            check_confirmed(cloud, stage, confirm or _ask(cloud, stage))
            destroy(cloud, stage, click.echo)
    except (DeployError, StageError) as error:
        raise click.ClickException(str(error)) from error


def _ask(cloud: Cloud, stage: Stage) -> str:
    click.echo(f"{stage.stack} in account {cloud.account}, {cloud.region}, is about to be deleted:")
    click.echo("webhooks are refused and no mail goes out. The table and the secrets stay.")
    return str(click.prompt("Type the stage's name to go on", default="", show_default=False))


def check_confirmed(cloud: Cloud, stage: Stage, answer: str) -> None:
    if answer.strip() != stage.name:
        raise DeployError(
            f"Nothing was deleted: {answer!r} is not {stage.name!r}, "
            f"the stage in account {cloud.account}."
        )


def destroy(cloud: Cloud, stage: Stage, say: Callable[[str], None]) -> None:
    """Delete the stack and say what is left."""
    stack = Stack(cloud.stacks, stage.stack, say)
    if stack.status() is None:
        say(f"Stack      {stage.stack} is not there")
    else:
        stack.delete()
        say(f"Stack      {stage.stack} is deleted")
    for line in what_is_left(cloud, stage):
        say(line)


def what_is_left(cloud: Cloud, stage: Stage) -> list[str]:
    """Name what stays, and the commands that remove it for good."""
    bucket = bucket_name(cloud.account, cloud.region)
    secrets = " ".join(f"{stage.parameters}/{name}" for name in SECRETS)
    table = f"--table-name {stage.stack}"
    return [
        "Kept, with every member: the table and the secrets that it is read with. A new deployment",
        "of the stage takes them over. To remove them for good, which nothing undoes:",
        f"  aws dynamodb update-table {table} --no-deletion-protection-enabled",
        f"  aws dynamodb delete-table {table}",
        f"  aws ssm delete-parameters --names {secrets}",
        f"  aws s3 rm --recursive s3://{bucket}/{stage.name}/",
    ]


if __name__ == "__main__":
    main()
