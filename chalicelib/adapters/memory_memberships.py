"""Memberships, postings and references in dictionaries: the twin of the DynamoDB adapter."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from chalicelib.adapters import keys
from chalicelib.adapters.memory_members import MemoryMembers
from chalicelib.domain.ledger import Posting, Reference
from chalicelib.domain.membership import Membership
from chalicelib.usecases.membership_ports import Account, Change, ReferenceRecord


class MemoryMemberships:
    """The port ``Memberships``."""

    def __init__(self, members: MemoryMembers, due_shards: int) -> None:
        self._members = members
        self._due_shards = due_shards
        self._memberships: dict[str, Membership] = {}
        self._postings: dict[str, dict[int, Posting]] = {}
        self._references: dict[Reference, ReferenceRecord] = {}
        self._due: dict[int, list[tuple[str, str]]] = {shard: [] for shard in range(due_shards)}

    def load(self, member_id: str) -> Account | None:
        member = self._members.load(member_id)
        stored = self._memberships.get(member_id)
        if member is None and stored is None:
            return None
        return Account(member=member, membership=stored or Membership(member_id=member_id))

    def store(self, change: Change) -> bool:
        if not self._may_be_stored(change):
            return False
        if change.member and not self._members.save(change.member):
            return False
        membership = change.membership
        self._index(self._memberships.get(membership.member_id), membership)
        self._memberships[membership.member_id] = replace(
            membership, version=membership.version + 1
        )
        for posting in change.postings:
            self._postings.setdefault(posting.member_id, {})[posting.number] = posting
        self._references |= {record.reference: record for record in (*change.new, *change.known)}
        return True

    def find(self, reference: Reference) -> ReferenceRecord | None:
        return self._references.get(reference)

    def remember(self, record: ReferenceRecord) -> bool:
        return self._references.setdefault(record.reference, record) is record

    def posting(self, member_id: str, number: int) -> Posting | None:
        return self._postings.get(member_id, {}).get(number)

    def postings(self, member_id: str) -> Iterator[Posting]:
        numbered = self._postings.get(member_id, {})
        return iter([numbered[number] for number in sorted(numbered)])

    def due(self, shard: int, until: datetime, limit: int) -> list[str]:
        line = self._due[shard]
        end = bisect_left(line, (keys.due_after(until), ""))
        return [member_id for _, member_id in line[:end][:limit]]

    def every(self) -> Iterator[Membership]:
        return iter(list(self._memberships.values()))

    def every_posting(self) -> Iterator[Posting]:
        return iter([each for own in self._postings.values() for each in own.values()])

    def _may_be_stored(self, change: Change) -> bool:
        membership = change.membership
        stored = self._memberships.get(membership.member_id)
        numbered = self._postings.get(membership.member_id, {})
        profile = change.member and self._members.load(change.member.member_id)
        return (
            membership.version == (stored.version if stored else 0)
            and not (change.member and (not profile or profile.version != change.member.version))
            and not any(posting.number in numbered for posting in change.postings)
            and not any(record.reference in self._references for record in change.new)
            and all(record.reference in self._references for record in change.known)
        )

    def _index(self, before: Membership | None, after: Membership) -> None:
        line = self._due[keys.shard_of(after.member_id, self._due_shards)]
        if before and before.due_at:
            entry = (keys.time_text(before.due_at), before.member_id)
            del line[bisect_left(line, entry)]
        if after.due_at:
            insort(line, (keys.time_text(after.due_at), after.member_id))
