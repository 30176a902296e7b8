"""Profiles and aliases in dictionaries: the twin of the DynamoDB adapter."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.identity import Alias
from chalicelib.domain.member import Member, Tombstone


class MemoryMembers:
    """The port ``Members``."""

    def __init__(self) -> None:
        self._members: dict[str, Member | Tombstone] = {}
        self._owners: dict[Alias, str] = {}

    def member_of(self, alias: Alias) -> str | None:
        return self._owners.get(alias)

    def claim_alias(self, alias: Alias, member_id: str) -> str:
        return self._owners.setdefault(alias, member_id)

    def load(self, member_id: str) -> Member | None:
        stored = self._members.get(member_id)
        return stored if isinstance(stored, Member) else None

    def save(self, member: Member) -> bool:
        stored = self._members.get(member.member_id)
        if member.version != (stored.version if stored else 0):
            return False
        self._members[member.member_id] = replace(member, version=member.version + 1)
        return True

    def erase(self, member_id: str, at: datetime) -> bool:
        stored = self._members.get(member_id)
        if isinstance(stored, Member):
            stone = Tombstone(member_id=member_id, erased_at=at, version=stored.version + 1)
            self._members[member_id] = stone
        return stored is not None

    def is_erased(self, member_id: str) -> bool:
        return self.tombstone(member_id) is not None

    def tombstone(self, member_id: str) -> Tombstone | None:
        stored = self._members.get(member_id)
        return stored if isinstance(stored, Tombstone) else None

    def every(self) -> Iterator[Member]:
        return iter([each for each in self._members.values() if isinstance(each, Member)])
