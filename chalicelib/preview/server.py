"""The preview over HTTP, for this machine alone, and the word to its pages when a file is saved.

Answers only to the names that this machine gives itself, so that no page from outside can read
a mail through a name that leads here. Changes nothing, and loads nothing from anywhere.
"""

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from chalicelib.preview.routes import LINT, Answer, respond
from chalicelib.preview.selection import Selection
from chalicelib.preview.snapshot import Snapshot, fingerprint

LOOK_SECONDS = 0.25  # between two looks at the folder, while somebody watches a page
HEARTBEAT_SECONDS = 10  # a closed page is noticed when something is sent to it
_WORDS = {421: "This server is for names of this machine only.", 405: "Only GET and HEAD here."}


class PreviewServer(ThreadingHTTPServer):
    """Listens on localhost; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, port: int, folder: Path, selection: Selection) -> None:
        self.stopping = threading.Event()  # first: a port that is taken closes the server at once
        super().__init__(("127.0.0.1", port), _Handler)
        self.folder = folder
        self.selection = selection
        self.hosts = {f"{name}:{self.server_port}" for name in ("127.0.0.1", "localhost")}
        self._lock = threading.Lock()
        self._rendering, self._linting = threading.Lock(), threading.Lock()
        self._snapshot = Snapshot(folder, fingerprint(folder))

    def snapshot(self) -> Snapshot:
        """Return the folder as it is now, read anew if a file was saved since."""
        version = fingerprint(self.folder)
        with self._lock:
            if version != self._snapshot.version:
                self._snapshot = Snapshot(self.folder, version)
            return self._snapshot

    def respond(self, url: str) -> Answer:
        """One at a time, as a snapshot is made ready by whoever asks first; none waits for lint."""
        snapshot = self.snapshot()
        with self._linting if url.startswith(LINT) else self._rendering:
            return respond(snapshot, self.selection, url)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base class's signature
        """Let a browser hang up whenever it likes."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        self.stopping.set()
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    """Hands each request on, if it is for this machine."""

    protocol_version = "HTTP/1.1"
    server: PreviewServer

    def _answer(self) -> None:
        if self.headers.get("host", "").lower() not in self.server.hosts:
            self._refuse(421)
        elif self.command not in {"GET", "HEAD"}:
            self._refuse(405)
        elif self.path == "/changes":
            self._tell_changes()
        else:
            self._reply(self.server.respond(self.path))

    def _refuse(self, status: int) -> None:
        """A body that was sent along is left unread, so the connection ends here."""
        self.close_connection = True
        self._reply(Answer(status, "text/plain; charset=utf-8", _WORDS[status].encode()))

    def _reply(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self._common_headers(answer.content_type)
        self.send_header("Content-Security-Policy", answer.policy)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _tell_changes(self) -> None:
        """Send the folder's version at once and whenever it is another, as server-sent events."""
        self.close_connection = True
        self.send_response(200)
        self._common_headers("text/event-stream")
        self.end_headers()
        said, spoken_at = "", 0.0
        while self.command == "GET" and not self.server.stopping.wait(LOOK_SECONDS if said else 0):
            version = fingerprint(self.server.folder)
            if version != said:
                self.wfile.write(f"data: {version}\n\n".encode())
                said, spoken_at = version, time.monotonic()
            elif time.monotonic() - spoken_at > HEARTBEAT_SECONDS:
                self.wfile.write(b": still here\n\n")
                spoken_at = time.monotonic()

    def _common_headers(self, content_type: str) -> None:
        self.send_header("Content-Type", content_type)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - the base class's signature
        """Stay silent: the terminal is for what a person has to know."""
