"""Members who meet at a stock, or never hear of it, take no more than there is, and one each."""

from datetime import timedelta
from itertools import count

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from chalicelib.adapters.dynamodb import Table, create_table, dynamodb_config
from chalicelib.adapters.dynamodb_stock import SHARDS, DynamoStock
from chalicelib.adapters.keys import shard_of
from chalicelib.domain.benefits import Benefit
from chalicelib.usecases.ports import UnavailableError

KEY = "voucher@app_installed"
OPERATION = "TransactWriteItems"
numbers = count()


@pytest.fixture(scope="module")
def aws():
    with mock_aws():
        yield


@pytest.fixture
def client(aws):
    return boto3.client("dynamodb", region_name="us-east-1", config=dynamodb_config())


@pytest.fixture
def new_stock(client):
    def make():
        name = f"table-{next(numbers)}"
        create_table(client, name)
        return DynamoStock(Table(client, name))

    return make


@pytest.fixture
def stock(new_stock):
    return new_stock()


def of(most):
    return Benefit(name="voucher", title="An upgrade", goal="app_installed", stock=most)


class Rivals:
    """Others who act right before each of the next transactions reaches the table."""

    def __init__(self, client, acts):
        self.client, self.acts, self.inside = client, iter(acts), False

    def __enter__(self):
        self.client.meta.events.register(f"before-call.dynamodb.{OPERATION}", self.before)

    def __exit__(self, *_):
        self.client.meta.events.unregister(f"before-call.dynamodb.{OPERATION}", self.before)

    def before(self, **_):
        if not self.inside:
            self.inside = True
            next(self.acts, lambda: None)()
            self.inside = False


members = st.integers(0, 7).map(lambda number: f"member{number}")


@settings(
    max_examples=25,
    deadline=timedelta(seconds=5),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(most=st.integers(1, 10), asks=st.lists(st.tuples(members, st.lists(members, max_size=4))))
def test_however_they_interleave_no_more_is_taken_than_there_is(client, new_stock, most, asks):
    stock, has = new_stock(), set()

    def take(member_id):
        if stock.take(of(most), KEY, member_id):
            has.add(member_id)
        else:
            assert member_id not in has
            assert len(has) == most

    for member_id, rivals in asks:
        acts = [lambda rival=rival: take(rival) for rival in rivals]
        with Rivals(client, acts):
            take(member_id)
        assert len(has) <= most
        assert stock.left(of(most)) == most - len(has)


def test_a_twin_under_the_same_key_takes_the_same_one(client, stock):
    with Rivals(client, [lambda: stock.take(of(5), KEY, "anna")]):
        assert stock.take(of(5), KEY, "anna")
    assert stock.left(of(5)) == 4


def test_the_last_one_is_the_twin_s_and_so_is_ours(client, monkeypatch):
    """The claim was read before the twin took the last one, and the counters after it."""
    name = f"table-{next(numbers)}"
    create_table(client, name)
    table, twin = Table(client, name), DynamoStock(Table(client, name))
    read = table.get_many

    def late(keys):
        monkeypatch.setattr(table, "get_many", read)
        assert twin.take(of(1), KEY, "anna")
        return read(keys[1:])

    monkeypatch.setattr(table, "get_many", late)
    assert DynamoStock(table).take(of(1), KEY, "anna")
    assert twin.left(of(1)) == 0


def test_what_was_taken_without_an_answer_is_taken_once(client, stock):
    def lose(**_):
        raise ConnectionClosedError(endpoint_url="x")

    client.meta.events.register(f"after-call.dynamodb.{OPERATION}", lose)
    with pytest.raises(UnavailableError):
        stock.take(of(3), KEY, "anna")
    client.meta.events.unregister(f"after-call.dynamodb.{OPERATION}", lose)
    assert stock.take(of(3), KEY, "anna")
    assert stock.left(of(3)) == 2


class Cancelled:
    """Transactions that end in these ways, one after the other; the last way is for the rest."""

    def __init__(self, client, *ways):
        self.client, self.ways, self.calls = client, ways, 0

    def __enter__(self):
        self.client.meta.events.register(f"before-call.dynamodb.{OPERATION}", self.answer)
        return self

    def __exit__(self, *_):
        self.client.meta.events.unregister(f"before-call.dynamodb.{OPERATION}", self.answer)

    def answer(self, **_):
        codes = self.ways[min(self.calls, len(self.ways) - 1)]
        self.calls += 1
        if codes is None:
            return
        reasons = [{"Code": code} for code in codes]
        name = "TransactionCanceledException"
        raise ClientError({"Error": {"Code": name}, "CancellationReasons": reasons}, OPERATION)


CONFLICT = ("None", "TransactionConflict")
FULL = ("None", "ConditionalCheckFailed")


def test_whoever_meets_another_at_a_counter_goes_to_the_next_one(client, stock):
    with Cancelled(client, CONFLICT, None) as tried:
        assert stock.take(of(80), KEY, "anna")
    assert tried.calls == 2
    assert stock.left(of(80)) == 79


@pytest.mark.parametrize("busy", [CONFLICT, ("TransactionConflict", "ConditionalCheckFailed")])
def test_while_a_counter_is_busy_nothing_is_sold_out(client, stock, busy):
    with Cancelled(client, busy, FULL) as tried, pytest.raises(UnavailableError, match="voucher"):
        stock.take(of(80), KEY, "anna")
    assert tried.calls == SHARDS


def test_counters_that_filled_up_meanwhile_are_sold_out(client, stock):
    with Cancelled(client, FULL) as tried:
        assert not stock.take(of(80), KEY, "anna")
    assert tried.calls == SHARDS


def test_a_claim_that_is_there_is_ours_whatever_became_of_the_counter(client, stock):
    with Cancelled(client, ("ConditionalCheckFailed", "ConditionalCheckFailed")) as tried:
        assert stock.take(of(80), KEY, "anna")
    assert tried.calls == 1


@pytest.mark.parametrize("codes", [("ValidationError", "None"), ()])
def test_a_fault_of_ours_is_seen_as_it_is(client, stock, codes):
    with Cancelled(client, codes), pytest.raises(ClientError):
        stock.take(of(80), KEY, "anna")


def test_a_member_asks_one_counter_and_only_where_there_is_room(client, stock):
    asked = []
    client.meta.events.register(
        f"provide-client-params.dynamodb.{OPERATION}",
        lambda params, **_: asked.append(params["TransactItems"][1]["Update"]["Key"]["PK"]["S"]),
    )
    assert stock.take(of(SHARDS), KEY, "anna")
    first = shard_of("anna", SHARDS)
    assert asked == [f"STOCK#voucher#{first}"]
    assert stock.take(of(SHARDS), f"{KEY}.2", "anna")
    assert asked[1:] == [f"STOCK#voucher#{(first + 1) % SHARDS}"]
