"""`milepost preview`: every mail as every sample member would see it, live or as pictures.

Looks at files on this machine alone: no member, no store and no mail service is touched.
"""

import signal
from pathlib import Path

import click

from chalicelib.bootstrap import ROOT
from chalicelib.commands.lint import check_folder
from chalicelib.preview.browser import VARIABLE, Browser, NoBrowserError, PageError
from chalicelib.preview.selection import Selection, SelectionError
from chalicelib.preview.server import PreviewServer
from chalicelib.preview.shots import take_shots
from chalicelib.preview.snapshot import Fault, Snapshot, fingerprint


@click.command()
@click.argument(
    "folder",
    default=ROOT / "templates" / "airline-bonus",
    type=click.Path(path_type=Path),
)
@click.option(
    "--port",
    default=8025,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Where the gallery is served; 0 takes a free port.",
)
@click.option("--mail", "mails", multiple=True, help="Only this mail; may be given again.")
@click.option("--locale", "locales", multiple=True, help="Only this language.")
@click.option("--sample", "samples", multiple=True, help="Only this sample member.")
@click.option(
    "--shots",
    type=click.Path(path_type=Path, file_okay=False),
    help="Take pictures of all of it into this folder, and end.",
)
@click.option(
    "--chromium",
    envvar=VARIABLE,
    show_envvar=True,
    help="The browser that takes the pictures; else the one on the PATH.",
)
def preview(  # noqa: PLR0913 - click hands options over one by one
    folder: Path,
    port: int,
    mails: tuple[str, ...],
    locales: tuple[str, ...],
    samples: tuple[str, ...],
    shots: Path | None,
    chromium: str | None,
) -> None:
    """Show the mails and pages of the programme in FOLDER, and again whenever a file is saved."""
    check_folder(folder)
    here = Path.cwd()
    folder = folder.relative_to(here) if folder.is_relative_to(here) else folder
    selection = Selection(mails=mails, locales=locales, samples=samples)
    snapshot = Snapshot(folder, fingerprint(folder))
    try:
        selection.check(snapshot)
    except SelectionError as error:
        raise click.ClickException(str(error)) from error
    if shots:
        _take(snapshot, selection, shots, chromium)
    else:
        _serve(folder, selection, port)


def _serve(folder: Path, selection: Selection, port: int) -> None:
    try:
        server = PreviewServer(port, folder, selection)
    except OSError as error:
        cure = f"port {port} is taken; choose another one with --port"
        raise click.ClickException(f"{error.strerror}: {cure}") from error
    click.echo(f"Every mail of {folder}   http://127.0.0.1:{server.server_port}/")
    click.echo("The pages follow what you save. Ctrl-C ends it.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("The preview has ended.")


def _take(snapshot: Snapshot, selection: Selection, shots: Path, chromium: str | None) -> None:
    try:
        with Browser(chromium) as browser:
            taken = take_shots(snapshot, selection, shots, browser)
    except (NoBrowserError, PageError) as error:
        raise click.ClickException(str(error)) from error
    faults = [shot for shot in taken if isinstance(shot.made, Fault)]
    pictures = sum(len(shot.pictures) for shot in taken)
    click.echo(f"{pictures} pictures in {shots}; all of them: {shots / 'index.html'}")
    for shot in faults:
        click.echo(f"No picture of {shot.mail} ({shot.locale}, {shot.sample}): {shot.said}")
    if faults:
        raise click.exceptions.Exit(1)
