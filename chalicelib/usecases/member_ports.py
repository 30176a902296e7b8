"""The port for who the members are; what is common to all ports is told in ``ports``.

It is the only one through which personal data is stored, and the one through which it goes.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from chalicelib.domain.identity import Alias, AliasFact, Suspect
from chalicelib.domain.member import Member, Tombstone
from chalicelib.domain.merging import MergeStone


class Members(Protocol):
    """Profiles, and the aliases that lead to them."""

    def member_of(self, alias: Alias) -> str | None:
        """Return the id of the member who owns the alias, read consistently."""
        ...

    def claim_alias(self, alias: Alias, member_id: str) -> str:
        """Give the alias to the member unless it is owned; return who owns it now."""
        ...

    def note_alias(
        self,
        member_id: str,
        alias: Alias,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        verified: bool = False,
    ) -> None:
        """Keep what was told of a member's name, together with what is known of it already.

        ``AliasFact.told`` says how.
        """
        ...

    def aliases_of(self, member_id: str) -> list[AliasFact]:
        """Read what was noted of a member's names, in no order."""
        ...

    def suspect(self, suspect: Suspect) -> None:
        """Keep that two members may be one; the first time of each kind of name stays."""
        ...

    def suspects(self) -> Iterator[Suspect]:
        """Read all that is suspected, in no order; for people."""
        ...

    def load(self, member_id: str) -> Member | None:
        """Read the profile consistently; None for nobody, and for a member who was erased."""
        ...

    def save(self, member: Member) -> bool:
        """Store the profile with the next version; False when its version is not the stored."""
        ...

    def erase(self, member_id: str, at: datetime) -> bool:
        """Put a tombstone in the profile's place; True: one stands there, False: nobody ever did.

        In the place of one who was merged into another, too, with nothing of what stood there.
        Aliases stay and lead to the tombstone, and no profile is stored over it any more.
        """
        ...

    def merge(self, survivor: Member, stone: MergeStone) -> bool:
        """Store the survivor, and the stone in the absorbed profile's place: both, or neither.

        False when one of them is not stored in the version before: that of the survivor, and the
        one before the stone's. Aliases stay, and lead to the stone.
        """
        ...

    def unmerge(self, survivor: Member, absorbed: Member) -> bool:
        """Store the survivor, and the profile in the stone's place: both, or neither.

        False when one of them is not stored in the version that it has.
        """
        ...

    def merge_stone(self, member_id: str) -> MergeStone | None:
        """Read consistently what stands for a member who was merged into another; else None."""
        ...

    def resolve(self, member_id: str) -> str:
        """Return, read consistently, who the member is now: the id itself unless it was merged.

        That a merged one was erased since, changes nothing about it.
        """
        ...

    def is_erased(self, member_id: str) -> bool:
        """Tell, consistently, whether the member was erased."""
        ...

    def tombstone(self, member_id: str) -> Tombstone | None:
        """Read consistently what is left of an erased member; None for all others."""
        ...

    def every(self) -> Iterator[Member]:
        """Read all profiles, in no order; for the audit and for people, never on the way."""
        ...
