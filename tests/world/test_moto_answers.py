"""What moto answers when it goes through what is there is what it answers otherwise."""

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.serialize import SERVICE_SPECIFIC_SERIALIZERS

from chalicelib.adapters.dynamodb import create_table
from chalicelib.world.moto_answers import answer_as_kept
from chalicelib.world.substrates import REGION, aws_environment

ITEM = {
    "PK": {"S": "a"},
    "SK": {"S": "1"},
    "number": {"N": "7"},
    "bytes": {"B": b"\x00\xff"},
    "yes": {"BOOL": True},
    "none": {"NULL": True},
    "names": {"SS": ["one"]},
    "numbers": {"NS": ["1"]},
    "blobs": {"BS": [b"\x01"]},
    "empty": {"M": {}},
    "nested": {"M": {"list": {"L": [{"S": ""}, {"M": {"S": {"N": "1"}}}, {"L": []}]}}},
}
KEY = {"PK": ITEM["PK"], "SK": ITEM["SK"]}
NO_KEY = {"PK": {"S": "b"}, "SK": {"S": "1"}}
MEANT = {"TableName": "t", "ReturnConsumedCapacity": "TOTAL"}
QUERY = {
    "KeyConditionExpression": "PK = :pk",
    "ExpressionAttributeValues": {":pk": ITEM["PK"]},
}
CALLS = [
    ("put_item", {"Item": ITEM, "ReturnValues": "ALL_OLD"}),
    ("get_item", {"Key": KEY}),
    ("get_item", {"Key": NO_KEY}),
    ("query", QUERY),
    ("scan", {"Limit": 1}),
    ("delete_item", {"Key": NO_KEY, "ReturnValues": "ALL_OLD"}),
    (
        "put_item",
        {
            "Item": ITEM,
            "ConditionExpression": "attribute_not_exists(PK)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
    ),
    (
        "update_item",
        {
            "Key": KEY,
            "UpdateExpression": "SET x = :x",
            "ExpressionAttributeValues": {":x": {"N": "1"}},
            "ReturnValues": "ALL_NEW",
        },
    ),
]
WIDE = [
    ("batch_get_item", {"RequestItems": {"t": {"Keys": [KEY, NO_KEY]}}}),
    ("transact_write_items", {"TransactItems": [{"Put": {"TableName": "t", "Item": ITEM}}]}),
    (
        "transact_write_items",
        {
            "TransactItems": [
                {
                    "Put": {
                        "TableName": "t",
                        "Item": ITEM,
                        "ConditionExpression": "attribute_not_exists(PK)",
                    }
                }
            ]
        },
    ),
    ("describe_time_to_live", {"TableName": "t"}),
    ("list_tables", {}),
]


def answers():
    """Return what a new table answers, errors included."""
    with aws_environment(), mock_aws():
        client = boto3.client("dynamodb", REGION)
        create_table(client, "t")
        client.put_item(TableName="t", Item={**NO_KEY, "SK": {"S": "2"}})
        calls = [(name, {**MEANT, **words}) for name, words in CALLS] + WIDE
        return [answer(getattr(client, name), words) for name, words in calls]


def answer(call, words):
    try:
        told = call(**words)
    except ClientError as error:
        told = error.response
    told.pop("ResponseMetadata")
    return told


@pytest.fixture
def plain():
    """Take the quick way out of this process, and put it back."""
    del SERVICE_SPECIFIC_SERIALIZERS["dynamodb"]
    yield
    answer_as_kept()


def test_the_quick_answers_are_those_of_moto(plain):
    expected = answers()
    answer_as_kept()
    assert answers() == expected
    assert expected[1]["Item"] == ITEM
    assert expected[6]["Item"] == ITEM
    assert expected[10]["CancellationReasons"][0]["Code"] == "ConditionalCheckFailed"


def test_a_table_is_described_as_moto_does(plain):
    def described():
        with aws_environment(), mock_aws():
            client = boto3.client("dynamodb", REGION)
            create_table(client, "t")
            table = client.describe_table(TableName="t")["Table"]
            return {name: each for name, each in table.items() if name != "TableId"}

    expected = described()
    answer_as_kept()
    quick = described()
    assert {**quick, "CreationDateTime": 0} == {**expected, "CreationDateTime": 0}
    assert abs(quick["CreationDateTime"] - expected["CreationDateTime"]).total_seconds() < 60
