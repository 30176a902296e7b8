"""A DynamoDB client in memory on which the engine's own adapters run, and which bills.

It has the calls that the adapters make, with boto3's names, answers and errors, and bills
each as the developer guide says. A call that it doesn't have is an ``AttributeError``.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.cost import statements
from chalicelib.cost.capacity import (
    PAGE_BYTES,
    TRANSACTION,
    index_write_units,
    item_bytes,
    read_units,
    total_bytes,
    write_units,
)
from chalicelib.cost.expressions import holds, updated
from chalicelib.cost.meter import Meter
from chalicelib.cost.prices import Line
from chalicelib.cost.table import (
    MemoryTable,
    Wire,
    index_entry,
    index_key,
    key_of,
    key_text,
    unpacked,
)

BATCH_GETS, BATCH_WRITES, STATEMENTS, ACTIONS = 100, 25, 25, 100
"""What one call may carry."""
PAGE_ENTRIES = 5_000
"""How many entries of the due index are a megabyte, which is all that a query reads at once."""
_FIRST = "\x00"
_OF_A_PARTITION = ("PK = :counts", "PK = :member AND begins_with(SK, :prefix)")


class LimitError(ValueError):
    """More in one call than DynamoDB takes."""


class DynamoDbTwin:
    """One table; ``meter`` hears of every call and every unit."""

    def __init__(self, meter: Meter, table: MemoryTable | None = None) -> None:
        self.table = table or MemoryTable()
        self.meta = SimpleNamespace(config=SimpleNamespace(retries={"total_max_attempts": 1}))
        self.meter = meter
        self._scans: dict[str, list[str]] = {}

    def get_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as boto3 has it
        self.meter.call("dynamodb.GetItem")
        item = self._read(request["Key"], consistent=request.get("ConsistentRead", False))
        return {"Item": item} if item else {}

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N803
        self.meter.call("dynamodb.BatchGetItem")
        [(name, wanted)] = RequestItems.items()
        _within(wanted["Keys"], BATCH_GETS)
        consistent = wanted.get("ConsistentRead", False)
        found = [self._read(key, consistent=consistent) for key in wanted["Keys"]]
        return {"Responses": {name: [item for item in found if item]}, "UnprocessedKeys": {}}

    def put_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        self.meter.call("dynamodb.PutItem")
        self._require(request, request["Item"], "PutItem")
        self._write(request["Item"], request["Item"])
        return {}

    def update_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        self.meter.call("dynamodb.UpdateItem")
        self._require(request, request["Key"], "UpdateItem")
        self._write(request["Key"], self._updated(request))
        return {}

    def delete_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        self.meter.call("dynamodb.DeleteItem")
        self._require(request, request["Key"], "DeleteItem")
        self._write(request["Key"], None)
        return {}

    def batch_write_item(self, *, RequestItems: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N803
        self.meter.call("dynamodb.BatchWriteItem")
        [wanted] = RequestItems.values()
        for each in _within(wanted, BATCH_WRITES):
            item = each["PutRequest"]["Item"]
            self._write(item, item)
        return {"UnprocessedItems": {}}

    def batch_execute_statement(
        self,
        *,
        Statements: Sequence[Wire],  # noqa: N803
    ) -> dict[str, Any]:
        """Each statement stands and is billed for itself."""
        self.meter.call("dynamodb.BatchExecuteStatement")
        return {"Responses": [self._execute(each) for each in _within(Statements, STATEMENTS)]}

    def transact_write_items(self, *, TransactItems: Sequence[Wire]) -> dict[str, Any]:  # noqa: N803
        """All or nothing, at double price, and at that price also when it fails."""
        self.meter.call("dynamodb.TransactWriteItems")
        actions = [next(iter(each.items())) for each in _within(TransactItems, ACTIONS)]
        failed = [not self._meets(action, _key(action)) for _, action in actions]
        for kind, action in actions:
            after = None if any(failed) else self._after(kind, action)
            self._write(_key(action), after, times=TRANSACTION, store=not any(failed))
        if any(failed):
            codes = [{"Code": "ConditionalCheckFailed" if each else "None"} for each in failed]
            raise _error("TransactionCanceledException", "TransactWriteItems", reasons=codes)
        return {}

    def query(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Answer what the engine asks: what is due in a shard, and what is in a partition."""
        self.meter.call("dynamodb.Query")
        if request["KeyConditionExpression"] in _OF_A_PARTITION:
            return self._of_partition(request)
        if request["KeyConditionExpression"] != "GSI1PK = :shard AND GSI1SK < :end":
            raise NotImplementedError(f"a query by {request['KeyConditionExpression']}")
        values = request["ExpressionAttributeValues"]
        after = request.get("ExclusiveStartKey", {}).get("GSI1SK", {}).get("S", _FIRST)
        limit = min(request.get("Limit", PAGE_ENTRIES), PAGE_ENTRIES)
        page, more = self.table.due(values[":shard"]["S"], values[":end"]["S"], after, limit)
        self.meter.add(Line.READS, read_units(total_bytes(page), consistent=False))
        return {"Items": page, "Count": len(page)} | (
            {"LastEvaluatedKey": page[-1]} if more else {}
        )

    def _of_partition(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the first items of a partition, or the last ones, read consistently."""
        partition, *rest = (each["S"] for each in request["ExpressionAttributeValues"].values())
        prefix = rest[0] if rest else ""
        found = self.table.partition(partition)
        items = [each for each in found if each["SK"]["S"].startswith(prefix)]
        items = items[:: 1 if request.get("ScanIndexForward", True) else -1][: request.get("Limit")]
        read_bytes = sum(map(item_bytes, items))
        self.meter.add(Line.READS, read_units(read_bytes, consistent=True))
        return {"Items": items, "Count": len(items)}

    def scan(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Read a page of up to 1 MB; the filter takes away from the answer, not from the bill."""
        self.meter.call("dynamodb.Scan")
        keys = self._scanned(request)
        items, size_bytes = [], 0
        while keys and size_bytes < PAGE_BYTES:
            packed = self.table.items.get(last := keys.pop())
            if packed:
                size_bytes += packed[1]
                items.append(unpacked(packed))
        self.meter.add(Line.READS, read_units(size_bytes, consistent=False))
        wanted = [each for each in items if holds(request["FilterExpression"], each, request)]
        if not keys:
            return {"Items": wanted, "Count": len(wanted)}
        self._scans[last] = keys
        return {"Items": wanted, "Count": len(wanted), "LastEvaluatedKey": key_of(last)}

    def _scanned(self, request: Mapping[str, Any]) -> list[str]:
        """Return the keys still to be read, the next one last."""
        if start := request.get("ExclusiveStartKey"):
            return self._scans.pop(key_text(start))
        segment = self.table.segment(request.get("Segment", 0), request.get("TotalSegments", 1))
        return list(segment)[::-1]

    def _read(self, key: Wire, *, consistent: bool) -> Wire | None:
        item, size_bytes, _ = self.table.before(key)
        self.meter.add(Line.READS, read_units(size_bytes, consistent=consistent))
        return item

    def _write(self, key: Wire, after: Wire | None, *, times: int = 1, store: bool = True) -> None:
        """Bill a write by the larger of what was and what comes, and store it."""
        _, before_bytes, before_place = self.table.before(key)
        after_bytes = item_bytes(after) if after else 0
        self.meter.add(Line.WRITES, times * write_units(max(before_bytes, after_bytes)))
        if not store:
            return
        place = index_key(after) if after else None
        entry_bytes = item_bytes(index_entry(after)) if after and place else 0
        self.meter.add(Line.WRITES, index_write_units(before_place, place, entry_bytes))
        if after is None:
            self.table.delete(key)
        else:
            self.table.put(after, after_bytes)

    def _meets(self, request: Mapping[str, Any], key: Wire) -> bool:
        condition = request.get("ConditionExpression")
        return not condition or holds(condition, self.table.get(key), request)

    def _require(self, request: Mapping[str, Any], key: Wire, operation: str) -> None:
        """Refuse the write when its condition fails, and bill that: it had to read the item."""
        if self._meets(request, key):
            return
        item, size_bytes, _ = self.table.before(key)
        self.meter.add(Line.WRITES, write_units(size_bytes))
        told = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        raise _error("ConditionalCheckFailedException", operation, item=item if told else None)

    def _after(self, kind: str, action: Mapping[str, Any]) -> Wire | None:
        match kind:
            case "Put":
                item: Wire = action["Item"]
                return item
            case "Update":
                return self._updated(action)
            case "Delete":
                return None
            case _:
                raise NotImplementedError(f"{kind} in a transaction")

    def _updated(self, request: Mapping[str, Any]) -> Wire:
        item = self.table.get(request["Key"]) or request["Key"]
        return updated(request["UpdateExpression"], item, request)

    def _execute(self, statement: Wire) -> dict[str, Any]:
        asked = statements.read(statement)
        key = asked.item if isinstance(asked, statements.Insert) else asked.key
        item, size_bytes, _ = self.table.before(key)
        if isinstance(asked, statements.Insert):
            code, after = ("DuplicateItem" if item else ""), asked.item
        else:
            code = "" if asked.applies_to(item) else "ConditionalCheckFailed"
            after = asked.of(item or key)
        if code:
            self.meter.add(Line.WRITES, write_units(size_bytes))
            return {"Error": {"Code": code, "Message": "the condition does not hold"}}
        self._write(key, after)
        return {"TableName": "twin"}


def _key(action: Mapping[str, Any]) -> Wire:
    key: Wire = action.get("Item") or action["Key"]
    return key


def _within(parts: Sequence[Any], limit: int) -> Iterator[Any]:
    if len(parts) > limit:
        raise LimitError(f"{len(parts)} in one call; DynamoDB takes {limit}")
    return iter(parts)


def _error(
    code: str,
    operation: str,
    *,
    item: Wire | None = None,
    reasons: Sequence[Wire] = (),
) -> ClientError:
    told: dict[str, Any] = {
        "Error": {"Code": code, "Message": "a condition does not hold"},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    told |= {"Item": item} if item else {}
    told |= {"CancellationReasons": list(reasons)} if reasons else {}
    return ClientError(told, operation)  # type: ignore[arg-type]
