"""The local world over HTTP: the API as partners and members see it, and ``/_world/`` beside.

One world, one lock: requests are served one at a time, each at the virtual time that the
wall clock and the person's jumps add up to. Listens on this machine only.
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chalicelib.world.gateway import HttpResponse
from chalicelib.world.live_world import LiveWorld
from chalicelib.world.world_routes import problem, route_world

MAX_BODY_BYTES = 10 * 1024 * 1024  # API Gateway's own limit
ENDED_WITHIN_S = 0.05
"""How long the server goes on listening when it is told to end."""


def answer(
    live: LiveWorld, method: str, path: str, headers: dict[str, str], body: bytes
) -> HttpResponse:
    """Answer one request, with everything run that fell due before it."""
    with live.lock:
        live.catch_up()
        if path.startswith("/_world"):
            return route_world(live, method, path, headers, body)
        return live.world.request(method, path, headers, body)


class WorldServer(ThreadingHTTPServer):
    """Listens on localhost; port 0 takes a free one. Requests wait until there is a world."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.live: LiveWorld | None = None

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base class's signature
        """Let a client hang up whenever it likes."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def serve(self, live: LiveWorld) -> None:
        """Serve until interrupted."""
        self.live = live
        self.serve_forever(ENDED_WITHIN_S)


class _Handler(BaseHTTPRequestHandler):
    """Hands each request to the world."""

    protocol_version = "HTTP/1.1"
    server: WorldServer

    def _answer(self) -> None:
        length = self.headers.get("content-length") or "0"
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES or self.server.live is None:
            self.close_connection = True
            self._reply(problem(413, "too-large", "The body is too large, or has no length."))
            return
        body = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._reply(answer(self.server.live, self.command, self.path, headers, body))

    def _reply(self, response: HttpResponse) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - the base class's signature
        """Stay silent: paths hold tokens."""
