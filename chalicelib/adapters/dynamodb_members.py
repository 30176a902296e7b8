"""Profiles and aliases in DynamoDB. Aliases are stored as keyed digests only."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from chalicelib.adapters import keys
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.dynamodb_pairs import put_both
from chalicelib.adapters.identity_items import (
    FACT_OPTIONAL,
    fact_item,
    fact_of,
    suspect_item,
    suspect_of,
)
from chalicelib.adapters.items import MEMBER_OPTIONAL, alias_item, member_item, member_of
from chalicelib.adapters.merge_items import stone_item, stone_of
from chalicelib.adapters.tombstone_items import (
    is_tombstone,
    tombstone_item,
    tombstone_of,
    tombstone_over,
)
from chalicelib.adapters.wire import Item
from chalicelib.domain.identity import Alias, AliasFact, Suspect
from chalicelib.domain.member import Member, Tombstone
from chalicelib.domain.merging import MergeStone
from chalicelib.usecases.ports import UnavailableError

TRIES = 10
"""How often an item is read again that another writer changed meanwhile."""


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
        """AP2: a name belongs to whom it was given first, for ever: whose it is can be read."""
        if self._table.insert(alias_item(alias, self._alias_secret(), member_id)):
            return member_id
        owner = self.member_of(alias)
        if owner is None:
            raise UnavailableError("a name was there and is gone; try again")
        return owner

    def note_alias(
        self,
        member_id: str,
        alias: Alias,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        verified: bool = False,
    ) -> None:
        """AP36: what is told of a member's name; most are new, and not looked for before."""
        news = AliasFact(
            member_id=member_id,
            type=alias.type,
            digest=keys.alias_digest(alias, self._alias_secret()),
            since=since,
            until=until,
            verified=verified,
        )
        key = keys.member_alias(member_id, news.type, news.digest)
        known: AliasFact | None = None
        for _ in range(TRIES):
            fact = known.told(news) if known else news
            if fact == known:
                return
            item = fact_item(replace(fact, version=fact.version + 1))
            if self._table.put_version(item, fact.version, FACT_OPTIONAL):
                return
            stored = self._table.get(key)
            known = fact_of(stored) if stored else None
        raise UnavailableError("what is known of a name was busy; try again")

    def aliases_of(self, member_id: str) -> list[AliasFact]:
        """AP37: what was noted of a member's names."""
        return [fact_of(item) for item in self._table.of_member(member_id, "ALIAS#")]

    def suspect(self, suspect: Suspect) -> None:
        """AP38: two members may be one; what is kept first stays."""
        self._table.insert(suspect_item(suspect))

    def suspects(self, segment: int = 0, segments: int = 1) -> Iterator[Suspect]:
        """AP39: all members who may be one, for people."""
        return map(suspect_of, self._table.scan("SUSPECT", segment=segment, segments=segments))

    def load(self, member_id: str) -> Member | None:
        """AP3: what is known of a member."""
        item = self._table.get(keys.profile(member_id))
        return member_of(item) if item and item["type"] == "PROFILE" else None

    def save(self, member: Member) -> bool:
        """AP4: store a profile unless another writer was faster."""
        return self._table.put_version(_next(member), member.version, MEMBER_OPTIONAL)

    def erase(self, member_id: str, at: datetime) -> bool:
        """AP20: put a tombstone in the profile's place, with nothing of what stood there."""
        for _ in range(TRIES):
            stored = self._table.get(keys.profile(member_id))
            if stored is None or is_tombstone(stored):
                return stored is not None
            stone = tombstone_over(stored, at)
            if self._table.put_version(tombstone_item(stone), stone.version - 1, tuple(stored)):
                return True
        raise UnavailableError("the member's profile was busy; try again")

    def merge(self, survivor: Member, stone: MergeStone) -> bool:
        """AP40: one profile takes over from another, in whose place a stone stands then."""
        return put_both(self._table, _next(survivor), stone_item(stone))

    def unmerge(self, survivor: Member, absorbed: Member) -> bool:
        """AP41: both profiles are there again."""
        return put_both(self._table, _next(survivor), _next(absorbed))

    def merge_stone(self, member_id: str) -> MergeStone | None:
        """AP42: what is left of a member who was merged into another."""
        item = self._table.get(keys.profile(member_id))
        return stone_of(item) if item and item["type"] == "MERGED" else None

    def resolve(self, member_id: str) -> str:
        """AP43: who the member is now; each merge on the way is one read more."""
        while (item := self._table.get(keys.profile(member_id))) and "merged_into" in item:
            member_id = str(item["merged_into"])
        return member_id

    def is_erased(self, member_id: str) -> bool:
        """AP21: whether a name leads to nobody any more."""
        return is_tombstone(self._table.get(keys.profile(member_id)))

    def tombstone(self, member_id: str) -> Tombstone | None:
        """AP22: what is left of a member who was erased."""
        item = self._table.get(keys.profile(member_id))
        return tombstone_of(item) if item and is_tombstone(item) else None

    def every(self, segment: int = 0, segments: int = 1) -> Iterator[Member]:
        """AP5: all profiles, for audits; segments can be read in parallel."""
        return map(member_of, self._table.scan("PROFILE", segment=segment, segments=segments))


def _next(member: Member) -> Item:
    return member_item(replace(member, version=member.version + 1))
