"""Writes that are made together or not at all.

A transaction costs twice what its writes cost alone, so it has no action that only checks.
"""

from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_errors import ASKED_TO_WAIT, aws_answers, error_code
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.wire import Item, Wire, to_wire
from chalicelib.usecases.ports import UnavailableError

ABSENT = "attribute_not_exists(PK)"
THERE = "attribute_exists(PK)"
_OVERTAKEN = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
"""Reasons that say that another writer was, or just is, at one of the items."""


def put(table: Table, item: Item, condition: str) -> Wire:
    return {"TableName": table.name, "Item": to_wire(item), "ConditionExpression": condition}


def put_over(table: Table, item: Item, version: int) -> Wire:
    """Put the item where one of its type is stored in that version."""
    values: Item = {":type": item["type"], ":version": version}
    return {
        **put(table, item, "#type = :type AND #version = :version"),
        "ExpressionAttributeNames": {"#type": "type", "#version": "version"},
        "ExpressionAttributeValues": to_wire(values),
    }


def transact(table: Table, puts: Iterable[Wire], whose: str) -> bool:
    """Make all of the puts, or none; False when another writer was quicker at one of them."""
    writes: Any = [{"Put": each} for each in puts]
    try:
        with aws_answers():
            table.client.transact_write_items(TransactItems=writes)
    except ClientError as error:
        _require_overtaken(error, whose)
        return False
    return True


def _require_overtaken(error: ClientError, whose: str) -> None:
    """Let pass what says that another writer was quicker; throttles are to be tried again."""
    if error_code(error) != "TransactionCanceledException":
        raise error
    reasons = dict(error.response).get("CancellationReasons") or []
    codes = {str(reason.get("Code")) for reason in reasons}  # type: ignore[attr-defined]
    if _OVERTAKEN.intersection(codes):
        return
    if waits := ASKED_TO_WAIT.intersection(codes):
        raise UnavailableError(f"{whose} met {waits}; try again") from error
    raise error
