"""Where an import goes: an engine somewhere, the running local world, or one of its own.

The secret signs and is never sent. Redirects are not followed: what is signed for one engine is
not for another.
"""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from pydantic import BaseModel, ConfigDict, Field, ValidationError

if TYPE_CHECKING:
    from chalicelib.world.world import World

TIMEOUT_SECONDS = 120
"""Long: a local world applies a batch before it answers."""

MAX_ANSWER_BYTES = 1024 * 1024
WORLD_FILE = Path("out/world/world.json")
_PASSING_SECRET = "whsec_YSB3b3JsZCB0aGF0IGlzIGdvbmUgaW4gYSBtaW51dGU="  # noqa: S105 - opens nothing that lasts
_LOCAL_HOSTS = ("127.0.0.1", "::1", "localhost")


class UnreachableError(Exception):
    """No answer came: trying again can help."""


class Target(Protocol):
    """An engine's HTTP interface."""

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Return the answer's status and body; ``UnreachableError`` when none came."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """An engine, and who we are to it. ``name`` is for people."""

    target: Target
    partner: str
    secret: str = field(repr=False)
    name: str


class HttpTarget:
    """An engine at a base URL."""

    def __init__(self, url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._base = url.rstrip("/")
        self._timeout_seconds = timeout_seconds
        local = (urlsplit(url).hostname or "") in _LOCAL_HOSTS
        around_proxies = [ProxyHandler({})] if local else []
        self._opener = build_opener(_NoRedirects(), *around_proxies)

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        request = Request(self._base + path, body, dict(headers), method="POST")  # noqa: S310 - base_url() lets http(s) in alone
        try:
            with self._opener.open(request, timeout=self._timeout_seconds) as response:
                return response.status, response.read(MAX_ANSWER_BYTES)
        except HTTPError as error:
            with error:
                return error.code, error.read(MAX_ANSWER_BYTES)
        except (OSError, HTTPException) as error:
            raise UnreachableError(f"{self._base} does not answer: {error}") from error


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0913, PLR0917 - the base class's signature
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Leave the answer as it is: a redirect."""


def base_url(text: str) -> str:
    """Return the URL if members may be sent to it; ``ValueError`` says why not."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{text!r} is no base URL like https://api.example.com/prod")
    if parts.scheme == "http" and parts.hostname not in _LOCAL_HOSTS:
        raise ValueError("members' data does not travel in the clear; use https")
    return text


class _WorldFile(BaseModel):
    """What ``milepost serve`` writes while it runs."""

    model_config = ConfigDict(strict=True)

    url: str
    partner: str
    secret: str
    pid: int = Field(gt=0)


def running_world(file: Path = WORLD_FILE) -> Destination | None:
    """Return the local world that is running now; None when the file is absent or stale."""
    try:
        world = _WorldFile.model_validate_json(file.read_bytes())
        url = urlsplit(base_url(world.url))
        os.kill(world.pid, 0)  # asks whether the process is there, and does nothing to it
        socket.create_connection((url.hostname or "", url.port or 80), timeout=2).close()
    except (OSError, ValidationError, ValueError, OverflowError):
        return None
    name = f"the local world at {world.url}"
    return Destination(
        target=HttpTarget(world.url), partner=world.partner, secret=world.secret, name=name
    )


class WorldTarget:
    """The front door of a world in this process."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        answer = self._world.request("POST", path, dict(headers), body)
        return answer.status, answer.body


@contextmanager
def passing_world(programme: Path) -> Iterator[Destination]:
    """Make a world in this process, on the in-memory adapters; it ends with the command."""
    # It brings a simulated AWS with it, which an import over HTTP need not wait for.
    from chalicelib.programme.loader import load_programme  # noqa: PLC0415
    from chalicelib.world.substrates import WorldPlan, substrate, this_morning  # noqa: PLC0415
    from chalicelib.world.world import World  # noqa: PLC0415

    start = this_morning(load_programme(programme).time_zone)
    plan = WorldPlan(folder=programme, start=start, secret=_PASSING_SECRET)
    with substrate("memory", plan) as ground:
        name = "a world that has ended with this command"
        target = WorldTarget(World(ground))
        yield Destination(target=target, partner=plan.partner, secret=plan.secret, name=name)
