"""A stub in a process of its own, as the bench has it, and plain clients that lead to it."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from bench.stub_process import Stub, running_stub

Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def running() -> Iterator[Stub]:
    with running_stub() as stub:
        yield stub


@pytest.fixture
def stub(running) -> Stub:
    running.clear()
    return running


@pytest.fixture(scope="module")
def client(running) -> Iterator[Client]:
    """Return a function that gives a plain client of a service."""
    session = boto3.Session("bench", "bench", region_name="us-east-1")
    made: dict[str, Any] = {}

    def of(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service, endpoint_url=running.url)
        return made[service]

    yield of
    for each in made.values():
        each.close()
