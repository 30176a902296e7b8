"""The port for what members have: wallets, postings, and the references they were asked for by.

What is common to all ports is told in ``ports``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chalicelib.domain.earning import Standpoint
from chalicelib.domain.ledger import NOTHING, LedgerRefusal, Posting, Reference
from chalicelib.domain.member import Member
from chalicelib.domain.membership import Membership
from chalicelib.domain.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRecord:
    """What became of what a caller asked for under a reference: kept for ever.

    ``body_hash`` tells a repetition from another request. ``number`` is that of the posting (0:
    none), or there is a ``refusal``. ``reversed`` is what reversals took back so far, in amounts
    of units, and ``uncounted`` what they took off the tallies. Of a transaction ``returned`` is how
    many of each line came back, and ``judged_by`` what else it was judged by.
    """

    reference: Reference
    member_id: str
    body_hash: str
    kept_at: datetime
    number: int = 0
    refusal: LedgerRefusal | None = None
    reversed: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    uncounted: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    transaction: Transaction | None = None
    judged_by: Standpoint | None = None
    returned: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All that a posting is judged by. ``member`` is None for one who was erased."""

    member: Member | None
    membership: Membership


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is stored together or not at all.

    ``membership`` and ``member`` have the versions that they were read with; ``member`` None leaves
    the profile alone. ``new`` records must not be there yet, ``known`` ones must.
    """

    membership: Membership
    member: Member | None = None
    postings: Sequence[Posting] = ()
    new: Sequence[ReferenceRecord] = ()
    known: Sequence[ReferenceRecord] = ()


class Memberships(Protocol):
    """What members have. No item is written by postings of different members."""

    def load(self, member_id: str) -> Account | None:
        """Read profile and membership consistently; None when neither is there.

        Who has a profile and no membership yet has an empty one.
        """
        ...

    def store(self, change: Change) -> bool:
        """Store all of it, or nothing: False when another writer was quicker."""
        ...

    def find(self, reference: Reference) -> ReferenceRecord | None:
        """Read consistently what became of a reference."""
        ...

    def remember(self, record: ReferenceRecord) -> bool:
        """Keep a refusal; False when the reference stands for something already."""
        ...

    def posting(self, member_id: str, number: int) -> Posting | None:
        """Read one posting consistently."""
        ...

    def postings(self, member_id: str) -> Iterator[Posting]:
        """Read a member's postings consistently, in the order of their numbers."""
        ...

    def due(self, shard: int, until: datetime, limit: int) -> list[str]:
        """Return members of whom something is due by ``until``, the longest overdue first.

        The index may lag behind; the membership itself has the say.
        """
        ...

    def every(self) -> Iterator[Membership]:
        """Read all memberships, in no order; for folds."""
        ...

    def accounts(self) -> Iterator[Account]:
        """Read whoever has a profile or a membership, in no order; for folds, not for changes."""
        ...

    def every_posting(self) -> Iterator[Posting]:
        """Read all postings, in no order; for folds."""
        ...
