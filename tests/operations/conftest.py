"""A stage in order, on moto. Clients are made once, for that takes longer than all else."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from functional.worlds import ANN, SECRET, load_templates, plan_of
from moto import mock_aws
from operations.stages import REGION, Ground
from usecases.engines import partner_event

from chalicelib.commands import stage_options
from chalicelib.operations import doctor_keys, doctor_mail, doctor_stack
from chalicelib.operations.clients import AwsClients
from chalicelib.operations.deployment import engine_of, settings_of
from chalicelib.operations.lint_folder import lint_folder
from chalicelib.programme.loader import load_programme
from chalicelib.usecases.apply_event import handle_event
from chalicelib.world.live_world import LiveWorld
from chalicelib.world.partner import Partner
from chalicelib.world.server import WorldServer
from chalicelib.world.substrates import substrate
from chalicelib.world.world import World

START = datetime(2026, 11, 23, 7, tzinfo=UTC)

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


@pytest.fixture
def on_stage(ground, monkeypatch):
    """A stage on which Ann has joined."""
    monkeypatch.setattr(stage_options, "AwsClients", lambda: ground.clients)
    engine = engine_of(settings_of(ground.clients, ground.stage().deployment))
    handle_event(engine, partner_event(at=datetime.now(UTC) - timedelta(minutes=1)), 1)
    return engine, ("--stage", "test")


@pytest.fixture
def on_world():
    """A served world in which Ann has joined."""
    with substrate("memory", plan_of(start=START)) as ground:
        world = World(ground)
        Partner("demo", SECRET).tell("member.joined", START, {"member": ANN, "channel": "offline"})
        world.run_now()
        server = WorldServer(0)
        thread = threading.Thread(target=server.serve, args=[LiveWorld(world, "demo")])
        thread.start()
        yield world.engine, ("--url", f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(params=["on_stage", "on_world"])
def place(request):
    """The engine that Ann is a member of, and the words that lead a command there."""
    return request.getfixturevalue(request.param)
