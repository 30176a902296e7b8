"""Two items that are stored together or not at all, each over the version that was read."""

from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_errors import ASKED_TO_WAIT, aws_answers, error_code
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.wire import Item, to_wire
from chalicelib.usecases.ports import UnavailableError


def put_both(table: Table, *items: Item) -> bool:
    """Store the items; False, with nothing stored, when one does not follow the stored version."""
    puts: Any = [{"Put": _over_the_version_before(table, item)} for item in items]
    try:
        with aws_answers():
            table.client.transact_write_items(TransactItems=puts)
    except ClientError as error:
        if error_code(error) != "TransactionCanceledException":
            raise
        reasons: Any = dict(error.response).get("CancellationReasons") or []
        codes = {str(reason.get("Code")) for reason in reasons}
        if "ConditionalCheckFailed" in codes:
            return False
        if codes & ASKED_TO_WAIT:
            raise UnavailableError(f"two items met {sorted(codes)}; try again") from error
        raise
    return True


def _over_the_version_before(table: Table, item: Item) -> dict[str, Any]:
    return {
        "TableName": table.name,
        "Item": to_wire(item),
        "ConditionExpression": "#version = :version",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": to_wire({":version": int(str(item["version"])) - 1}),
    }
