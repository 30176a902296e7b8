"""A stage in order, on moto. Clients are made once, for that takes longer than all else."""

from collections.abc import Iterator
from functools import cache

import pytest
from functional.worlds import load_templates
from moto import mock_aws
from operations.stages import REGION, Ground

from chalicelib.operations import doctor_keys, doctor_mail, doctor_stack
from chalicelib.operations.clients import AwsClients
from chalicelib.operations.lint_folder import lint_folder
from chalicelib.programme.loader import load_programme

lint_once, load_once = cache(lint_folder), cache(load_programme)


@pytest.fixture(scope="session")
def clients() -> AwsClients:
    return AwsClients()


@pytest.fixture
def ground(monkeypatch, clients) -> Iterator[Ground]:
    """Everything that a deployment makes, as it should be."""
    for name, value in {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(doctor_keys, "lint_folder", lint_once)
    monkeypatch.setattr(doctor_mail, "load_programme", load_once)
    monkeypatch.setattr(doctor_stack, "load_programme", load_once)
    monkeypatch.setattr(doctor_stack.MailTemplates, "load", load_templates)
    with mock_aws():
        ground = Ground(clients)
        ground.build()
        yield ground
        ground.answers.close()
