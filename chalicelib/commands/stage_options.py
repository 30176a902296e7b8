"""What operators' commands share: which stage is meant, and what is said when AWS refuses."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from chalicelib.adapters.parameters import ParameterError
from chalicelib.bootstrap import AwsEngine
from chalicelib.operations.aws_faults import AWS_ERRORS, OperationError, plain_words
from chalicelib.operations.clients import AwsClients
from chalicelib.operations.deployment import (
    STAGE_GRAMMAR,
    engine_of,
    find_deployment,
    settings_of,
)
from chalicelib.programme.errors import ProgrammeError
from chalicelib.settings import Settings
from chalicelib.usecases.ports import UnavailableError

LOCAL = "local"


def _stage(_ctx: click.Context, _param: click.Parameter, name: str | None) -> str | None:
    """Return the stage's name; None for the local world, by its name or by none."""
    if name is None or name == LOCAL:
        return None
    if not STAGE_GRAMMAR.fullmatch(name):
        raise click.BadParameter(f"{name!r} is no stage; write one like production")
    return name


def _deployed(ctx: click.Context, param: click.Parameter, name: str) -> str:
    if (stage := _stage(ctx, param, name)) is None:
        raise click.BadParameter("this is about a deployed stage, such as production")
    return stage


stage_option = click.option(
    "--stage",
    metavar="STAGE",
    callback=_stage,
    help="A deployed stage, such as production; else the local world.  [default: local]",
)
required_stage_option = click.option(
    "--stage",
    metavar="STAGE",
    callback=_deployed,
    required=True,
    help="A deployed stage, such as production.",
)
url_option = click.option("--url", help="A local world; else the one that is running.")
json_option = click.option("--json", "as_json", is_flag=True, help="For machines.")
deployed_programme_option = click.option(
    "--programme",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The programme's folder, if it is not where the settings say.",
)


def stage_settings(stage: str) -> Settings:
    clients = AwsClients()
    return settings_of(clients, find_deployment(clients, stage))


def stage_engine(stage: str, programme: Path | None) -> AwsEngine:
    """Return an engine with the programme and the table of a deployed stage; it sends nothing."""
    return engine_of(stage_settings(stage), programme)


@contextmanager
def operation() -> Iterator[None]:
    """End the command with a message and status 1 where an operation can't go on."""
    try:
        yield
    except (OperationError, ParameterError, ProgrammeError, UnavailableError) as error:
        raise click.ClickException(str(error)) from error
    except AWS_ERRORS as error:
        raise click.ClickException(plain_words(error)) from error
