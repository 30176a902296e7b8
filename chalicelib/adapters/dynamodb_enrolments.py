"""Enrolments in DynamoDB, and the sparse index of those that are due.

The index is spread over shards by member, so that one busy minute doesn't meet the limit of
one partition: an index that can't keep up throttles the writes of the table itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from chalicelib.adapters import keys
from chalicelib.adapters.aws_errors import aws_answers
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.items import (
    ENROLMENT_OPTIONAL,
    FIRST_ENTRY,
    enrolment_item,
    enrolment_of,
    member_of,
)
from chalicelib.adapters.wire import Item, Wire, to_wire
from chalicelib.domain.enrolment import Enrolment
from chalicelib.usecases.ports import Case, DueStep


class DynamoEnrolments:
    """The port ``Enrolments``. With fewer ``due_shards`` than before, some would go unread."""

    def __init__(self, table: Table, due_shards: int) -> None:
        self._table = table
        self._due_shards = due_shards

    def load_case(self, member_id: str, journeys: Iterable[str]) -> Case | None:
        """AP6: the profile and the enrolments by one call, each read consistently."""
        wanted = [keys.enrolment(member_id, name, FIRST_ENTRY) for name in dict.fromkeys(journeys)]
        items = self._table.get_many([keys.profile(member_id), *wanted])
        members = [member_of(item) for item in items if item["type"] == "PROFILE"]
        enrolments = [enrolment_of(item) for item in items if item["type"] == "ENROLMENT"]
        if not members:
            return None
        return Case(member=members[0], enrolments={each.journey: each for each in enrolments})

    def load(self, member_id: str, journey: str) -> Enrolment | None:
        """AP9: whether feedback says anything new."""
        item = self._table.get(keys.enrolment(member_id, journey, FIRST_ENTRY))
        return enrolment_of(item) if item else None

    def save(self, enrolment: Enrolment) -> bool:
        """AP7: the claim, the record, and every other step of an enrolment's life."""
        stored = replace(enrolment, version=enrolment.version + 1)
        item = enrolment_item(stored, self._due_shards)
        return self._table.put_version(item, enrolment.version, ENROLMENT_OPTIONAL)

    def due(self, shard: int, until: datetime, limit: int) -> list[DueStep]:
        """AP8: what the tick hands to the senders, page after page up to the limit."""
        found: list[DueStep] = []
        request = self._first_page(shard, until)
        while request and len(found) < limit:
            with aws_answers():
                page = self._table.client.query(**request, Limit=limit - len(found))
            found += [keys.parse_due(item["GSI1SK"]["S"]) for item in page["Items"]]
            last = page.get("LastEvaluatedKey")
            request = {**request, "ExclusiveStartKey": last} if last else {}
        return found

    def every(self, segment: int = 0, segments: int = 1) -> Iterator[Enrolment]:
        """AP10: all enrolments, for folds; segments can be read in parallel."""
        return map(enrolment_of, self._table.scan("ENROLMENT", segment, segments))

    def _first_page(self, shard: int, until: datetime) -> Wire:
        bounds: Item = {":shard": keys.due_shard(shard), ":end": keys.due_after(until)}
        return {
            "TableName": self._table.name,
            "IndexName": "GSI1",
            "KeyConditionExpression": "GSI1PK = :shard AND GSI1SK < :end",
            "ExpressionAttributeValues": to_wire(bounds),
        }
