"""``milepost rejudge``: everybody by the programme as it is now, also who does nothing."""

import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from chalicelib.commands.place import Place, place_options
from chalicelib.commands.stage_options import json_option
from chalicelib.operations.rejudgements import rejudged

AT_ONCE = 10
"""As many connections as a client keeps."""


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@place_options
@json_option
def rejudge(*, dry_run: bool, place: Place, as_json: bool) -> None:
    """Judge every member by the programme as it is now: benefits, tiers, what falls due and when.

    For after a deployment: what is new reaches those who do nothing, too. Run again, it changes
    nobody twice. --dry-run --programme FOLDER says before a deployment what it will come to.
    """
    answer = place.tell(
        lambda engine: rejudged(engine, dry_run=dry_run, parallel=AT_ONCE),
        "rejudge",
        judges=not dry_run,
        dry_run="yes" if dry_run else "no",
    )
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
        return
    _print(Console(highlight=False), answer)


def _print(console: Console, answer: dict[str, Any]) -> None:
    verb = "were" if answer["done"] else "would be"
    console.print(f"{answer['members']:,} members judged; {answer['changed']:,} {verb} changed.")
    table = Table("what", "", title="Of these", title_justify="left")
    table.add_column("members", justify="right")
    for each in answer["counts"]:
        table.add_row(each["what"], each["name"], f"{each['members']:,}")
    if table.rows:
        console.print(table)
