"""What a member was granted, and what becomes of it: redeemed, given back, revoked.

A grant stands for itself: what it is worth does not change with the programme that gave it. A
reference is a caller's own name for one use of one grant; asked twice, it counts once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType

MOST_REMEMBERED = 32
"""How many references are known of uses that need not be counted any more."""


class BenefitRefusal(StrEnum):
    """Why a benefit was not redeemed, or a use not given back."""

    NOT_GRANTED = "not_granted"
    """The member has no such benefit."""
    REVOKED = "revoked"
    """The member had it and has lost it."""
    EXPIRED = "expired"
    """Its last day is over."""
    USED_UP = "used_up"
    """It was redeemed as often as it could be."""
    GIVEN_BACK = "given_back"
    """This use was taken back; another one needs another reference."""
    NOT_USED = "not_used"
    """There was no such use, or it is too long ago to be known."""


class RevokeReason(StrEnum):
    """Why somebody has lost a benefit before its end."""

    TIER_LOST = "tier_lost"
    """The tier that it came with; who reaches it again is granted the benefit again."""
    BY_HAND = "by_hand"
    """Somebody took it away, for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitGrant:
    """One promise of a benefit, kept: ``key`` names it, derived from what it was given for.

    ``promise`` is the key without the number that tells what was granted again after a loss.
    ``uses`` is how often it may be used (None: always), ``used`` by reference the day of each use.
    """

    benefit: str
    key: str
    promise: str
    granted_on: date
    valid_through: date | None = None
    uses: int | None = None
    used: Mapping[str, date] = field(default_factory=lambda: MappingProxyType({}))
    given_back: tuple[str, ...] = ()
    revoked_on: date | None = None
    reason: RevokeReason | None = None

    @property
    def uses_left(self) -> int | None:
        return None if self.uses is None else max(self.uses - len(self.used), 0)

    def is_over(self, today: date) -> bool:
        """Tell whether it can never be used again, not even after something is given back."""
        return self.revoked_on is not None or self.has_expired(today)

    def has_expired(self, today: date) -> bool:
        return self.valid_through is not None and self.valid_through < today

    def is_live(self, today: date) -> bool:
        return not self.is_over(today) and self.uses_left != 0

    def knows(self, reference: str) -> bool:
        return reference in self.used or reference in self.given_back


def redeem(
    grant: BenefitGrant | None, reference: str, today: date
) -> BenefitGrant | BenefitRefusal:
    """Use the benefit once. A use that was made already stands, whatever has happened since."""
    if grant is None:
        return BenefitRefusal.NOT_GRANTED
    if reference in grant.used:
        return grant
    return _refusal(grant, reference, today) or replace(grant, used=_used(grant, reference, today))


def give_back(grant: BenefitGrant | None, reference: str) -> BenefitGrant | BenefitRefusal:
    """Take a use back, once; it is as if it had not been, but its reference is used up."""
    if grant is None:
        return BenefitRefusal.NOT_GRANTED
    if reference in grant.given_back:
        return grant
    if reference not in grant.used:
        return BenefitRefusal.NOT_USED
    used = {name: on for name, on in grant.used.items() if name != reference}
    return replace(grant, used=used, given_back=(*grant.given_back, reference)[-MOST_REMEMBERED:])


def revoke(grant: BenefitGrant, reason: RevokeReason, today: date) -> BenefitGrant:
    """End the grant; what ended before keeps its own end."""
    return grant if grant.is_over(today) else replace(grant, revoked_on=today, reason=reason)


def grant_to_redeem(
    grants: Iterable[BenefitGrant], benefit: str, reference: str, today: date
) -> BenefitGrant | None:
    """Return the grant that a use is of: the one it was of, or the one that ends first.

    Where nothing can be used, the last one, which says why.
    """
    own = sorted(
        (grant for grant in grants if grant.benefit == benefit),
        key=lambda grant: (grant.granted_on, grant.key),
    )
    known = [grant for grant in own if grant.knows(reference)]
    live = sorted(
        (grant for grant in own if grant.is_live(today)),
        key=lambda grant: grant.valid_through or date.max,
    )
    return next(iter([*known, *live, *reversed(own)]), None)


def _refusal(grant: BenefitGrant, reference: str, today: date) -> BenefitRefusal | None:
    if reference in grant.given_back:
        return BenefitRefusal.GIVEN_BACK
    if grant.revoked_on is not None:
        return BenefitRefusal.REVOKED
    if grant.has_expired(today):
        return BenefitRefusal.EXPIRED
    return BenefitRefusal.USED_UP if grant.uses_left == 0 else None


def _used(grant: BenefitGrant, reference: str, today: date) -> dict[str, date]:
    """Add a use; of what may be used always the oldest is forgotten, so that there is an end."""
    used = dict(grant.used)
    if grant.uses is None and len(used) >= MOST_REMEMBERED:
        del used[min(used, key=lambda name: (used[name], name))]
    return {**used, reference: today}
