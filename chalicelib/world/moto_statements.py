"""Stands in for moto where it answers batches of statements wrongly.

moto 5.2.5 says of every conditional statement that it was carried out, whether or not its
condition held, and can't insert by parameters. So the statements of the DynamoDB adapter, which
have just two forms, are carried out here as the plain calls that they mean.
"""

import json
import re
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_INSERT = re.compile(r'INSERT INTO "([^"]+)" VALUE \{(.*)\}')
_UPDATE = re.compile(
    r'UPDATE "([^"]+)" (.*) WHERE "PK" = \? AND "SK" = \? AND "version" = \?', re.DOTALL
)
_OPERATION = "before-call.dynamodb.BatchExecuteStatement"


class UnknownStatementError(Exception):
    """A statement of another form than the adapter's: teach it to this module."""


def answer_statements(client: "DynamoDBClient") -> None:
    """Answer this client's batches of statements, each for itself."""

    def answer(params: Mapping[str, Any], **_: object) -> tuple[SimpleNamespace, dict[str, Any]]:
        statements = json.loads(params["body"])["Statements"]
        told = [_answer(client, each["Statement"], each["Parameters"]) for each in statements]
        return SimpleNamespace(status_code=200), {"Responses": told}

    client.meta.events.register(_OPERATION, answer)  # type: ignore[arg-type]  # it may answer


def _answer(client: "DynamoDBClient", text: str, values: Sequence[Any]) -> dict[str, Any]:
    if insert := _INSERT.fullmatch(text):
        return _inserted(client, insert[1], re.findall(r"'(\w+)': \?", insert[2]), values)
    if update := _UPDATE.fullmatch(text):
        names = re.findall(r'SET "(\w+)" = \?', update[2])
        return _updated(client, update[1], names, values)
    raise UnknownStatementError(text)


def _inserted(
    client: "DynamoDBClient", table: str, names: Sequence[str], values: Sequence[Any]
) -> dict[str, Any]:
    item = dict(zip(names, values, strict=True))
    condition = "attribute_not_exists(PK)"
    try:
        client.put_item(TableName=table, Item=item, ConditionExpression=condition)
    except ClientError as error:
        return _lost(error, "DuplicateItem")
    return {}


def _updated(
    client: "DynamoDBClient", table: str, names: Sequence[str], values: Sequence[Any]
) -> dict[str, Any]:
    """Put the item: a statement says all that it has, and takes away all that it may have had."""
    *_, version = values
    item = dict(zip([*names, "PK", "SK"], values, strict=False))
    try:
        client.put_item(
            TableName=table,
            Item=item,
            ConditionExpression="#version = :was",
            ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":was": version},
        )
    except ClientError as error:
        return _lost(error, "ConditionalCheckFailed")
    return {}


def _lost(error: ClientError, code: str) -> dict[str, Any]:
    if error.response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
        raise error
    return {"Error": {"Code": code, "Message": str(error)}}
