"""Memberships in dictionaries, and what is due in one sorted list a shard.

The twin of the DynamoDB adapter: the lists hold the very keys of its index, so the order is
the same by construction.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from chalicelib.adapters import keys
from chalicelib.adapters.membership_items import due_index
from chalicelib.adapters.memory_members import MemoryMembers
from chalicelib.domain.ledger import Posting, Reference
from chalicelib.domain.member import Member
from chalicelib.domain.membership import Membership
from chalicelib.usecases.membership_ports import Account, Change, ReferenceRecord


class MemoryMemberships:
    """The port ``Memberships``."""

    def __init__(self, members: MemoryMembers, due_shards: int) -> None:
        self._members = members
        self._due_shards = due_shards
        self._memberships: dict[str, Membership] = {}
        self._postings: defaultdict[str, dict[int, Posting]] = defaultdict(dict)
        self._records: dict[Reference, ReferenceRecord] = {}
        self._indexed: dict[str, dict[str, str]] = {}
        self._due: dict[str, list[str]] = {
            keys.member_due_shard(shard): [] for shard in range(due_shards)
        }

    def load(self, member_id: str) -> Account | None:
        member, stored = self._members.load(member_id), self._memberships.get(member_id)
        if not (member or stored or self._members.is_erased(member_id)):
            return None
        return Account(member=member, membership=stored or Membership(member_id=member_id))

    def store(self, change: Change) -> bool:
        if not self._may_store(change):
            return False
        if change.member:
            self._members.save(change.member)
        self._put(replace(change.membership, version=change.membership.version + 1))
        for posting in change.postings:
            self._postings[posting.member_id][posting.number] = posting
        self._records |= {each.reference: each for each in (*change.new, *change.known)}
        return True

    def find(self, reference: Reference) -> ReferenceRecord | None:
        return self._records.get(reference)

    def remember(self, record: ReferenceRecord) -> bool:
        if record.reference in self._records:
            return False
        self._records[record.reference] = record
        return True

    def posting(self, member_id: str, number: int) -> Posting | None:
        return self._postings[member_id].get(number)

    def postings(self, member_id: str) -> Iterator[Posting]:
        return iter([posting for _, posting in sorted(self._postings[member_id].items())])

    def due(self, shard: int, until: datetime, limit: int) -> list[str]:
        line = self._due[keys.member_due_shard(shard)]
        end = bisect_left(line, keys.due_after(until))
        return [keys.parse_member_due(text) for text in line[: min(end, limit)]]

    def every(self) -> Iterator[Membership]:
        return iter(list(self._memberships.values()))

    def accounts(self) -> Iterator[Account]:
        known = {member.member_id: None for member in self._members.every()} | self._memberships
        return iter([account for member_id in known if (account := self.load(member_id))])

    def every_posting(self) -> Iterator[Posting]:
        return iter([each for postings in self._postings.values() for each in postings.values()])

    def _may_store(self, change: Change) -> bool:
        """Tell whether every condition of the DynamoDB adapter's one transaction holds."""
        stored = self._memberships.get(change.membership.member_id)
        return (
            change.membership.version == (stored.version if stored else 0)
            and (change.member is None or self._has_version(change.member))
            and not any(self.posting(each.member_id, each.number) for each in change.postings)
            and all(each.reference not in self._records for each in change.new)
            and all(each.reference in self._records for each in change.known)
        )

    def _has_version(self, member: Member) -> bool:
        stored = self._members.load(member.member_id)
        return stored is not None and stored.version == member.version

    def _put(self, membership: Membership) -> None:
        before = self._indexed.get(membership.member_id, {})
        after = due_index(membership, self._due_shards)
        if before:
            line = self._due[before["GSI1PK"]]
            del line[bisect_left(line, before["GSI1SK"])]
        if after:
            insort(self._due[after["GSI1PK"]], after["GSI1SK"])
        self._indexed[membership.member_id] = after
        self._memberships[membership.member_id] = membership
