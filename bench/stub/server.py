"""The stub's HTTP side: requests of botocore in, answers at once, connections kept alive.

Signatures are not looked at. It keeps a log of the calls, so that the caller need not spend
CPU on one. ``/_bench/…`` is how the bench itself steers it.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any
from zlib import crc32

from bench.stub.services import Account, RefusedError, answer

SERVICES = {"DynamoDB_20120810": "dynamodb", "AmazonSQS": "sqs", "AmazonSSM": "ssm"}
"""By the first part of ``X-Amz-Target``."""
PATHS = {
    "/v2/email/account": "sesv2.GetAccount",
    "/v2/email/outbound-emails": "sesv2.SendEmail",
}
"""REST operations; no two that the engine calls share a path."""
CONTROL = "/_bench/"


class Stub:
    """The account, the log of calls, and a snapshot to return to."""

    def __init__(self) -> None:
        self.account = Account()
        self.calls: list[tuple[str, str, int]] = []
        self.saved = self.account.snapshot()

    def call(self, operation: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Answer one call of AWS; what isn't known is refused with a clear word."""
        text = body.decode() or "{}"
        try:
            told = answer(self.account, operation, json.loads(text))
            status = 200
        except RefusedError as error:
            status, told = 400, error.body
        self.calls.append((operation, text, status))
        return status, told

    def control(self, command: str, body: bytes) -> Any:  # noqa: ANN401 - any JSON
        act: Callable[..., Any] | None = getattr(self, f"do_{command}", None)
        if act is None:
            raise LookupError(f"The stub has no command {command}")
        return act(**json.loads(body or b"{}"))

    def do_take_calls(self) -> list[tuple[str, str, int]]:
        """Return the log since last time: operation, body, status."""
        taken, self.calls = self.calls, []
        return taken

    def do_take_messages(self, queue: str, limit: int) -> list[str]:
        waiting = self.account.queue(queue)
        return [waiting.popleft() for _ in range(min(limit, len(waiting)))]

    def do_set_parameters(self, **parameters: str) -> None:
        self.account.parameters.update(parameters)

    def do_save(self) -> None:
        """Remember the table and the queues as they are now."""
        self.saved = self.account.snapshot()

    def do_load(self) -> None:
        """Return to what was remembered, as often as it is asked."""
        self.account.restore(self.saved)
        self.saved = self.account.snapshot()

    def do_clear(self) -> None:
        """Forget everything but the parameters."""
        fresh = Account()
        fresh.parameters = self.account.parameters
        self.account = fresh
        self.calls = []

    def do_counts(self) -> dict[str, int]:
        return {"items": len(self.account.dynamodb.table.items), "mails": self.account.mails}


class Connection(asyncio.Protocol):
    """One client's connection: HTTP/1.1 with lengths, as botocore speaks it."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
            }
            size = end + 4 + int(headers.get("content-length", "0"))
            if len(self._buffer) < size:
                return
            body, self._buffer = self._buffer[end + 4 : size], self._buffer[size:]
            self._transport.write(self._respond(first.split(" ")[1], headers, body))

    def _respond(self, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        if path.startswith(CONTROL):
            told = self._stub.control(path.removeprefix(CONTROL), body)
            return _response(200, "application/json", json.dumps(told).encode())
        target = headers.get("x-amz-target", "")
        service, _, name = target.partition(".")
        operation = PATHS.get(path) or f"{SERVICES.get(service, service)}.{name or path}"
        status, told = self._stub.call(operation, body)
        return _response(status, headers.get("content-type", ""), _dump(told), told.get("__type"))


def _dump(told: object) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode()


def _response(status: int, content_type: str, body: bytes, error: str | None = None) -> bytes:
    """Write the answer with the headers that AWS sends and botocore reads."""
    lines = [
        f"HTTP/1.1 {status} {'OK' if status < 400 else 'Bad Request'}",  # noqa: PLR2004 - HTTP's
        "Server: Server",
        "Date: Sat, 21 Nov 2026 20:30:00 GMT",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Connection: keep-alive",
        "x-amzn-RequestId: 4KBNVRGD25RG1KEO9UT4V3FQDJVV4KQNSO5AEMVJF66Q9ASUAAJG",
        f"x-amz-crc32: {crc32(body)}",
        *([f"x-amzn-ErrorType: {error}"] if error else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def serve(on_port: Callable[[int], None]) -> None:
    """Serve on a free port of this machine alone, for ever; ``on_port`` hears which."""
    stub = Stub()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(stub), "127.0.0.1", 0)
    on_port(server.sockets[0].getsockname()[1])
    await server.serve_forever()
