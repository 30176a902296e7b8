"""Grants in a dictionary: the twin of the DynamoDB adapter."""

from collections.abc import Iterator
from dataclasses import replace

from chalicelib.adapters.memory_members import MemoryMembers
from chalicelib.domain.ledger import Grant


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
            raise LookupError(f"Member {grant.member_id} has no profile to add the grant to")
        balance = member.balances.get(grant.unit, 0) + grant.amount
        self._members.save(replace(member, balances={**member.balances, grant.unit: balance}))
        self._grants[grant.member_id, grant.source] = grant
        return True

    def every(self) -> Iterator[Grant]:
        return iter(list(self._grants.values()))
