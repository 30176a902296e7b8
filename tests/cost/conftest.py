"""A small sample of the reference cohort, run once; and the contract's stores on the twin."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
from contract.conftest import NOW, SHARDS, Stores

from chalicelib.adapters.clock import VirtualClock
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.dynamodb_brakes import DynamoBrakes
from chalicelib.adapters.dynamodb_enrolments import DynamoEnrolments
from chalicelib.adapters.dynamodb_events import DynamoEventLog
from chalicelib.adapters.dynamodb_mail_counts import DynamoMailCounts
from chalicelib.adapters.dynamodb_members import DynamoMembers
from chalicelib.adapters.dynamodb_memberships import DynamoMemberships
from chalicelib.adapters.dynamodb_send_budget import DynamoSendBudget
from chalicelib.adapters.dynamodb_stock import DynamoStock
from chalicelib.adapters.dynamodb_templates import DynamoSentTemplates
from chalicelib.compile_programme import write_compiled
from chalicelib.cost.cohorts import Cohort
from chalicelib.cost.dynamodb_twin import DynamoDbTwin
from chalicelib.cost.meter import Meter
from chalicelib.cost.sample import Sample, SamplePlan, run_sample

ROOT = Path(__file__).parents[2]
BY_NEWS = "  # What the engine tells of a member lets the member in, again each time.\n"


@pytest.fixture(scope="session")
def programme(tmp_path_factory) -> Path:
    """The shipped programme, compiled as for Lambda."""
    folder = tmp_path_factory.mktemp("compiled") / "airline-bonus"
    write_compiled(ROOT / "templates" / "airline-bonus", folder)
    return folder


@pytest.fixture(scope="session")
def chain_alone(tmp_path_factory) -> Path:
    """The shipped programme without the journeys that news open, compiled as for Lambda."""
    folder = tmp_path_factory.mktemp("alone")
    source = copytree(ROOT / "templates" / "airline-bonus", folder / "airline-bonus")
    file = source / "programme.yaml"
    before, told = file.read_text(encoding="utf-8").split(BY_NEWS)
    file.write_text(before + told[told.index("\n# ") :], encoding="utf-8")
    write_compiled(source, folder / "compiled")
    return folder / "compiled"


@pytest.fixture(scope="session")
def plan(programme) -> SamplePlan:
    return SamplePlan(folder=programme, members=1_000_000, sample=120, cohort=Cohort.REFERENCE)


@pytest.fixture(scope="session")
def sample(plan) -> Sample:
    return run_sample(plan)


def stores_on(meter: Meter) -> Stores:
    clock, table = VirtualClock(NOW), Table(DynamoDbTwin(meter), "table")
    return Stores(
        members=DynamoMembers(table, lambda: b"alias secret"),
        enrolments=DynamoEnrolments(table, SHARDS),
        events=DynamoEventLog(table, clock),
        memberships=DynamoMemberships(table, SHARDS),
        stock=DynamoStock(table),
        brakes=DynamoBrakes(table),
        counts=DynamoMailCounts(table),
        budget=DynamoSendBudget(table),
        templates=DynamoSentTemplates(table),
        clock=clock,
    )


@pytest.fixture
def new_stores() -> Callable[[], Stores]:
    """The engine's adapters on the twin of DynamoDB, for the contract that every kind keeps."""
    return lambda: stores_on(Meter())


@pytest.fixture
def metered() -> tuple[Meter, Stores]:
    meter = Meter()
    return meter, stores_on(meter)


@pytest.fixture
def stores(new_stores) -> Stores:
    return new_stores()
