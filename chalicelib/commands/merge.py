"""``milepost merge``, ``unmerge`` and ``duplicates``: two members who are one person.

Nobody is merged unless somebody says so; and nothing is lost by it.
"""

import click

from chalicelib.commands.place import Place, place_options
from chalicelib.operations.merges import merged, suspected, unmerged

_dry_run = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


@click.command()
@click.argument("survivor")
@click.argument("absorbed")
@_dry_run
@place_options
def merge(
    *,
    survivor: str,
    absorbed: str,
    dry_run: bool,
    place: Place,
) -> None:
    """Let SURVIVOR go on for ABSORBED, too: both are named by id, card, e-mail or phone.

    Run it again if it does not say that it is done.
    """
    told = place.tell(
        lambda engine: merged(engine, survivor, absorbed, dry_run=dry_run),
        "merge",
        judges=not dry_run,
        survivor=survivor,
        absorbed=absorbed,
        dry_run=_word(dry_run),
    )
    done = "is now" if told["done"] else "would be"
    click.echo(f"Member {told['absorbed']} {done} member {told['survivor']}.")
    click.echo(f"Taken over: {', '.join(told['taken']) or 'nothing'}.")


@click.command()
@click.argument("absorbed")
@_dry_run
@place_options
def unmerge(*, absorbed: str, dry_run: bool, place: Place) -> None:
    """Make ABSORBED a member of its own again, by its id or a name that it had before.

    What it was is as it was, and so is the survivor, but for what was learnt since.
    """
    told = place.tell(
        lambda engine: unmerged(engine, absorbed, dry_run=dry_run),
        "unmerge",
        judges=not dry_run,
        absorbed=absorbed,
        dry_run=_word(dry_run),
    )
    done = "is" if told["done"] else "would be"
    click.echo(f"Member {told['absorbed']} {done} a member of its own again.")
    click.echo(f"Going on: {', '.join(told['journeys']) or 'no journey'}.")


@click.command()
@place_options
def duplicates(*, place: Place) -> None:
    """List members who were told to have a name of another's: the two may be one person.

    With --stage the whole table is read, at about ten cents for six million items.
    """
    told = place.ask(suspected, "duplicates")
    for each in told["duplicates"]:
        names = ", ".join(each["names"])
        click.echo(f"{each['since'][:10]}  {each['member']} has a name of {each['other']}: {names}")
    if not told["duplicates"]:
        click.echo("Nobody is suspected to be two members.")


def _word(dry_run: bool) -> str:
    return "yes" if dry_run else "no"
