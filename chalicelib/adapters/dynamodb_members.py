"""Profiles and aliases in DynamoDB. Aliases are stored as keyed digests only."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from chalicelib.adapters import keys
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.items import MEMBER_OPTIONAL, alias_item, member_item, member_of
from chalicelib.domain.identity import Alias
from chalicelib.domain.member import Member


class DynamoMembers:
    """The port ``Members``.

    ``alias_secret`` is asked for when a name is looked up, so that functions that look up none
    need not know it. It can't change: all aliases would be lost.
    """

    def __init__(self, table: Table, alias_secret: Callable[[], bytes]) -> None:
        self._table = table
        self._alias_secret = alias_secret

    def member_of(self, alias: Alias) -> str | None:
        """AP1: who is meant by a card, an address or a phone."""
        item = self._table.get(keys.alias(alias, self._alias_secret()))
        return str(item["member_id"]) if item else None

    def claim_alias(self, alias: Alias, member_id: str) -> str:
        """AP2: a name belongs to whom it was given first."""
        item = alias_item(alias, self._alias_secret(), member_id)
        owned = self._table.put_new(item)
        return str(owned["member_id"]) if owned else member_id

    def load(self, member_id: str) -> Member | None:
        """AP3: what is known of a member."""
        item = self._table.get(keys.profile(member_id))
        return member_of(item) if item else None

    def save(self, member: Member) -> bool:
        """AP4: store a profile unless another writer was faster."""
        item = member_item(replace(member, version=member.version + 1))
        return self._table.put_version(item, member.version, MEMBER_OPTIONAL)

    def every(self, segment: int = 0, segments: int = 1) -> Iterator[Member]:
        """AP5: all profiles, for audits; segments can be read in parallel."""
        return map(member_of, self._table.scan("PROFILE", segment, segments))
