"""The stock of benefits in DynamoDB: counters that share it, so that none of them is hot.

Who takes one counts it and leaves a claim, in one transaction: a counter counts no claim twice, and
goes no further than its share. The number of counters can't be changed: the shares would be others.
"""

from collections.abc import Iterator
from enum import Enum, auto

from botocore.exceptions import ClientError

from chalicelib.adapters import keys
from chalicelib.adapters.aws_errors import ASKED_TO_WAIT, aws_answers, error_code
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.stock_items import claim_item, stock_item
from chalicelib.adapters.wire import Item, Wire, to_wire
from chalicelib.domain.benefits import Benefit
from chalicelib.usecases.ports import UnavailableError

SHARDS = 8
"""A counter takes some dozens of transactions a second before they get in each other's way."""
_LOST = "ConditionalCheckFailed"


class _Try(Enum):
    """What became of taking one from a counter."""

    TAKEN = auto()
    FULL = auto()
    BUSY = auto()
    """Another transaction is under way, or too many are."""


class DynamoStock:
    """The port ``Stock``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, benefit: Benefit, key: str, member_id: str) -> bool:
        """AP44: a benefit of which not everybody can have one is granted."""
        if benefit.stock is None:
            return True
        claim = keys.stock_claim(member_id, key)
        items = self._table.get_many([claim, *_counters(benefit.name)])
        if any(item["type"] == "STOCK_CLAIM" for item in items):
            return True
        with_room = _with_room(_taken(items), benefit.stock, keys.shard_of(member_id, SHARDS))
        if self._take_from(with_room, benefit, key, member_id):
            return True
        # A batch is no snapshot: the last one may have been taken under this very key meanwhile.
        return self._table.get(claim) is not None

    def left(self, benefit: Benefit) -> int | None:
        """AP45: how many are left of a benefit."""
        if benefit.stock is None:
            return None
        taken = _taken(self._table.get_many(_counters(benefit.name)))
        return max(benefit.stock - sum(taken.values()), 0)

    def _take_from(
        self, shares: Iterator[tuple[int, int]], benefit: Benefit, key: str, member_id: str
    ) -> bool:
        """Try one counter after the other; while one of them is busy, nothing is sold out."""
        busy = False
        for shard, share in shares:
            claim = claim_item(benefit.name, key, member_id, shard)
            tried = self._try(claim, stock_item(benefit.name, shard, 1), share)
            if tried is _Try.TAKEN:
                return True
            busy = busy or tried is _Try.BUSY
        if busy:
            raise UnavailableError(f"The stock of {benefit.name} is asked too much; try again")
        return False

    def _try(self, claim: Item, counter: Item, share: int) -> _Try:
        put = {"Item": to_wire(claim), "ConditionExpression": "attribute_not_exists(PK)"}
        writes = [{"Put": put}, {"Update": _one_more(counter, share)}]
        for write in writes:
            for action in write.values():
                action["TableName"] = self._table.name
        try:
            with aws_answers():
                self._table.client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]
        except ClientError as error:
            return _refusal(error)
        return _Try.TAKEN


def _one_more(counter: Item, share: int) -> Wire:
    """Count one more, if that is still within the share; whoever is first makes the counter."""
    told = {name: counter[name] for name in ("type", "schema", "benefit", "shard")}
    setting = ", ".join(f"#{name} = :{name}" for name in told)
    return {
        "Key": to_wire({name: counter[name] for name in ("PK", "SK")}),
        "UpdateExpression": f"SET {setting} ADD taken :one",
        "ConditionExpression": "attribute_not_exists(PK) OR taken < :share",
        "ExpressionAttributeNames": {f"#{name}": name for name in told},
        "ExpressionAttributeValues": to_wire(
            {**{f":{name}": value for name, value in told.items()}, ":one": 1, ":share": share}
        ),
    }


def _refusal(error: ClientError) -> _Try:
    """Read why a transaction was cancelled: by the claim, which is ours then, or the counter."""
    if error_code(error) != "TransactionCanceledException":
        raise error
    reasons = dict(error.response).get("CancellationReasons") or []
    codes = [str(reason.get("Code")) for reason in reasons]  # type: ignore[attr-defined]
    if codes[:1] == [_LOST]:
        return _Try.TAKEN
    if ASKED_TO_WAIT.intersection(codes):
        return _Try.BUSY
    if _LOST in codes:
        return _Try.FULL
    raise error


def _counters(benefit: str) -> list[keys.Key]:
    return [keys.stock(benefit, shard) for shard in range(SHARDS)]


def _taken(items: list[Item]) -> dict[int, int]:
    """Return how many were taken, by counter."""
    counters = [item for item in items if item["type"] == "STOCK"]
    return {int(str(item["shard"])): int(str(item["taken"])) for item in counters}


def _with_room(taken: dict[int, int], stock: int, first: int) -> Iterator[tuple[int, int]]:
    """Yield the counters with room and their shares of the stock; none once all of it is taken."""
    if sum(taken.values()) >= stock:
        return
    for shard in (*range(first, SHARDS), *range(first)):
        share = stock // SHARDS + (shard < stock % SHARDS)
        if taken.get(shard, 0) < share:
            yield shard, share
