"""The one DynamoDB table: its definition and the few calls that the adapters make to it.

Plain values go in and come out: text, whole numbers, and maps of them. The low-level client
is used because the resource costs more CPU than the rest of the engine.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.adapters.aws_errors import aws_answers, error_code
from chalicelib.adapters.keys import Key
from chalicelib.usecases.ports import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Value: TypeAlias = "str | int | Mapping[str, Value]"
Item = dict[str, Value]
Wire = dict[str, Any]
"""An item as DynamoDB wants it: each value in a map of one type letter."""

TABLE: Mapping[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK", "GSI1PK", "GSI1SK")
    ],
    "KeySchema": [
        {"AttributeName": "PK", "KeyType": "HASH"},
        {"AttributeName": "SK", "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "GSI1",
            "KeySchema": [
                {"AttributeName": "GSI1PK", "KeyType": "HASH"},
                {"AttributeName": "GSI1SK", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
TTL_ATTRIBUTE = "expires_at"
BATCH_GET_ITEMS = 100
BATCH_GET_ROUNDS = 3


def dynamodb_config() -> Config:
    """One attempt a call: a conditional write that the SDK repeats would lose against itself."""
    return Config(
        retries={"total_max_attempts": 1, "mode": "standard"},
        connect_timeout=2,
        read_timeout=5,
        tcp_keepalive=True,
    )


def create_table(client: "DynamoDBClient", name: str) -> None:
    """Make the table where no CloudFormation does: in the local world and in tests."""
    client.create_table(TableName=name, **TABLE)
    expiry = {"Enabled": True, "AttributeName": TTL_ATTRIBUTE}
    client.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)  # type: ignore[arg-type]


class Table:
    """Calls to one table. All of them raise ``UnavailableError`` when AWS doesn't answer."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self.client = client
        self.name = name

    def get(self, key: Key) -> Item | None:
        """Read one item consistently."""
        with aws_answers():
            answer = self.client.get_item(
                TableName=self.name, Key=to_wire(key), ConsistentRead=True
            )
        return from_wire(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[Key]) -> list[Item]:
        """Read up to 100 items consistently, each for itself, in no order."""
        if len(keys) > BATCH_GET_ITEMS:
            raise ValueError(f"{len(keys)} items in one read; DynamoDB allows {BATCH_GET_ITEMS}")
        items: list[Item] = []
        wanted: Any = {self.name: {"Keys": [to_wire(k) for k in keys], "ConsistentRead": True}}
        for _ in range(BATCH_GET_ROUNDS):
            with aws_answers():
                answer = self.client.batch_get_item(RequestItems=wanted)
            items += map(from_wire, answer["Responses"].get(self.name, []))
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                return items
        raise UnavailableError(f"{self.name}: keys unread after {BATCH_GET_ROUNDS} rounds")

    def put(self, item: Item) -> None:
        """Write the item over whatever is there."""
        with aws_answers():
            self.client.put_item(TableName=self.name, Item=to_wire(item))

    def put_if(self, item: Item, condition: str, values: Item | None = None) -> Item | None:
        """Write the item if the condition holds: None; else return what is stored ({}: nothing).

        ``#version`` in the condition is the attribute.
        """
        try:
            with aws_answers():
                self.client.put_item(**self._put(item, condition, values))
        except ClientError as error:
            return from_wire(_stored(error))
        return None

    def put_version(self, item: Item, version: int) -> bool:
        """Write the item if ``version`` is the stored one (0: if nothing is stored)."""
        if version:
            lost = self.put_if(item, "#version = :version", {":version": version})
        else:
            lost = self.put_if(item, "attribute_not_exists(PK)")
        return lost is None

    def delete_if(self, key: Key, condition: str, values: Item) -> None:
        """Delete the item if the condition holds, else do nothing."""
        try:
            with aws_answers():
                self.client.delete_item(
                    TableName=self.name,
                    Key=to_wire(key),
                    ConditionExpression=condition,
                    ExpressionAttributeValues=to_wire(values),
                )
        except ClientError as error:
            _stored(error)

    def scan(self, type_: str, segment: int = 0, segments: int = 1) -> Iterator[Item]:
        """Read all items of a type page by page, eventually consistent: half the price."""
        request: Wire = {
            "TableName": self.name,
            "FilterExpression": "#type = :type",
            "ExpressionAttributeNames": {"#type": "type"},
            "ExpressionAttributeValues": to_wire({":type": type_}),
            "Segment": segment,
            "TotalSegments": segments,
        }
        while request:
            with aws_answers():
                page = self.client.scan(**request)
            yield from map(from_wire, page["Items"])
            last = page.get("LastEvaluatedKey")
            request = {**request, "ExclusiveStartKey": last} if last else {}

    def _put(self, item: Item, condition: str, values: Item | None) -> Wire:
        request: Wire = {
            "TableName": self.name,
            "Item": to_wire(item),
            "ConditionExpression": condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if "#version" in condition:
            request["ExpressionAttributeNames"] = {"#version": "version"}
        if values:
            request["ExpressionAttributeValues"] = to_wire(values)
        return request


def to_wire(item: Mapping[str, Value]) -> Wire:
    return {name: _to_wire(value) for name, value in item.items()}


def from_wire(wire: Mapping[str, Any]) -> Item:
    return {name: _from_wire(value) for name, value in wire.items()}


def _to_wire(value: Value) -> Wire:
    match value:
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case _:
            return {"M": to_wire(value)}


def _from_wire(wire: Wire) -> Value:
    [(letter, value)] = wire.items()
    match letter:
        case "S":
            return str(value)
        case "N":
            return int(value)
        case "M":
            return from_wire(value)
        case _:
            raise ValueError(f"An attribute of type {letter}; this table has S, N and M only")


def _stored(error: ClientError) -> Wire:
    """Return the item on which a condition failed; any other error goes on its way."""
    if error_code(error) != "ConditionalCheckFailedException":
        raise error
    item: Wire = dict(error.response).get("Item") or {}  # type: ignore[assignment]
    return item
