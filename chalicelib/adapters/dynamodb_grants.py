"""Grants in DynamoDB: the only transactions of the engine, for what members are owed."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters import keys
from chalicelib.adapters.aws_errors import ASKED_TO_WAIT, aws_answers, error_code
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.items import grant_item, grant_of
from chalicelib.adapters.wire import Wire, to_wire
from chalicelib.domain.gifts import Grant
from chalicelib.usecases.ports import UnavailableError

_KEPT = "ConditionalCheckFailed"


class DynamoGrants:
    """The port ``Grants``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def grant(self, grant: Grant) -> bool:
        """AP15: keep the grant and move the balance, both or neither."""
        kept = self._keep_and_add(grant)
        if kept is None and self._make_room(grant.member_id):
            kept = self._keep_and_add(grant)
        return bool(kept)

    def of(self, member_id: str) -> list[Grant]:
        """AP24: what a member was given."""
        return [grant_of(item) for item in self._table.of_member(member_id, "GRANT#")]

    def every(self, segment: int = 0, segments: int = 1) -> Iterator[Grant]:
        """AP16: all grants, for audits; segments can be read in parallel."""
        return map(grant_of, self._table.scan("GRANT", segment, segments))

    def _keep_and_add(self, grant: Grant) -> bool | None:
        """Tell whether the grant is new; None when there is no place for its amount."""
        both: Any = [{"Put": self._keep(grant)}, {"Update": self._add(grant)}]
        try:
            with aws_answers():
                self._table.client.transact_write_items(TransactItems=both)
        except ClientError as error:
            return _refused(error, grant)
        return True

    def _make_room(self, member_id: str) -> bool:
        """Give a profile of an older release its place for grants; False when there is none."""
        try:
            with aws_answers():
                self._table.client.update_item(
                    TableName=self._table.name,
                    Key=to_wire(keys.profile(member_id)),
                    ConditionExpression="#type = :profile",
                    UpdateExpression=(
                        "SET granted = if_not_exists(granted, :empty), #version = #version + :one"
                    ),
                    ExpressionAttributeNames={"#type": "type", "#version": "version"},
                    ExpressionAttributeValues=to_wire(
                        {":profile": "PROFILE", ":empty": {}, ":one": 1}
                    ),
                )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _keep(self, grant: Grant) -> Wire:
        return {
            "TableName": self._table.name,
            "Item": to_wire(grant_item(grant)),
            "ConditionExpression": "attribute_not_exists(PK)",
        }

    def _add(self, grant: Grant) -> Wire:
        """Add to what was granted, and make writers notice who read the profile before."""
        return {
            "TableName": self._table.name,
            "Key": to_wire(keys.profile(grant.member_id)),
            "ConditionExpression": "attribute_exists(granted)",
            "UpdateExpression": (
                "SET granted.#unit = if_not_exists(granted.#unit, :none) + :amount, "
                "#version = #version + :one"
            ),
            "ExpressionAttributeNames": {"#unit": grant.unit, "#version": "version"},
            "ExpressionAttributeValues": to_wire({":none": 0, ":amount": grant.amount, ":one": 1}),
        }


def _refused(error: ClientError, grant: Grant) -> bool | None:
    """Say what a cancelled transaction means: kept before, no place for it, or come again."""
    if error_code(error) != "TransactionCanceledException":
        raise error
    reasons = dict(error.response).get("CancellationReasons") or []
    codes = [str(reason.get("Code")) for reason in reasons]  # type: ignore[attr-defined]
    if codes[:1] == [_KEPT]:
        return False
    if _KEPT in codes:
        return None
    if ASKED_TO_WAIT.intersection(codes):
        raise UnavailableError(f"The grant {grant.source} met {codes}; try again") from error
    raise error
