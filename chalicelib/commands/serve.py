"""``milepost serve``: the local world as an HTTP server, to play with by hand."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from chalicelib.adapters.webhooks import WebhookSecretError, check_secret, new_secret
from chalicelib.commands.world_options import on_option, programme_option
from chalicelib.programme.loader import load_programme
from chalicelib.world.import_targets import WORLD_FILE
from chalicelib.world.live_world import LiveWorld
from chalicelib.world.server import WorldServer
from chalicelib.world.substrates import WorldPlan, substrate, this_morning
from chalicelib.world.world import World

PARTNER = "demo"


@click.command()
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Where the world listens; 0 takes a free port.",
)
@click.option("--secret", help="The partner's signing secret, whsec_…; else one is made up.")
@on_option
@click.option(
    "--holdout",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Share of members that gets nothing. 0, so that everyone you join gets mail.",
)
@programme_option
def serve(port: int, secret: str | None, on: str, holdout: float, programme: Path) -> None:
    """Serve a world of one partner, "demo", on this machine until Ctrl-C."""
    secret = secret or new_secret()
    try:
        check_secret(secret)
    except WebhookSecretError as error:
        raise click.BadParameter(str(error), param_hint="--secret") from error
    server = _bind(port)
    url = f"http://127.0.0.1:{server.server_port}"
    plan = WorldPlan(
        folder=programme,
        start=this_morning(load_programme(programme).time_zone),
        partner=PARTNER,
        secret=secret,
        base_url=url,
        holdout=holdout,
    )
    with substrate(on, plan) as ground, _announced(url, secret):
        _greet(url, secret)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            server.serve(LiveWorld(World(ground), PARTNER))
        except KeyboardInterrupt:
            click.echo("The world has ended.")


def _bind(port: int) -> WorldServer:
    try:
        return WorldServer(port)
    except OSError as error:
        cure = f"port {port} is taken; choose another one with --port"
        raise click.ClickException(f"{error.strerror}: {cure}") from error


@contextmanager
def _announced(url: str, secret: str) -> Iterator[None]:
    """Let ``milepost import`` and ``milepost explain`` find the world while it runs."""
    WORLD_FILE.parent.mkdir(parents=True, exist_ok=True)
    about = {"url": url, "partner": PARTNER, "secret": secret, "pid": os.getpid()}
    WORLD_FILE.touch(mode=0o600)
    WORLD_FILE.write_text(json.dumps(about))
    try:
        yield
    finally:
        WORLD_FILE.unlink(missing_ok=True)


def _greet(url: str, secret: str) -> None:
    console = Console(highlight=False)
    console.print(f"Mailbox and clock   {url}/_world/")
    console.print(f"Webhooks            POST {url}/v1/partners/{PARTNER}/events")
    console.print(f"Partner and secret  {PARTNER}  {secret}")
