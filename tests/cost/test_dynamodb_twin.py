"""The twin bills each call as DynamoDB does, and refuses what it does not know."""

from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from chalicelib.cost.dynamodb_twin import DynamoDbTwin, LimitError
from chalicelib.cost.expressions import ExpressionError, holds, updated
from chalicelib.cost.meter import OUTSIDE, Meter
from chalicelib.cost.prices import Line

KEY = {"PK": {"S": "A"}, "SK": {"S": "B"}}
DUE = {"GSI1PK": {"S": "DUE#00"}, "GSI1SK": {"S": "2027-01-01#a"}}
LATER = {"GSI1PK": {"S": "DUE#00"}, "GSI1SK": {"S": "2027-01-02#a"}}
BIG = {"text": {"S": "x" * 2000}}
ABSENT = "attribute_not_exists(PK)"


@pytest.fixture
def twin():
    return DynamoDbTwin(Meter())


def billed(twin, call):
    """Return the write units and read units of one call."""
    before = twin.meter.snapshot()
    with suppress(ClientError):
        call()
    spent = twin.meter.since(before).amounts
    return spent[OUTSIDE, Line.WRITES], spent[OUTSIDE, Line.READS]


def put(twin, *parts, **more):
    item = dict(KEY)
    for part in parts:
        item |= part
    return lambda: twin.put_item(TableName="t", Item=item, **more)


def get(twin, key=KEY, **more):
    return lambda: twin.get_item(TableName="t", Key=key, **more)


def query(twin, **more):
    values = {":shard": {"S": "DUE#00"}, ":end": {"S": "2027-01-01$"}}
    condition = "GSI1PK = :shard AND GSI1SK < :end"
    return twin.query(KeyConditionExpression=condition, ExpressionAttributeValues=values, **more)


def test_a_put_is_billed_by_the_larger_of_what_was_and_what_comes(twin):
    assert billed(twin, put(twin, BIG)) == (2, 0)
    assert billed(twin, put(twin)) == (2, 0)
    assert billed(twin, put(twin)) == (1, 0)


def test_the_index_is_billed_when_its_key_comes_changes_and_goes(twin):
    assert billed(twin, put(twin, DUE)) == (2, 0)
    assert billed(twin, put(twin, DUE, {"version": {"N": "2"}})) == (1, 0)
    assert billed(twin, put(twin, LATER)) == (3, 0)
    assert billed(twin, put(twin)) == (2, 0)


def test_a_refused_write_is_billed_by_what_stands_in_its_way(twin):
    put(twin, BIG)()
    assert billed(twin, put(twin, ConditionExpression=ABSENT)) == (2, 0)
    assert twin.table.get(KEY) == KEY | BIG


def test_a_refusal_shows_the_item_when_it_was_asked_to(twin):
    put(twin, BIG)()
    asked = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    with pytest.raises(ClientError) as refused:
        put(twin, ConditionExpression=ABSENT, **asked)()
    assert refused.value.response["Item"] == KEY | BIG
    assert refused.value.response["Error"]["Code"] == "ConditionalCheckFailedException"


def test_a_read_is_billed_by_four_kilobytes_also_when_nothing_is_there(twin):
    assert billed(twin, get(twin, ConsistentRead=True)) == (0, 1)
    assert billed(twin, get(twin)) == (0, 0.5)
    put(twin, {"text": {"S": "x" * 5000}})()
    assert billed(twin, get(twin, ConsistentRead=True)) == (0, 2)


def test_a_batch_of_reads_is_billed_item_by_item(twin):
    put(twin)()
    keys = [KEY, KEY | {"SK": {"S": "C"}}]
    wanted = {"t": {"Keys": keys, "ConsistentRead": True}}
    assert billed(twin, lambda: twin.batch_get_item(RequestItems=wanted)) == (0, 2)
    assert twin.batch_get_item(RequestItems=wanted)["Responses"]["t"] == [KEY]


