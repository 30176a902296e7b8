"""What the programme owes a member, and what it has to tell: one value beside the profile.

It names nobody, so it outlives the profile. It changes by postings, by judgements and by days; each
change is stored together with its postings, under the version that it was made from.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType

from chalicelib.domain.benefit_grants import BenefitGrant
from chalicelib.domain.ledger_wallet import EMPTY, Wallet
from chalicelib.domain.news import News
from chalicelib.domain.tier_judge import TierStanding

MOST_NEWS = 32
"""More than a member can have in one day: what comes on top is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """``standing`` is the tier, once a programme has judged it, ``benefits`` has grants by key.

    ``news`` are still to be told. ``warned`` is, by unit, the last day that was told last.
    ``before`` is the standing that was the member's own before a merge gave a higher one, by the
    absorbed member. ``due_at`` is when something happens by itself: a lot lapses, a reservation is
    over, a member is to be warned (None: never). ``version`` counts stored writes (0: none yet).
    """

    member_id: str
    wallet: Wallet = EMPTY
    standing: TierStanding | None = None
    benefits: Mapping[str, BenefitGrant] = field(default_factory=lambda: MappingProxyType({}))
    news: tuple[News, ...] = ()
    warned: Mapping[str, date] = field(default_factory=lambda: MappingProxyType({}))
    before: Mapping[str, TierStanding] = field(default_factory=lambda: MappingProxyType({}))
    due_at: datetime | None = None
    version: int = 0

    def with_news(self, news: Iterable[News]) -> "Membership":
        """Add what is to be told; equal news are one."""
        every = tuple(dict.fromkeys([*self.news, *news]))
        return replace(self, news=every[:MOST_NEWS])

    def standing_for(self, absorbed: "Membership", tiers: Sequence[str]) -> "Membership":
        """Take over the standing of a member who is this one, too, if it is the higher."""
        if _rank(absorbed.standing, tiers) <= _rank(self.standing, tiers):
            return self
        own = self.standing or TierStanding()
        before = {**self.before, absorbed.member_id: own}
        return replace(self, standing=absorbed.standing, before=before)

    def without_standing_for(self, absorbed: str) -> "Membership":
        """Have the own standing again, as it was before the other's was taken over."""
        if absorbed not in self.before:
            return self
        left = {name: each for name, each in self.before.items() if name != absorbed}
        return replace(self, standing=self.before[absorbed], before=left)

    def told(self, news: News) -> "Membership":
        return replace(self, news=tuple(each for each in self.news if each != news))


def _rank(standing: TierStanding | None, tiers: Sequence[str]) -> int:
    known = standing is not None and standing.tier in tiers
    return tiers.index(standing.tier) if standing and known else 0
