"""Many reads or writes of one table in as few calls as DynamoDB allows.

Each question keeps its own answer: a statement's condition fails for itself, and so does a
throttle. A batch of one is the plain call, which costs less. What is said about batches of
statements (PartiQL) holds for ``BatchExecuteStatement`` alone, which is no transaction: it costs
what the writes cost one by one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_errors import ASKED_TO_WAIT, aws_answers, error_code
from chalicelib.adapters.keys import Key
from chalicelib.adapters.wire import Wire, to_wire
from chalicelib.usecases.ports import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

GET_ITEMS = 100
WRITE_ITEMS = 25
ROUNDS = 3
"""How often DynamoDB is asked again for what it left undone."""
LOST = frozenset({"ConditionalCheckFailed", "DuplicateItem"})
PASSING = ASKED_TO_WAIT | {"InternalServerError"}

T = TypeVar("T")
KeyText = tuple[str, str]


class StatementError(Exception):
    """DynamoDB refused a statement for a reason that no retry mends; the message names it."""


@dataclass(frozen=True, slots=True)
class Insert:
    """Write the item if there is none under its key."""

    item: Wire

    def statement(self, table: str) -> Wire:
        text = _insert_text(table, tuple(self.item))
        return {"Statement": text, "Parameters": list(self.item.values())}

    def put(self) -> Wire:
        return {"Item": self.item, "ConditionExpression": "attribute_not_exists(PK)"}


@dataclass(frozen=True, slots=True)
class Update:
    """Write the item, without the attributes ``gone``, over the stored one of this version."""

    item: Wire
    version: int
    gone: tuple[str, ...]

    def statement(self, table: str) -> Wire:
        names = tuple(name for name in self.item if name not in {"PK", "SK"})
        text = _update_text(table, names, self.gone)
        values = [self.item[name] for name in (*names, "PK", "SK")]
        return {"Statement": text, "Parameters": [*values, {"N": str(self.version)}]}

    def put(self) -> Wire:
        return {
            "Item": self.item,
            "ConditionExpression": "#version = :version",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":version": {"N": str(self.version)}},
        }


Write = Insert | Update


class Batches:
    """The batch calls to one table; each takes any number of questions."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get_all(self, wanted: Sequence[Sequence[Key]]) -> list[list[Wire]]:
        """Read, consistently, the items of every question that are there."""
        keys = {_text(key): key for keys in wanted for key in keys}
        if len(keys) == 1:
            found = self._get_one(*keys.items())
        else:
            found = {}
            for part in _parts(list(keys.values()), GET_ITEMS):
                found |= self._get_part(part)
        return [[found[_text(key)] for key in keys if _text(key) in found] for keys in wanted]

    def put_all(self, items: Sequence[Wire]) -> list[None]:
        """Write every item over whatever is there; of two under one key the later stays."""
        last = {_text_of(item): item for item in items}
        for part in _parts(list(last.values()), WRITE_ITEMS):
            self._put_part(part)
        return [None] * len(items)

    def write_all(self, writes: Sequence[Write]) -> list[bool | Exception]:
        """Tell for each write whether its condition held and it was made."""
        if len(writes) == 1:
            return [self._write_one(writes[0])]
        results: list[bool | Exception] = [False] * len(writes)
        for part in _without_repeated_keys(writes):
            for at, result in zip(part, self._write_part([writes[i] for i in part]), strict=True):
                results[at] = result
        return results

    def _get_one(self, named: tuple[KeyText, Key]) -> dict[KeyText, Wire]:
        text, key = named
        with aws_answers():
            answer = self._client.get_item(
                TableName=self._table, Key=to_wire(key), ConsistentRead=True
            )
        return {text: answer["Item"]} if "Item" in answer else {}

    def _get_part(self, keys: Sequence[Key]) -> dict[KeyText, Wire]:
        found: dict[KeyText, Wire] = {}
        wanted: Any = {self._table: {"Keys": [to_wire(k) for k in keys], "ConsistentRead": True}}
        for _ in range(ROUNDS):
            with aws_answers():
                answer = self._client.batch_get_item(RequestItems=wanted)
            found |= {_text_of(item): item for item in answer["Responses"].get(self._table, [])}
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                return found
        raise UnavailableError(f"{self._table}: keys unread after {ROUNDS} rounds")

    def _put_part(self, items: Sequence[Wire]) -> None:
        if len(items) == 1:
            with aws_answers():
                self._client.put_item(TableName=self._table, Item=items[0])
            return
        wanted: Any = {self._table: [{"PutRequest": {"Item": item}} for item in items]}
        for _ in range(ROUNDS):
            with aws_answers():
                answer = self._client.batch_write_item(RequestItems=wanted)
            wanted = answer.get("UnprocessedItems")
            if not wanted:
                return
        raise UnavailableError(f"{self._table}: items unwritten after {ROUNDS} rounds")

    def _write_one(self, write: Write) -> bool:
        try:
            with aws_answers():
                self._client.put_item(TableName=self._table, **write.put())
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _write_part(self, writes: Sequence[Write]) -> list[bool | Exception]:
        statements: Any = [write.statement(self._table) for write in writes]
        with aws_answers():
            answer = self._client.batch_execute_statement(Statements=statements)
        return [_written(response) for response in answer["Responses"]]


def _written(response: Mapping[str, Any]) -> bool | Exception:
    """Read one statement's answer: made, not made, come again, or a mistake of ours."""
    error = response.get("Error")
    if error is None:
        return True
    if error["Code"] in LOST:
        return False
    told = f"{error['Code']}: {error.get('Message', '')}"
    return UnavailableError(told) if error["Code"] in PASSING else StatementError(told)


def _without_repeated_keys(writes: Sequence[Write]) -> Iterator[list[int]]:
    """Split into calls by position; DynamoDB does not say which of two writes to a key wins."""
    part: dict[KeyText, int] = {}
    for position, write in enumerate(writes):
        key = _text_of(write.item)
        if len(part) == WRITE_ITEMS or key in part:
            yield list(part.values())
            part = {}
        part[key] = position
    yield list(part.values())


@lru_cache(maxsize=64)
def _insert_text(table: str, names: tuple[str, ...]) -> str:
    return f'INSERT INTO "{table}" VALUE {{{", ".join(f"{name!r}: ?" for name in names)}}}'


@lru_cache(maxsize=64)
def _update_text(table: str, names: tuple[str, ...], gone: tuple[str, ...]) -> str:
    changes = [*(f'SET "{name}" = ?' for name in names), *(f'REMOVE "{name}"' for name in gone)]
    condition = '"PK" = ? AND "SK" = ? AND "version" = ?'
    return f'UPDATE "{table}" {" ".join(changes)} WHERE {condition}'


def _text(key: Key) -> KeyText:
    return key["PK"], key["SK"]


def _text_of(item: Wire) -> KeyText:
    return item["PK"]["S"], item["SK"]["S"]


def _parts(whole: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (whole[start : start + size] for start in range(0, len(whole), size))