def test_a_query_is_billed_by_what_it_reads_and_half_a_unit_for_nothing(twin):
    assert billed(twin, lambda: query(twin)) == (0, 0.5)
    for number in range(100):
        key = {"PK": {"S": f"A{number}"}, "SK": {"S": "B"}}
        twin.put_item(TableName="t", Item=key | DUE)
    # Each entry has its four keys: 2 + 3 + 2 + 1 + 6 + 6 + 6 + 12 bytes or so, 3,790 in all.
    assert billed(twin, lambda: query(twin)) == (0, 0.5)
    for number in range(100, 120):
        key = {"PK": {"S": f"A{number}"}, "SK": {"S": "B"}}
        twin.put_item(TableName="t", Item=key | DUE)
    assert billed(twin, lambda: query(twin)) == (0, 1)


def test_a_query_goes_on_where_it_was_left(twin):
    for number in range(5):
        entry = DUE | {"GSI1SK": {"S": f"2026-01-0{number}#a"}}
        twin.put_item(TableName="t", Item={"PK": {"S": str(number)}, "SK": {"S": "B"}} | entry)
    first = query(twin, Limit=3)
    rest = query(twin, Limit=3, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert "LastEvaluatedKey" not in rest
    names = [item["PK"]["S"] for item in (*first["Items"], *rest["Items"])]
    assert names == ["0", "1", "2", "3", "4"]


def test_a_scan_is_billed_by_what_it_reads_not_by_what_it_gives(twin):
    for number in range(30):
        key = {"PK": {"S": f"A{number}"}, "SK": {"S": "B"}, "type": {"S": "EVENT"}}
        twin.put_item(TableName="t", Item=key | {"text": {"S": "x" * 100_000}})
    request = {
        "FilterExpression": "#type = :type",
        "ExpressionAttributeNames": {"#type": "type"},
        "ExpressionAttributeValues": {":type": {"S": "GRANT"}},
    }
    pages, units, start = 0, 0, {}
    while pages == 0 or start:
        more = {"ExclusiveStartKey": start} if start else {}
        answers = []
        units += billed(twin, lambda m=more, a=answers: a.append(twin.scan(**request, **m)))[1]
        pages, start = pages + 1, answers[0].get("LastEvaluatedKey")
        assert answers[0]["Items"] == []
    assert pages == 3
    assert units == pytest.approx(3_000_000 / 4096 / 2, rel=0.01)


def test_a_transaction_is_billed_twice_done_or_not(twin):
    put(twin, {"version": {"N": "1"}})()
    items = [
        {"Put": {"Item": KEY | {"SK": {"S": "G"}}, "ConditionExpression": ABSENT}},
        {
            "Update": {
                "Key": KEY,
                "UpdateExpression": "SET #v = #v + :one",
                "ExpressionAttributeNames": {"#v": "version"},
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
        },
    ]
    call = lambda: twin.transact_write_items(TransactItems=items)  # noqa: E731
    assert billed(twin, call) == (4, 0)
    assert twin.table.get(KEY)["version"] == {"N": "2"}
    assert billed(twin, call) == (4, 0)
    assert twin.table.get(KEY)["version"] == {"N": "2"}


UPDATE = 'UPDATE "t" SET "version" = ? REMOVE "GSI1PK" REMOVE "GSI1SK" WHERE {}'
OURS = UPDATE.format('"PK" = ? AND "SK" = ? AND "version" = ?')


def statement(version, text=OURS):
    values = [{"N": str(version + 1)}, KEY["PK"], KEY["SK"], {"N": str(version)}]
    return {"Statement": text, "Parameters": values}


def test_each_statement_is_billed_and_fails_for_itself(twin):
    put(twin, DUE, {"version": {"N": "1"}})()
    insert = {
        "Statement": "INSERT INTO \"t\" VALUE {'PK': ?, 'SK': ?}",
        "Parameters": [KEY["PK"], KEY["SK"]],
    }
    statements = [insert, statement(1), statement(1)]
    call = lambda: twin.batch_execute_statement(Statements=statements)  # noqa: E731
    answers = []
    assert billed(twin, lambda: answers.append(call())) == (1 + 2 + 1, 0)
    codes = [each.get("Error", {}).get("Code", "") for each in answers[0]["Responses"]]
    assert codes == ["DuplicateItem", "", "ConditionalCheckFailed"]
    assert twin.table.get(KEY) == KEY | {"version": {"N": "2"}}
    assert not twin.table.index["DUE#00"]


@pytest.mark.parametrize(
    "text",
    [
        'DELETE FROM "t" WHERE "PK" = ?',
        UPDATE.format('"PK" = ? OR "SK" = ?'),
        'UPDATE "t" ADD "version" ? WHERE "PK" = ? AND "SK" = ?',
    ],
)
def test_a_statement_of_another_form_is_refused(twin, text):
    with pytest.raises(ExpressionError, match="teach it there"):
        twin.batch_execute_statement(Statements=[statement(1, text)])


def test_more_than_a_call_may_carry_is_refused(twin):
    keys = {"t": {"Keys": [KEY] * 101}}
    with pytest.raises(LimitError, match="101 in one call"):
        twin.batch_get_item(RequestItems=keys)
    with pytest.raises(LimitError, match="26 in one call"):
        twin.batch_execute_statement(Statements=[statement(1)] * 26)


def test_a_call_that_it_does_not_have_is_an_error(twin):
    with pytest.raises(AttributeError):
        twin.update_time_to_live()
    with pytest.raises(NotImplementedError):
        twin.query(KeyConditionExpression="PK = :pk")


ITEM = {"version": {"N": "10"}, "owner": {"S": "a"}, "map": {"M": {"inner": {"N": "2"}}}}


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        ("version = :v", {":v": {"N": "10"}}, True),
        ("version = :v", {":v": {"S": "10"}}, False),
        ("version < :v", {":v": {"N": "9"}}, False),
        ("version <= :v AND owner = :o", {":v": {"N": "10"}, ":o": {"S": "a"}}, True),
        ("version > :v AND owner = :o", {":v": {"N": "9"}, ":o": {"S": "b"}}, False),
        ("attribute_not_exists(PK) OR version >= :v", {":v": {"N": "11"}}, True),
        ("attribute_exists(PK) OR version <> :v", {":v": {"N": "10"}}, False),
        ("NOT (attribute_exists(owner) AND version = :v)", {":v": {"N": "1"}}, True),
        ("map.#i = :v", {":v": {"N": "2"}}, True),
        ("map.gone = :v", {":v": {"N": "2"}}, False),
        ("gone = :v", {":v": {"N": "2"}}, False),
    ],
)
def test_a_condition_is_asked_of_the_item(expression, values, expected):
    request = {"ExpressionAttributeValues": values, "ExpressionAttributeNames": {"#i": "inner"}}
    assert holds(expression, ITEM, request) is expected


