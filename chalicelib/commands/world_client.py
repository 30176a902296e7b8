"""Questions to a local world that is running, and what it is to do, for commands."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from chalicelib.operations.log_entries import Entry, read_entries
from chalicelib.world.import_targets import WORLD_FILE, base_url, running_world

TIMEOUT_SECONDS = 30


def ask_world(path: str, url: str | None, **query: str) -> dict[str, Any]:
    """Return what the world answers; ``click.ClickException`` says why it does not."""
    base = _world_url(url)
    return _answer(base, f"{base}/_world/{path}?{urllib.parse.urlencode(query)}", None)


def tell_world(path: str, url: str | None, **fields: str) -> dict[str, Any]:
    """Let the world do something; return what it answers, as ``ask_world`` does."""
    base = _world_url(url)
    return _answer(base, f"{base}/_world/{path}", json.dumps(fields).encode())


def _answer(base: str, address: str, body: bytes | None) -> dict[str, Any]:
    """Get the address, or post the body to it."""
    request = urllib.request.Request(address, body)  # noqa: S310 - base_url takes http and https only
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            told: dict[str, Any] = json.load(answer)
            return told
    except urllib.error.HTTPError as error:
        raise click.ClickException(_detail(error)) from error
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{base} is no world; is milepost serve running?") from error


@dataclass(frozen=True, slots=True)
class WorldLog:
    """The log that a running world keeps: a ``LogSource``."""

    url: str | None

    def now(self) -> datetime:
        return datetime.fromisoformat(ask_world("clock", self.url)["now"])

    def read(self, since: datetime, names: Collection[str]) -> Iterator[Entry]:  # noqa: ARG002 - a world's log is short
        """Read all of it: whoever follows something looks at each entry anyway."""
        for told in ask_world("log", self.url, since=since.isoformat())["lines"]:
            at = datetime.fromisoformat(told["at"])
            yield from read_entries(told["id"], at, json.dumps(told["line"]))


def _world_url(url: str | None) -> str:
    if url:
        try:
            return base_url(url).rstrip("/")
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--url") from error
    if running_world() is None:
        raise click.ClickException("no world is running here; start one: milepost serve")
    return str(json.loads(WORLD_FILE.read_text())["url"])


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{error.url} answers {error.code}; is it a local world?"
