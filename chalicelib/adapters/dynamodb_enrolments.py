"""Enrolments in DynamoDB, and the sparse index of those that are due.

The index is spread over shards by member, so that one busy minute doesn't meet the limit of
one partition: an index that can't keep up throttles the writes of the table itself.
"""

from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from itertools import islice

from chalicelib.adapters import keys
from chalicelib.adapters.aws_errors import aws_answers
from chalicelib.adapters.brake_items import pauses_of
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.dynamodb_transactions import ABSENT, put, put_over, transact
from chalicelib.adapters.items import (
    ENROLMENT_OPTIONAL,
    enrolment_item,
    enrolment_of,
    member_of,
)
from chalicelib.adapters.wire import Item, Wire, to_wire
from chalicelib.domain.brakes import NO_PAUSES
from chalicelib.domain.enrolment import Enrolment
from chalicelib.usecases.ports import Case, DueStep


class DynamoEnrolments:
    """The port ``Enrolments``. With fewer ``due_shards`` than before, some would go unread."""

    def __init__(self, table: Table, due_shards: int) -> None:
        self._table = table
        self._due_shards = due_shards

    def load_case(self, member_id: str, journeys: Iterable[str]) -> Case | None:
        """AP6: two calls, for a batch of reads is no snapshot: the order has to be ours."""
        enrolments = self._current(member_id, set(journeys))
        items = self._table.get_many([keys.profile(member_id), keys.pauses()])
        members = [member_of(item) for item in items if item["type"] == "PROFILE"]
        pauses = [pauses_of(item)[0] for item in items if item["type"] == "PAUSES"]
        if not members:
            return None
        return Case(
            member=members[0],
            enrolments=enrolments,
            pauses=pauses[0] if pauses else NO_PAUSES,
        )

    def _current(self, member_id: str, journeys: AbstractSet[str]) -> dict[str, Enrolment]:
        """Read one by its key; several by a query, which costs nothing for those there are not."""
        if len(journeys) == 1:
            items = self._table.get_many([keys.enrolment(member_id, name) for name in journeys])
        else:
            items = list(self._table.of_member(member_id, "ENROLMENT#"))
        found = map(enrolment_of, items)
        return {each.journey: each for each in found if each.journey in journeys}

    def load(self, member_id: str, journey: str, entry: int | None = None) -> Enrolment | None:
        """AP9: whether feedback says anything new; a former entry costs a second read."""
        current = self._read(keys.enrolment(member_id, journey))
        if current is None or entry in {None, current.entry}:
            return current
        return self._read(keys.enrolment(member_id, journey, entry or 0))

    def _read(self, key: keys.Key) -> Enrolment | None:
        item = self._table.get(key)
        return enrolment_of(item) if item else None

    def save(self, enrolment: Enrolment) -> bool:
        """AP7: the claim, the record, and every other step of an enrolment's life."""
        stored = replace(enrolment, version=enrolment.version + 1)
        item = enrolment_item(stored, self._due_shards)
        return self._table.put_version(item, enrolment.version, ENROLMENT_OPTIONAL)

    def follow(self, former: Enrolment, fresh: Enrolment) -> bool:
        """AP46: an entry takes the former one's place, which is kept: both, or nothing."""
        stored = replace(fresh, version=fresh.version + 1)
        kept = enrolment_item(former, self._due_shards)
        taking = enrolment_item(stored, self._due_shards)
        puts = [put(self._table, kept, ABSENT), put_over(self._table, taking, fresh.version)]
        return transact(self._table, puts, f"The journeys of {former.member_id}")

    def due(
        self, shard: int, until: datetime, limit: int, without: Collection[str] = ()
    ) -> list[DueStep]:
        """AP8: what the tick hands to the senders, page after page up to the limit."""
        found = islice(self._due_by(shard, until, limit, without), limit)
        return [keys.parse_due(text) for text in found]

    def _due_by(
        self, shard: int, until: datetime, limit: int, without: Collection[str]
    ) -> Iterator[str]:
        """Yield the index's keys; DynamoDB can't leave out what a paused journey has in it.

        Where a page has some of those, many follow: the pages after it are as large as can be.
        """
        request = {**self._first_page(shard, until), "Limit": limit}
        while request:
            with aws_answers():
                page = self._table.client.query(**request)
            texts = [item["GSI1SK"]["S"] for item in page["Items"]]
            wanted = [text for text in texts if keys.journey_due(text) not in without]
            yield from wanted
            if len(wanted) < len(texts):
                request.pop("Limit", None)
            last = page.get("LastEvaluatedKey")
            request = {**request, "ExclusiveStartKey": last} if last else {}

    def of(self, member_id: str) -> list[Enrolment]:
        """AP23: every journey of a member, also those that the programme has no more."""
        places = ("ENROLMENT#", "FORMER#")
        return [
            enrolment_of(item) for at in places for item in self._table.of_member(member_id, at)
        ]

    def every(self, segment: int = 0, segments: int = 1) -> Iterator[Enrolment]:
        """AP10: all enrolments, for folds; segments can be read in parallel."""
        return map(enrolment_of, self._table.scan("ENROLMENT", segment=segment, segments=segments))

    def _first_page(self, shard: int, until: datetime) -> Wire:
        bounds: Item = {":shard": keys.due_shard(shard), ":end": keys.due_after(until)}
        return {
            "TableName": self._table.name,
            "IndexName": "GSI1",
            "KeyConditionExpression": "GSI1PK = :shard AND GSI1SK < :end",
            "ExpressionAttributeValues": to_wire(bounds),
        }
