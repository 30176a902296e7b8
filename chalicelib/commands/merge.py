"""``milepost merge``, ``unmerge`` and ``duplicates``: two members who are one person.

Nobody is merged unless somebody says so; and nothing is lost by it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from chalicelib.commands.stage_options import (
    deployed_programme_option,
    operation,
    stage_engine,
    stage_option,
    url_option,
)
from chalicelib.commands.world_client import ask_world, tell_world
from chalicelib.operations.merges import merged, suspected, unmerged
from chalicelib.usecases.engine import Engine

_dry_run = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


@click.command()
@click.argument("survivor")
@click.argument("absorbed")
@_dry_run
@stage_option
@deployed_programme_option
@url_option
def merge(  # noqa: PLR0913 - click hands every option over as an argument
    *,
    survivor: str,
    absorbed: str,
    dry_run: bool,
    stage: str | None,
    programme: Path | None,
    url: str | None,
) -> None:
    """Let SURVIVOR go on for ABSORBED, too: both are named by id, card, e-mail or phone.

    Run it again if it does not say that it is done.
    """
    told = _told(
        stage,
        programme,
        lambda engine: merged(engine, survivor, absorbed, dry_run=dry_run),
        lambda: tell_world(
            "merge", url, survivor=survivor, absorbed=absorbed, dry_run=_word(dry_run)
        ),
    )
    done = "is now" if told["done"] else "would be"
    click.echo(f"Member {told['absorbed']} {done} member {told['survivor']}.")
    click.echo(f"Taken over: {', '.join(told['taken']) or 'nothing'}.")


@click.command()
@click.argument("absorbed")
@_dry_run
@stage_option
@deployed_programme_option
@url_option
def unmerge(
    *, absorbed: str, dry_run: bool, stage: str | None, programme: Path | None, url: str | None
) -> None:
    """Make ABSORBED a member of its own again, by its id or a name that it had before.

    What it was is as it was, and so is the survivor, but for what was learnt since.
    """
    told = _told(
        stage,
        programme,
        lambda engine: unmerged(engine, absorbed, dry_run=dry_run),
        lambda: tell_world("unmerge", url, absorbed=absorbed, dry_run=_word(dry_run)),
    )
    done = "is" if told["done"] else "would be"
    click.echo(f"Member {told['absorbed']} {done} a member of its own again.")
    click.echo(f"Going on: {', '.join(told['journeys']) or 'no journey'}.")


@click.command()
@stage_option
@deployed_programme_option
@url_option
def duplicates(*, stage: str | None, programme: Path | None, url: str | None) -> None:
    """List members who were told to have a name of another's: the two may be one person.

    With --stage the whole table is read, at about ten cents for six million items.
    """
    told = _told(stage, programme, suspected, lambda: ask_world("duplicates", url))
    for each in told["duplicates"]:
        names = ", ".join(each["names"])
        click.echo(f"{each['since'][:10]}  {each['member']} has a name of {each['other']}: {names}")
    if not told["duplicates"]:
        click.echo("Nobody is suspected to be two members.")


def _told(
    stage: str | None,
    programme: Path | None,
    on_stage: Callable[[Engine], dict[str, Any]],
    in_world: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    if not stage:
        return in_world()
    with operation():
        return on_stage(stage_engine(stage, programme))


def _word(dry_run: bool) -> str:
    return "yes" if dry_run else "no"
