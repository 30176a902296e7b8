"""The breaker's counts in DynamoDB: an item for each journey, series and day, only added to."""

from chalicelib.adapters import keys
from chalicelib.adapters.aws_errors import aws_answers
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.sending_items import count_item, count_of
from chalicelib.adapters.wire import Item, from_wire, to_wire
from chalicelib.domain.breaker import DAYS_KEPT, DayCount

_ADDED = ("mails", "complaints", "bounces")


class DynamoMailCounts:
    """The port ``MailCounts``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, journey: str, series: int, count: DayCount) -> None:
        """AP25: what an invocation has sent, or that a complaint or a bounce was heard of."""
        item = count_item(journey, series, count)
        key = {name: item.pop(name) for name in ("PK", "SK")}
        values: Item = {f":{name}": value for name, value in item.items()}
        with aws_answers():
            self._table.client.update_item(
                TableName=self._table.name,
                Key=to_wire(key),
                UpdateExpression="SET " + ", ".join(map(_change, item)),
                ExpressionAttributeNames={f"#{name}": name for name in item},
                ExpressionAttributeValues=to_wire({**values, ":none": 0}),
            )

    def of(self, journey: str, series: int) -> list[DayCount]:
        """AP26: the newest days, when the breaker is asked."""
        partition = keys.counts(journey, series)
        with aws_answers():
            page = self._table.client.query(
                TableName=self._table.name,
                KeyConditionExpression="PK = :counts",
                ExpressionAttributeValues=to_wire({":counts": partition}),
                ScanIndexForward=False,
                Limit=DAYS_KEPT,
                ConsistentRead=True,
            )
        return [count_of(from_wire(item)) for item in page["Items"]]


def _change(name: str) -> str:
    if name in _ADDED:
        return f"#{name} = if_not_exists(#{name}, :none) + :{name}"
    return f"#{name} = :{name}"
