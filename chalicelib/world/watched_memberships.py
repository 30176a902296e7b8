"""Memberships that tell the world when something of a member falls due by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.ledger import Posting, Reference
from chalicelib.domain.membership import Membership
from chalicelib.usecases.membership_ports import Account, Change, Memberships, ReferenceRecord


@dataclass(frozen=True, slots=True)
class WatchedMemberships:
    """The port ``Memberships`` over another one; ``on_due`` hears of every due time stored."""

    inner: Memberships
    on_due: Callable[[datetime], None]

    def load(self, member_id: str) -> Account | None:
        return self.inner.load(member_id)

    def store(self, change: Change) -> bool:
        stored = self.inner.store(change)
        if stored and change.membership.due_at:
            self.on_due(change.membership.due_at)
        return stored

    def find(self, reference: Reference) -> ReferenceRecord | None:
        return self.inner.find(reference)

    def remember(self, record: ReferenceRecord) -> bool:
        return self.inner.remember(record)

    def posting(self, member_id: str, number: int) -> Posting | None:
        return self.inner.posting(member_id, number)

    def postings(self, member_id: str) -> Iterator[Posting]:
        return self.inner.postings(member_id)

    def due(self, shard: int, until: datetime, limit: int) -> list[str]:
        return self.inner.due(shard, until, limit)

    def every(self) -> Iterator[Membership]:
        return self.inner.every()

    def accounts(self) -> Iterator[Account]:
        return self.inner.accounts()

    def every_posting(self) -> Iterator[Posting]:
        return self.inner.every_posting()
