"""Grants in a dictionary: the twin of the DynamoDB adapter."""

from collections.abc import Iterator

from chalicelib.adapters.memory_members import MemoryMembers
from chalicelib.domain.gifts import Grant


class MemoryGrants:
    """The port ``Grants``."""

    def __init__(self, members: MemoryMembers) -> None:
        self._members = members
        self._grants: dict[tuple[str, str], Grant] = {}

    def grant(self, grant: Grant) -> bool:
        if (grant.member_id, grant.source) in self._grants:
            return False
        member = self._members.load(grant.member_id)
        if member is None:
            return False
        self._members.save(member.with_grant(grant.unit, grant.amount))
        self._grants[grant.member_id, grant.source] = grant
        return True

    def of(self, member_id: str) -> list[Grant]:
        return [grant for (owner, _), grant in sorted(self._grants.items()) if owner == member_id]

    def every(self) -> Iterator[Grant]:
        return iter(list(self._grants.values()))
