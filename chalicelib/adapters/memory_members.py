"""Profiles and aliases in dictionaries: the twin of the DynamoDB adapter."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from chalicelib.adapters import keys
from chalicelib.domain.identity import Alias, AliasFact, AliasType, Suspect
from chalicelib.domain.member import Member, Tombstone
from chalicelib.domain.merging import MergeStone

_SECRET = b"there is none in memory"


class MemoryMembers:
    """The port ``Members``."""

    def __init__(self) -> None:
        self._members: dict[str, Member | MergeStone | Tombstone] = {}
        self._owners: dict[Alias, str] = {}
        self._facts: dict[tuple[str, Alias], AliasFact] = {}
        self._suspects: dict[tuple[str, str, AliasType], Suspect] = {}

    def member_of(self, alias: Alias) -> str | None:
        return self._owners.get(alias)

    def claim_alias(self, alias: Alias, member_id: str) -> str:
        return self._owners.setdefault(alias, member_id)

    def note_alias(
        self,
        member_id: str,
        alias: Alias,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        verified: bool = False,
    ) -> None:
        digest = keys.alias_digest(alias, _SECRET)
        known = self._facts.get((member_id, alias))
        news = AliasFact(
            member_id=member_id,
            type=alias.type,
            digest=digest,
            since=since,
            until=until,
            verified=verified,
        )
        fact = known.told(news) if known else news
        if fact != known:
            self._facts[member_id, alias] = replace(fact, version=fact.version + 1)

    def aliases_of(self, member_id: str) -> list[AliasFact]:
        return [fact for (owner, _), fact in self._facts.items() if owner == member_id]

    def suspect(self, suspect: Suspect) -> None:
        key = (suspect.member_id, suspect.other, suspect.type)
        self._suspects.setdefault(key, suspect)

    def suspects(self) -> Iterator[Suspect]:
        return iter(list(self._suspects.values()))

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
        if isinstance(stored, Member | MergeStone):
            self._members[member_id] = Tombstone(
                member_id=member_id,
                erased_at=at,
                version=stored.version + 1,
                absorbed=tuple(sorted(stored.absorbed)) if isinstance(stored, Member) else (),
                into=stored.into if isinstance(stored, MergeStone) else "",
            )
        return stored is not None

    def merge(self, survivor: Member, stone: MergeStone) -> bool:
        return self._replace(survivor, replace(stone, version=stone.version - 1))

    def unmerge(self, survivor: Member, absorbed: Member) -> bool:
        return self._replace(survivor, absorbed)

    def _replace(self, *both: Member | MergeStone) -> bool:
        stored = [self._members.get(each.member_id) for each in both]
        known = [each.version if each else 0 for each in stored]
        if known != [each.version for each in both]:
            return False
        for each in both:
            self._members[each.member_id] = replace(each, version=each.version + 1)
        return True

    def merge_stone(self, member_id: str) -> MergeStone | None:
        stored = self._members.get(member_id)
        return stored if isinstance(stored, MergeStone) else None

    def resolve(self, member_id: str) -> str:
        while isinstance(stored := self._members.get(member_id), MergeStone | Tombstone):
            if not stored.into:
                break
            member_id = stored.into
        return member_id

    def is_erased(self, member_id: str) -> bool:
        return self.tombstone(member_id) is not None

    def tombstone(self, member_id: str) -> Tombstone | None:
        stored = self._members.get(member_id)
        return stored if isinstance(stored, Tombstone) else None

    def every(self) -> Iterator[Member]:
        return iter([each for each in self._members.values() if isinstance(each, Member)])
