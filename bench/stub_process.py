"""The stub from the bench's side: started as a process of its own, steered over HTTP.

Its CPU is not the engine's, so it must never run inside the process that is measured.
"""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class StubError(Exception):
    """The stub did not do what the bench asked of it."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of AWS as the stub saw it: the service and operation, the body, the HTTP status."""

    operation: str
    body: str
    status: int


class Stub:
    """The way to a running stub."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._connection = http.client.HTTPConnection("127.0.0.1", port)

    def close(self) -> None:
        self._connection.close()

    def environment(self) -> Mapping[str, str]:
        """Return the environment that leads every AWS client here."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_SESSION_TOKEN": "bench",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def take_calls(self) -> list[Call]:
        """Return the calls that were made since last time."""
        return [Call(*each) for each in self._do("take_calls")]

    def take_messages(self, queue: str, limit: int) -> list[str]:
        """Take messages off a queue, as a poller of Lambda would."""
        messages: list[str] = self._do("take_messages", queue=queue, limit=limit)
        return messages

    def set_parameters(self, parameters: Mapping[str, str]) -> None:
        self._do("set_parameters", **parameters)

    def clear(self) -> None:
        """Forget all items, messages and calls."""
        self._do("clear")

    def save(self) -> None:
        """Remember the table and the queues as they are now."""
        self._do("save")

    def load(self) -> None:
        """Bring back what was remembered."""
        self._do("load")

    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = self._do("counts")
        return counts

    def _do(self, command: str, **arguments: object) -> Any:  # noqa: ANN401 - any JSON
        self._connection.request("POST", f"/_bench/{command}", json.dumps(arguments).encode())
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise StubError(f"{command}: {answer.status} {body.decode()}")
        return json.loads(body)


@contextmanager
def running_stub() -> Iterator[Stub]:
    """Start a stub, and end it afterwards."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.stub"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdout is None or not (line := process.stdout.readline()):
            raise StubError("The stub ended before it said its port")
        stub = Stub(int(line))
        try:
            yield stub
        finally:
            stub.close()
            process.terminate()
