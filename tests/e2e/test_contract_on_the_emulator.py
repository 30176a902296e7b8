"""The DynamoDB adapters keep their contract on an emulator that knows batches of statements.

moto does not: there, a stand-in of the local world answers them. These are the tests of
``tests/contract``, each act on its own and several together.
"""

from itertools import count

import pytest
from contract.conftest import NOW, SHARDS, Stores
from contract.test_enrolments_contract import *  # noqa: F403
from contract.test_event_log_contract import *  # noqa: F403
from contract.test_mail_counts_contract import *  # noqa: F403
from contract.test_members_contract import *  # noqa: F403
from contract.test_memberships_contract import *  # noqa: F403
from contract.test_send_budget_contract import *  # noqa: F403
from contract.test_stock_contract import *  # noqa: F403
from contract.test_together_contract import *  # noqa: F403
from deployed import Deployed
from emulator import ANOTHER_ACCOUNT, CREDENTIALS

from chalicelib.adapters.clock import VirtualClock
from chalicelib.adapters.dynamodb import Table, create_table
from chalicelib.adapters.dynamodb_brakes import DynamoBrakes
from chalicelib.adapters.dynamodb_enrolments import DynamoEnrolments
from chalicelib.adapters.dynamodb_events import DynamoEventLog
from chalicelib.adapters.dynamodb_mail_counts import DynamoMailCounts
from chalicelib.adapters.dynamodb_members import DynamoMembers
from chalicelib.adapters.dynamodb_memberships import DynamoMemberships
from chalicelib.adapters.dynamodb_send_budget import DynamoSendBudget
from chalicelib.adapters.dynamodb_stock import DynamoStock
from chalicelib.adapters.dynamodb_templates import DynamoSentTemplates
from chalicelib.adapters.lockstep import Lockstep

pytestmark = pytest.mark.e2e
numbers = count()


@pytest.fixture(scope="module")
def client(emulator, everybody):
    """In an account of its own; meanwhile the tick comes that the other tests wait for."""
    keys = {**CREDENTIALS, "AWS_ACCESS_KEY_ID": ANOTHER_ACCOUNT}
    return Deployed(emulator).client("dynamodb", keys)


@pytest.fixture
def new_stores(client):
    def make() -> Stores:
        name = f"contract-{next(numbers)}"
        create_table(client, name)
        clock, table = VirtualClock(NOW), Table(client, name)
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

    return make


@pytest.fixture
def stores(new_stores):
    return new_stores()


def test_what_a_statement_no_longer_says_is_gone(client):
    create_table(client, "gone")
    table = Table(client, "gone")
    full = {"PK": "a", "SK": "a", "version": 1, "kept": "yes", "left_at": "now"}
    assert table.put_version(full, 0)
    changed = {**full, "version": 2}
    del changed["left_at"]
    other = {**full, "PK": "b"}
    told = []
    acts = [
        lambda: told.append(table.put_version(changed, 1, ("left_at", "never_was"))),
        lambda: told.append(table.put_version(other, 0)),
        lambda: told.append(table.put_version(other, 7, ("left_at",))),
    ]
    assert Lockstep().run(acts) == [None] * 3
    assert told == [True, True, False]
    assert table.get({"PK": "a", "SK": "a"}) == changed