@pytest.mark.parametrize(
    "text", ["version !! :v", "contains(owner, :v)", "owner = ", "(owner = :v"]
)
def test_a_condition_that_is_not_understood_is_refused(text):
    with pytest.raises(ExpressionError, match="can't read"):
        holds(text, ITEM, {"ExpressionAttributeValues": {":v": {"N": "1"}}})


def test_an_update_changes_the_copy_and_not_the_item():
    request = {
        "ExpressionAttributeNames": {"#u": "other"},
        "ExpressionAttributeValues": {":none": {"N": "0"}, ":some": {"N": "5"}},
    }
    text = (
        "SET map.#u = if_not_exists(map.#u, :none) + :some, version = version + :some REMOVE owner"
    )
    assert updated(text, ITEM, request) == {
        "version": {"N": "15"},
        "map": {"M": {"inner": {"N": "2"}, "other": {"N": "5"}}},
    }
    assert ITEM["map"] == {"M": {"inner": {"N": "2"}}}
    assert updated("SET map = :some ADD version :some, fresh :some", ITEM, request) == {
        **ITEM, "map": {"N": "5"}, "version": {"N": "15"}, "fresh": {"N": "5"},
    }  # fmt: skip
    with pytest.raises(ExpressionError, match="can't read"):
        updated("DELETE version :some", ITEM, request)
