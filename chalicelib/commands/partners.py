"""``milepost partners``: who may send webhooks to a stage, and with which secrets.

A secret is shown once, to whom it was made for, and is never listed.
"""

import click

from chalicelib.commands.stage_options import operation, required_stage_option
from chalicelib.operations.clients import AwsClients
from chalicelib.operations.partner_secrets import PartnerSecrets
from chalicelib.operations.words import counted

MINUTES = 5
"""How long the functions keep what they have read."""


@click.group()
def partners() -> None:
    """Let partners in, exchange their signing secrets, and see who they are."""


@partners.command()
@click.argument("name")
@required_stage_option
def add(name: str, stage: str) -> None:
    """Let partner NAME in, and show its secret this once."""
    with operation():
        secret = _secrets(stage).add(name)
    click.echo(f"{name} may send to {stage} in {MINUTES} minutes at the latest. Its secret, shown")
    click.echo("only now; pass it on by a safe way:")
    click.echo(secret)


@partners.command()
@click.argument("name")
@required_stage_option
def rotate(name: str, stage: str) -> None:
    """Make a new secret for NAME and show it this once; the one before stays good."""
    with operation():
        secret = _secrets(stage).rotate(name)
    click.echo(f"Both secrets of {name} are good in {MINUTES} minutes at the latest. When it signs")
    click.echo(f"with this one, end the other: milepost partners retire {name} --stage {stage}")
    click.echo(secret)


@partners.command()
@click.argument("name")
@click.option("--last", is_flag=True, help="Also when it is the only one: NAME is let in no more.")
@required_stage_option
def retire(name: str, last: bool, stage: str) -> None:
    """End the older secret of NAME."""
    with operation():
        left = _secrets(stage).retire(name, last=last)
    if name in left:
        click.echo(f"{name} has its newest secret alone, in {MINUTES} minutes at the latest.")
    else:
        click.echo(f"{name} is no partner any more, in {MINUTES} minutes at the latest.")


@partners.command(name="list")
@required_stage_option
def list_(stage: str) -> None:
    """Show the partners and how many secrets of each are live."""
    with operation():
        found = _secrets(stage).all()
    for name, secrets in sorted(found.items()):
        click.echo(f"{name}  {counted(len(secrets), 'secret')}")
    if not found:
        click.echo(f"Nobody yet. milepost partners add NAME --stage {stage}")


def _secrets(stage: str) -> PartnerSecrets:
    return PartnerSecrets(AwsClients().ssm, stage)
