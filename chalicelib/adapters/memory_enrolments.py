"""Enrolments in dictionaries, and what is due in one sorted list a shard.

The twin of the DynamoDB adapter: the lists hold the very keys of its index, so the order is
the same by construction.
"""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice

from chalicelib.adapters import keys
from chalicelib.adapters.items import due_index, enrolment_key
from chalicelib.adapters.memory_brakes import MemoryBrakes
from chalicelib.adapters.memory_members import MemoryMembers
from chalicelib.domain.enrolment import Enrolment
from chalicelib.usecases.ports import Case, DueStep

_Key = tuple[str, str]


class MemoryEnrolments:
    """The port ``Enrolments``."""

    def __init__(
        self, members: MemoryMembers, due_shards: int, brakes: MemoryBrakes | None = None
    ) -> None:
        self._members = members
        self._brakes = brakes or MemoryBrakes()
        self._due_shards = due_shards
        self._enrolments: dict[_Key, Enrolment] = {}
        self._indexed: dict[_Key, dict[str, str]] = {}
        self._due: dict[str, list[str]] = {keys.due_shard(shard): [] for shard in range(due_shards)}

    def load_case(self, member_id: str, journeys: Iterable[str]) -> Case | None:
        found = {name: self.load(member_id, name) for name in journeys}
        enrolments = {name: each for name, each in found.items() if each}
        member = self._members.load(member_id)
        if member is None:
            return None
        return Case(member=member, enrolments=enrolments, pauses=self._brakes.pauses())

    def load(self, member_id: str, journey: str, entry: int | None = None) -> Enrolment | None:
        current = self._enrolments.get(_place(keys.enrolment(member_id, journey)))
        if current is None or entry in {None, current.entry}:
            return current
        former = keys.enrolment(member_id, journey, entry or 0)
        return self._enrolments.get(_place(former))

    def follow(self, former: Enrolment, fresh: Enrolment) -> bool:
        kept = _place(enrolment_key(former))
        if kept in self._enrolments or not self.save(fresh):
            return False
        self._enrolments[kept] = former
        return True

    def save(self, enrolment: Enrolment) -> bool:
        key = _place(enrolment_key(enrolment))
        stored = self._enrolments.get(key)
        if enrolment.version != (stored.version if stored else 0):
            return False
        self._index(key, enrolment)
        self._enrolments[key] = replace(enrolment, version=enrolment.version + 1)
        return True

    def due(
        self, shard: int, until: datetime, limit: int, without: Collection[str] = ()
    ) -> list[DueStep]:
        line = self._due[keys.due_shard(shard)]
        end = bisect_left(line, keys.due_after(until))
        wanted = (text for text in line[:end] if keys.journey_due(text) not in without)
        return [keys.parse_due(text) for text in islice(wanted, limit)]

    def of(self, member_id: str) -> list[Enrolment]:
        return [
            each for key, each in sorted(self._enrolments.items()) if each.member_id == member_id
        ]

    def every(self) -> Iterator[Enrolment]:
        return iter(list(self._enrolments.values()))

    def _index(self, key: _Key, enrolment: Enrolment) -> None:
        before = self._indexed.get(key, {})
        after = due_index(enrolment, self._due_shards)
        if before:
            line = self._due[before["GSI1PK"]]
            del line[bisect_left(line, before["GSI1SK"])]
        if after:
            insort(self._due[after["GSI1PK"]], after["GSI1SK"])
        self._indexed[key] = after


def _place(key: keys.Key) -> _Key:
    return key["PK"], key["SK"]
