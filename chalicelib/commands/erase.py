"""``milepost erase``: take all that is known of a member away, and mail them never again.

It must not act before it was told to twice: by the command, and by a yes.
"""

from typing import Any

import click

from chalicelib.commands.export import file_of
from chalicelib.commands.place import Place, place_options
from chalicelib.operations.member_file import erased
from chalicelib.operations.words import counted
from chalicelib.usecases.engine import Engine

WHAT_STAYS = """\
What stays names nobody: enrolments, gifts and events under the opaque id, and digests of the
names, so that nobody joins under them again. What goes by itself: dead letters (14 days), the
log (as long as the stage keeps it), the table's backups (35 days)."""


@click.command()
@click.argument("member")
@place_options
@click.option("--yes", is_flag=True, help="Don't ask.")
def erase(*, member: str, place: Place, yes: bool) -> None:
    """Erase MEMBER (id, card, e-mail or phone): no mail is claimed for them any more.

    Run it again if it does not say that it is done.
    """
    known = file_of(member, place, with_events=False)
    member_id, live = known["member_id"], _live(known)
    if known["tombstone"]:
        click.echo(f"Member {member_id} was erased at {known['tombstone']['erased_at']}.")
    else:
        click.echo(f"Member {member_id}, {counted(len(live), 'journey')} under way.")
        if not yes:
            click.confirm("Erase? This can't be undone.", abort=True)
    place.tell(lambda engine: _erased(engine, member_id), "erase", member=member_id)
    click.echo(f"Erased: the profile is gone, {', '.join(live) or 'no journey'} ended.")
    click.echo(WHAT_STAYS)


def _live(known: dict[str, Any]) -> list[str]:
    return [each["journey"] for each in known["enrolments"] if not each["exit"]]


def _erased(engine: Engine, member_id: str) -> dict[str, Any]:
    erased(engine, member_id)
    return {}
