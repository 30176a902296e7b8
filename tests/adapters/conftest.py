"""boto3 under moto, and ways to make it fail: see what the adapters say when AWS does not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.dynamodb import Table, create_table, dynamodb_config
from chalicelib.world.moto_statements import answer_statements

REGION = "us-east-1"
numbers = count()


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def table(aws) -> Table:
    """A table of its own, and a client of its own that a test may put hooks on."""
    return _table(f"table-{next(numbers)}")


@pytest.fixture(scope="module")
def shared_table(aws) -> Table:
    """One table for tests that leave nothing behind: to make a client takes long."""
    return _table(f"table-{next(numbers)}")


def _table(name: str) -> Table:
    client = boto3.client("dynamodb", region_name=REGION, config=dynamodb_config())
    create_table(client, name)
    answer_statements(client)
    return Table(client, name)


@pytest.fixture
def failing() -> Callable[..., Any]:
    return _failing


@contextmanager
def _failing(client: Any, operation: str, answer: Exception | dict) -> Iterator[list[str]]:
    """Let calls of one operation raise, or be answered, without reaching moto; list them."""
    calls: list[str] = []
    event = f"before-call.{client.meta.service_model.service_name}.{operation}"

    def before_call(**_: Any) -> Any:
        calls.append(operation)
        if isinstance(answer, Exception):
            raise answer
        status = answer["ResponseMetadata"]["HTTPStatusCode"]
        return type("Http", (), {"status_code": status})(), answer

    client.meta.events.register(event, before_call)
    try:
        yield calls
    finally:
        client.meta.events.unregister(event, before_call)
