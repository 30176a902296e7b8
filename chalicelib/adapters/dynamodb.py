"""The one DynamoDB table: its definition and the few calls that the adapters make to it.

Plain values go in and come out: text, whole numbers, and maps of them. The low-level client
is used because the resource costs more CPU than the rest of the engine.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.adapters import keys
from chalicelib.adapters.aws_errors import aws_answers, error_code
from chalicelib.adapters.client_config import client_config
from chalicelib.adapters.dynamodb_batches import Batches, Insert, Update
from chalicelib.adapters.keys import Key
from chalicelib.adapters.lockstep import ask
from chalicelib.adapters.wire import Item, Wire, from_wire, to_wire

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient

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


def dynamodb_config(attempts: int = 1) -> "Config":
    """One attempt a call: a conditional write that the SDK repeats would lose against itself.

    More are for those whom no queue asks again, and who look again at what has become of a write.
    """
    return client_config(attempts=attempts, keep_alive=True)


def create_table(client: "DynamoDBClient", name: str) -> None:
    """Make the table where no CloudFormation does: in the local world and in tests."""
    client.create_table(TableName=name, **TABLE)
    expiry = {"Enabled": True, "AttributeName": TTL_ATTRIBUTE}
    client.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)  # type: ignore[arg-type]


class Table:
    """Calls to one table. All of them raise ``UnavailableError`` when AWS doesn't answer.

    What acts that run together (``lockstep``) read or write at the same time goes out in batches.
    """

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self.client = client
        self.name = name
        self._batches = Batches(client, name)

    def get(self, key: Key) -> Item | None:
        """Read one item consistently."""
        items = self.get_many([key])
        return items[0] if items else None

    def get_many(self, keys: Sequence[Key]) -> list[Item]:
        """Read the items that are there consistently, each for itself, in no order."""
        return [from_wire(wire) for wire in ask(self._batches.get_all, keys)]

    def put(self, item: Item) -> None:
        """Write the item over whatever is there."""
        ask(self._batches.put_all, to_wire(item))

    def put_new(
        self, item: Item, condition: str = "attribute_not_exists(PK)", values: Item | None = None
    ) -> Item | None:
        """Write the item if there is none under its key: None; else return what is there.

        One that is there and meets the ``condition`` counts as none.
        """
        return None if self.insert(item) else self.put_if(item, condition, values)

    def insert(self, item: Item) -> bool:
        """Write the item if there is none under its key; tell whether there was none."""
        return ask(self._batches.write_all, Insert(to_wire(item)))

    def put_version(self, item: Item, version: int, optional: Sequence[str] = ()) -> bool:
        """Write the item if ``version`` is the stored one (0: if nothing is stored).

        ``optional`` names every attribute that an older item may have and this one may not.
        """
        if not version:
            return self.insert(item)
        wire = to_wire(item)
        gone = tuple(name for name in optional if name not in wire)
        return ask(self._batches.write_all, Update(wire, version, gone))

    def put_if(self, item: Item, condition: str, values: Item | None = None) -> Item | None:
        """Write the item if the condition holds: None; else return what is stored ({}: nothing)."""
        request: Wire = {"ExpressionAttributeValues": to_wire(values)} if values else {}
        try:
            with aws_answers():
                self.client.put_item(
                    TableName=self.name,
                    Item=to_wire(item),
                    ConditionExpression=condition,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **request,
                )
        except ClientError as error:
            return from_wire(_stored(error))
        return None

    def of_member(self, member_id: str, prefix: str) -> Iterator[Item]:
        """Read a member's items whose second key begins so, page by page, consistently."""
        request: Wire = {
            "TableName": self.name,
            "KeyConditionExpression": "PK = :member AND begins_with(SK, :prefix)",
            "ExpressionAttributeValues": to_wire(
                {":member": keys.profile(member_id)["PK"], ":prefix": prefix}
            ),
            "ConsistentRead": True,
        }
        while request:
            with aws_answers():
                page = self.client.query(**request)
            yield from map(from_wire, page["Items"])
            last = page.get("LastEvaluatedKey")
            request = {**request, "ExclusiveStartKey": last} if last else {}

    def scan(self, *types: str, segment: int = 0, segments: int = 1) -> Iterator[Item]:
        """Read all items of some types page by page, eventually consistent: half the price.

        Those that share a partition key come one after the other: that is how a table is kept.
        """
        wanted = {f":type{number}": type_ for number, type_ in enumerate(types)}
        request: Wire = {
            "TableName": self.name,
            "FilterExpression": " OR ".join(f"#type = {name}" for name in wanted),
            "ExpressionAttributeNames": {"#type": "type"},
            "ExpressionAttributeValues": to_wire(wanted),
            "Segment": segment,
            "TotalSegments": segments,
        }
        while request:
            with aws_answers():
                page = self.client.scan(**request)
            yield from map(from_wire, page["Items"])
            last = page.get("LastEvaluatedKey")
            request = {**request, "ExclusiveStartKey": last} if last else {}


def _stored(error: ClientError) -> Wire:
    """Return the item on which a condition failed; any other error goes on its way."""
    if error_code(error) != "ConditionalCheckFailedException":
        raise error
    item: Wire = dict(error.response).get("Item") or {}  # type: ignore[assignment]
    return item
