"""Ports that write down what their stores have taken: they stand below the faults.

Only real changes are recorded: a condition that did not hold has stored nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from chalicelib.domain.brakes import Pause
from chalicelib.domain.breaker import DayCount
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.gifts import gift_of
from chalicelib.domain.identity import Alias
from chalicelib.domain.ledger import Reference
from chalicelib.domain.member import Member
from chalicelib.domain.merging import MergeStone
from chalicelib.simulation.record import Outdone, Paused, Record, Resumed, Stored
from chalicelib.usecases.membership_ports import Change, ReferenceRecord
from chalicelib.usecases.ports import EventRecord, Receipt


class _Over:
    """A port over another one: what is not said here is the other's."""

    def __init__(self, inner: Any, record: Record) -> None:  # noqa: ANN401 - any store of the port
        self.inner = inner
        self._record = record

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the port has
        return getattr(self.inner, name)

    def _stored(self, what: str, key: str, before: object | None, after: object | None) -> None:
        self._record.add(Stored, what=what, key=key, before=before, after=after)


class TrueMembers(_Over):
    """The port ``Members``."""

    def save(self, member: Member) -> bool:
        before = self.inner.load(member.member_id)
        saved: bool = self.inner.save(member)
        if saved:
            after = self.inner.load(member.member_id)
            self._stored("PROFILE", member.member_id, before, after)
        return saved

    def claim_alias(self, alias: Alias, member_id: str) -> str:
        before = self.inner.member_of(alias)
        owner: str = self.inner.claim_alias(alias, member_id)
        after = self.inner.member_of(alias)
        if after != before:
            self._stored("ALIAS", f"{alias.type}#{alias.value}", before, after)
        return owner

    def erase(self, member_id: str, at: datetime) -> bool:
        before = self._standing(member_id)
        erased: bool = self.inner.erase(member_id, at)
        if before is not None and erased:
            self._stored("TOMBSTONE", member_id, before, self.inner.tombstone(member_id))
        return erased

    def merge(self, survivor: Member, stone: MergeStone) -> bool:
        return self._exchanged(survivor, stone, self.inner.merge)

    def unmerge(self, survivor: Member, absorbed: Member) -> bool:
        return self._exchanged(survivor, absorbed, self.inner.unmerge)

    def _exchanged(
        self, survivor: Member, other: Member | MergeStone, act: Callable[..., bool]
    ) -> bool:
        """Both are changed in one write: a stone takes a profile's place, or gives it back."""
        ids = survivor.member_id, other.member_id
        before = [self._standing(each) for each in ids]
        if not act(survivor, other):
            return False
        for member_id, known in zip(ids, before, strict=True):
            after = self._standing(member_id)
            what = "PROFILE" if isinstance(after, Member) else "MERGED"
            self._stored(what, member_id, known, after)
        return True

    def _standing(self, member_id: str) -> Member | MergeStone | None:
        member: Member | None = self.inner.load(member_id)
        stone: MergeStone | None = self.inner.merge_stone(member_id)
        return member or stone


class TrueEnrolments(_Over):
    """The port ``Enrolments``."""

    def save(self, enrolment: Enrolment) -> bool:
        entry = enrolment.entry
        before = self.inner.load(enrolment.member_id, enrolment.journey, entry)
        saved: bool = self.inner.save(enrolment)
        key = f"{enrolment.member_id}#{enrolment.journey}#{entry}"
        if saved:
            after = self.inner.load(enrolment.member_id, enrolment.journey, entry)
            self._stored("ENROLMENT", key, before, after)
        else:
            self._record.add(Outdone, what="ENROLMENT", key=key)
        return saved


class TrueEvents(_Over):
    """The port ``EventLog``."""

    def receive(self, record: EventRecord) -> Receipt:
        receipt: Receipt = self.inner.receive(record)
        if receipt is Receipt.NEW:
            self._stored("EVENT", f"{record.partner}#{record.event_id}", None, record)
        return receipt

    def conclude(self, record: EventRecord) -> None:
        before = self.inner.find(record.partner, record.event_id)
        self.inner.conclude(record)
        self._stored("EVENT", f"{record.partner}#{record.event_id}", before, record)


class TrueMemberships(_Over):
    """The port ``Memberships``; what is posted changes the profile, too."""

    def __init__(self, inner: Any, record: Record, members: Any) -> None:  # noqa: ANN401
        super().__init__(inner, record)
        self._members = members

    def store(self, change: Change) -> bool:
        member_id = change.membership.member_id
        profile, before = self._members.load(member_id), self.inner.load(member_id)
        postings = [self.inner.posting(member_id, posting.number) for posting in change.postings]
        records = {
            each.reference: self.inner.find(each.reference) for each in (*change.new, *change.known)
        }
        stored: bool = self.inner.store(change)
        if not stored:
            return False
        for known, posting in zip(postings, change.postings, strict=True):
            self._stored("POSTING", f"{member_id}#{posting.number}", known, posting)
            if gift := gift_of(posting):
                self._stored("GRANT", f"{member_id}#{gift.source}", None, gift)
        for reference, known in records.items():
            self._keep(reference, known)
        after = self.inner.load(member_id)
        self._stored("MEMBERSHIP", member_id, before.membership, after.membership)
        if change.member:
            self._stored("PROFILE", member_id, profile, after.member)
        return True

    def remember(self, record: ReferenceRecord) -> bool:
        remembered: bool = self.inner.remember(record)
        if remembered:
            self._keep(record.reference, None)
        return remembered

    def _keep(self, reference: Reference, before: ReferenceRecord | None) -> None:
        key = f"{reference.caller}#{reference.id}"
        self._stored("REFERENCE", key, before, self.inner.find(reference))


class TrueBrakes(_Over):
    """The port ``Brakes``."""

    def pause(self, journey: str | None, pause: Pause) -> bool:
        before = self.inner.pauses()
        paused: bool = self.inner.pause(journey, pause)
        if paused:
            self._stored("PAUSES", "", before, self.inner.pauses())
            self._record.add(Paused, journey=journey)
        return paused

    def resume(self, journey: str | None) -> bool:
        before = self.inner.pauses()
        resumed: bool = self.inner.resume(journey)
        if resumed:
            self._stored("PAUSES", "", before, self.inner.pauses())
            self._record.add(Resumed, journey=journey)
        return resumed


class TrueMailCounts(_Over):
    """The port ``MailCounts``."""

    def add(self, journey: str, series: int, count: DayCount) -> None:
        before = self._of(journey, series, count)
        self.inner.add(journey, series, count)
        after = self._of(journey, series, count)
        self._stored("COUNT", f"{journey}#{series}#{count.day}", before, after)

    def _of(self, journey: str, series: int, count: DayCount) -> DayCount | None:
        days = self.inner.of(journey, series)
        return next((each for each in days if each.day == count.day), None)
