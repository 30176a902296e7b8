"""What the table of a simulated AWS has taken: read back after every write, below the faults.

It makes the same record of the same run as the stores in memory do.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from chalicelib.adapters.brake_items import pauses_of
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.dynamodb_members import DynamoMembers
from chalicelib.adapters.items import enrolment_of, event_of, grant_of, member_of
from chalicelib.adapters.keys import Key, alias_digest
from chalicelib.adapters.membership_items import membership_of
from chalicelib.adapters.merge_items import stone_of
from chalicelib.adapters.posting_items import posting_of
from chalicelib.adapters.reference_items import reference_of
from chalicelib.adapters.sending_items import count_of
from chalicelib.adapters.tombstone_items import tombstone_of
from chalicelib.adapters.wire import Item, from_wire, to_wire
from chalicelib.domain.brakes import NO_PAUSES, Pauses
from chalicelib.domain.identity import Alias
from chalicelib.simulation.record import Paused, Record, Resumed, Stored

_VALUES: Mapping[str, tuple[str, Any]] = {
    "PROFILE": ("{member_id}", member_of),
    "MERGED": ("{member_id}", stone_of),
    "TOMBSTONE": ("{member_id}", tombstone_of),
    "ENROLMENT": ("{member_id}#{journey}#{entry}", enrolment_of),
    "GRANT": ("{member_id}#{source}", grant_of),
    "EVENT": ("{partner}#{event_id}", event_of),
    "ALIAS": ("{alias_type}#{alias_digest}", lambda item: item["member_id"]),
    "PAUSES": ("", lambda item: pauses_of(item)[0]),
    "COUNT": ("{journey}#{series}#{day}", count_of),
    "POSTING": ("{member_id}#{number}", posting_of),
    "REFERENCE": ("{caller}#{id}", reference_of),
    "MEMBERSHIP": ("{member_id}", membership_of),
}
"""The key and the domain value of each type of item; what is not here is no fact."""


class _Fact(NamedTuple):
    what: str
    key: str
    value: object


class TableTruth:
    """Looks at items that were written, and records those that changed."""

    def __init__(self, table: Table, record: Record) -> None:
        self._table = table
        self._record = record
        self._known: dict[tuple[str, str], _Fact] = {}
        self._names: dict[str, str] = {}

    def learn(self, alias: Alias, secret: bytes) -> None:
        """Remember what a digest stands for: the table does not know, the record has to."""
        self._names[alias_digest(alias, secret)] = alias.value

    def look(self, keys: Iterable[Key]) -> None:
        for key in sorted(keys, key=lambda key: key["SK"] == "MEMBERSHIP"):  # after its postings
            item = self._now_at(key)
            fact = self._fact(item) if item else None
            if fact:
                self._note((key["PK"], key["SK"]), fact)

    def _now_at(self, key: Key) -> Item | None:
        """Read at once: an act that waits here for others could be killed before it is written."""
        answer = self._table.client.get_item(
            TableName=self._table.name, Key=to_wire(key), ConsistentRead=True
        )
        return from_wire(answer["Item"]) if "Item" in answer else None

    def _note(self, place: tuple[str, str], fact: _Fact) -> None:
        known = self._known.get(place)
        if known == fact:
            return
        self._known[place] = fact
        before = known.value if known else None
        if fact.what == "PAUSES":
            before = before or NO_PAUSES
        self._record.add(Stored, what=fact.what, key=fact.key, before=before, after=fact.value)
        if isinstance(before, Pauses) and isinstance(fact.value, Pauses):
            self._note_pauses(before, fact.value)

    def _note_pauses(self, before: Pauses, after: Pauses) -> None:
        for journey in (None, *dict.fromkeys((*before.journeys, *after.journeys))):
            was, now = before.of(journey), after.of(journey)
            if bool(was) != bool(now):
                self._record.add(Paused if now else Resumed, journey=journey)

    def _fact(self, item: Item) -> _Fact | None:
        what = str(item["type"])
        if what not in _VALUES:
            return None
        key, value = _VALUES[what]
        if what == "ALIAS":
            digest = str(item["alias_digest"])
            item = {**item, "alias_digest": self._names.get(digest, digest)}
        return _Fact(what, key.format(**item), value(item))


class NamedMembers:
    """The port ``Members``, which tells the truth the names that are claimed."""

    def __init__(self, inner: DynamoMembers, truth: TableTruth, secret: bytes) -> None:
        self._inner = inner
        self._truth = truth
        self._secret = secret

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the port has
        return getattr(self._inner, name)

    def claim_alias(self, alias: Alias, member_id: str) -> str:
        self._truth.learn(alias, self._secret)
        return self._inner.claim_alias(alias, member_id)
