"""Options that the commands of the local world share."""

from pathlib import Path

import click

from chalicelib.bootstrap import ROOT

on_option = click.option(
    "--on",
    default="moto",
    show_default=True,
    type=click.Choice(["moto", "memory"]),
    help="What the world runs on: simulated AWS, or memory, which is faster.",
)
programme_option = click.option(
    "--programme",
    default=ROOT / "templates" / "airline-bonus",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The programme's folder.",
)
