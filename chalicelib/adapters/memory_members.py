"""Profiles and aliases in dictionaries: the twin of the DynamoDB adapter."""

from collections.abc import Iterator
from dataclasses import replace

from chalicelib.domain.identity import Alias
from chalicelib.domain.member import Member


class MemoryMembers:
    """The port ``Members``."""

    def __init__(self) -> None:
        self._members: dict[str, Member] = {}
        self._owners: dict[Alias, str] = {}

    def member_of(self, alias: Alias) -> str | None:
        return self._owners.get(alias)

    def claim_alias(self, alias: Alias, member_id: str) -> str:
        return self._owners.setdefault(alias, member_id)

    def load(self, member_id: str) -> Member | None:
        return self._members.get(member_id)

    def save(self, member: Member) -> bool:
        stored = self._members.get(member.member_id)
        if member.version != (stored.version if stored else 0):
            return False
        self._members[member.member_id] = replace(member, version=member.version + 1)
        return True

    def every(self) -> Iterator[Member]:
        return iter(list(self._members.values()))
