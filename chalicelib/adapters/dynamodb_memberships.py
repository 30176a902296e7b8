"""Memberships in DynamoDB: a change is one transaction, all of it or nothing.

The due index is the enrolments' own, in partitions of another name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter

from chalicelib.adapters import keys
from chalicelib.adapters.aws_errors import aws_answers
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.dynamodb_transactions import ABSENT, THERE, put, put_over, transact
from chalicelib.adapters.items import member_item, member_of
from chalicelib.adapters.membership_items import membership_item, membership_of
from chalicelib.adapters.posting_items import posting_item, posting_of
from chalicelib.adapters.reference_items import reference_item, reference_of
from chalicelib.adapters.wire import Item, Wire, to_wire
from chalicelib.domain.ledger import Posting, Reference
from chalicelib.domain.member import Member
from chalicelib.domain.membership import Membership
from chalicelib.usecases.membership_ports import Account, Change, ReferenceRecord


class DynamoMemberships:
    """The port ``Memberships``. With fewer ``due_shards`` than before, some would go unread."""

    def __init__(self, table: Table, due_shards: int) -> None:
        self._table = table
        self._due_shards = due_shards

    def load(self, member_id: str) -> Account | None:
        """AP30: all that a posting is judged by; a tombstone stands for an erased member."""
        items = self._table.get_many([keys.profile(member_id), keys.membership(member_id)])
        found = {str(item["type"]): item for item in items}
        return _account_of(member_id, found) if found else None

    def store(self, change: Change) -> bool:
        """AP31: the wallet, the profile, the postings and their references: all or nothing."""
        whose = f"The wallet of {change.membership.member_id}"
        return transact(self._table, self._writes(change), whose)

    def find(self, reference: Reference) -> ReferenceRecord | None:
        """AP32: what became of a reference, a grant of an older release included."""
        item = self._table.get(keys.reference(reference))
        return reference_of(item) if item else None

    def remember(self, record: ReferenceRecord) -> bool:
        """AP33: a refusal is kept, so that its repetition is refused again."""
        return self._table.insert(reference_item(record))

    def posting(self, member_id: str, number: int) -> Posting | None:
        """AP34: what is to be reversed or shown again."""
        item = self._table.get(keys.posting(member_id, number))
        return posting_of(item) if item else None

    def postings(self, member_id: str) -> Iterator[Posting]:
        """AP35: a member's statement, and what the chain is checked by."""
        return map(posting_of, self._table.of_member(member_id, "POSTING#"))

    def due(self, shard: int, until: datetime, limit: int) -> list[str]:
        """AP15: whose lots, reservations or warnings are to be looked at."""
        found = islice(self._due_by(shard, until, limit), limit)
        return [keys.parse_member_due(text) for text in found]

    def every(self, segment: int = 0, segments: int = 1) -> Iterator[Membership]:
        """AP16: all memberships, for folds; segments can be read in parallel."""
        return map(
            membership_of, self._table.scan("MEMBERSHIP", segment=segment, segments=segments)
        )

    def accounts(self, segment: int = 0, segments: int = 1) -> Iterator[Account]:
        """AP47: all profiles and memberships, for folds; segments can be read in parallel."""
        items = self._table.scan("PROFILE", "MEMBERSHIP", segment=segment, segments=segments)
        for _, own in groupby(items, key=itemgetter("PK")):
            found = {str(item["type"]): item for item in own}
            [member_id] = {str(item["member_id"]) for item in found.values()}
            yield _account_of(member_id, found)

    def every_posting(self, segment: int = 0, segments: int = 1) -> Iterator[Posting]:
        """AP24: all postings, for folds; segments can be read in parallel."""
        return map(posting_of, self._table.scan("POSTING", segment=segment, segments=segments))

    def _writes(self, change: Change) -> Iterator[Wire]:
        yield self._put_membership(change.membership)
        if change.member:
            yield self._put_profile(change.member)
        for posting in change.postings:
            yield put(self._table, posting_item(posting), ABSENT)
        for record in change.new:
            yield put(self._table, reference_item(record), ABSENT)
        for record in change.known:
            yield put(self._table, reference_item(record), THERE)

    def _put_membership(self, membership: Membership) -> Wire:
        """Put it over the version that was read, or where there was none."""
        stored = replace(membership, version=membership.version + 1)
        item = membership_item(stored, self._due_shards)
        if not membership.version:
            return put(self._table, item, ABSENT)
        return put_over(self._table, item, membership.version)

    def _put_profile(self, member: Member) -> Wire:
        """A profile is never made here: neither for nobody nor in an erased one's place."""
        item = member_item(replace(member, version=member.version + 1))
        return put_over(self._table, item, member.version)

    def _due_by(self, shard: int, until: datetime, limit: int) -> Iterator[str]:
        bounds: Item = {":shard": keys.member_due_shard(shard), ":end": keys.due_after(until)}
        request: Wire = {
            "TableName": self._table.name,
            "IndexName": "GSI1",
            "KeyConditionExpression": "GSI1PK = :shard AND GSI1SK < :end",
            "ExpressionAttributeValues": to_wire(bounds),
            "Limit": limit,
        }
        while request:
            with aws_answers():
                page = self._table.client.query(**request)
            yield from (item["GSI1SK"]["S"] for item in page["Items"])
            last = page.get("LastEvaluatedKey")
            request = {**request, "ExclusiveStartKey": last} if last else {}


def _account_of(member_id: str, found: Mapping[str, Item]) -> Account:
    """Return the account of a member's items by type; what is not there is not had."""
    profile, stored = found.get("PROFILE"), found.get("MEMBERSHIP")
    return Account(
        member=member_of(profile) if profile else None,
        membership=membership_of(stored) if stored else Membership(member_id=member_id),
    )
