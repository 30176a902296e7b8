"""Senders that meet at the budget, or never hear of it, get no more than the windows hold."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.dynamodb import Table, create_table, dynamodb_config
from chalicelib.adapters.dynamodb_send_budget import DynamoSendBudget
from chalicelib.domain.pace import pace_of
from chalicelib.usecases.ports import UnavailableError

START = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
PACE = pace_of(14)
numbers = count()


@pytest.fixture(scope="module")
def aws():
    with mock_aws():
        yield


@pytest.fixture
def client(aws):
    return boto3.client("dynamodb", region_name="us-east-1", config=dynamodb_config())


@pytest.fixture
def budget(client):
    name = f"table-{next(numbers)}"
    create_table(client, name)
    return DynamoSendBudget(Table(client, name))


def take(budget, wanted=5, later=0.0):
    now = START + timedelta(seconds=later)
    return budget.take(PACE, wanted, now, now + HOUR)


class Rivals:
    """Other senders who take right before each of the first calls reaches the table."""

    def __init__(self, client, act, times):
        self.act, self.left, self.inside = act, times, False
        client.meta.events.register("before-call.dynamodb.PutItem", self.before)

    def before(self, **_):
        if not self.inside and self.left:
            self.left -= 1
            self.inside = True
            self.act()
            self.inside = False


@pytest.mark.parametrize("rivals", range(1, 8))
def test_whoever_was_quicker_has_the_room(client, budget, rivals):
    permits = []
    Rivals(client, lambda: permits.append(take(budget)), rivals)
    permits.append(take(budget))
    assert len(permits) == rivals + 1
    taken = Counter()
    for permit in permits:
        taken[permit.opens] += permit.mails
    assert sorted(taken) == [START + number * PACE.every for number in range(len(taken))]
    assert all(mails <= PACE.mails for mails in taken.values())
    assert all(mails == PACE.mails for mails in list(taken.values())[:-1])


def test_whoever_is_always_too_late_gets_nothing(client, budget):
    Rivals(client, lambda: take(budget), 100)
    assert take(budget) is None


def test_what_was_taken_without_an_answer_is_used_up(client, budget):
    def lose(**_):
        raise UnavailableError("the answer was lost")

    client.meta.events.register("after-call.dynamodb.PutItem", lose)
    with pytest.raises(UnavailableError):
        take(budget, 10)
    client.meta.events.unregister("after-call.dynamodb.PutItem", lose)
    assert take(budget, 10).mails == PACE.mails - 10


def test_a_sender_alone_asks_once_and_among_others_twice(client, budget):
    calls = []
    client.meta.events.register("before-call.dynamodb.*", lambda model, **_: calls.append(model))
    take(budget)
    assert len(calls) == 1
    take(budget, later=PACE.every.total_seconds())
    assert len(calls) == 2
    take(budget, later=PACE.every.total_seconds() + 0.01)
    assert len(calls) == 4
