"""What the programme owes a member, and what it has to tell: one value beside the profile.

It names nobody, so it outlives the profile. It changes by postings, by judgements and by days; each
change is stored together with its postings, under the version that it was made from.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial, reduce
from types import MappingProxyType

from chalicelib.domain.benefit_grants import BenefitGrant
from chalicelib.domain.ledger_wallet import EMPTY, Wallet
from chalicelib.domain.news import News
from chalicelib.domain.tier_judge import TierStanding, higher

MOST_NEWS = 32
"""More than a member can have in one day: what comes on top is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """``standing`` is the tier, once a programme has judged it, ``benefits`` has grants by key.

    ``news`` are still to be told. ``warned`` is, by unit, the last day that was told last.
    ``before`` are the standings that a merge made one of, by member, the own among them, as they
    were then. ``due_at`` is when something happens by itself: a lot lapses, a reservation is
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

    def standing_for(
        self, absorbed: "Membership", tiers: Sequence[str], today: date
    ) -> "Membership":
        """Take over of the standing of a member who is this one, too, what is the higher."""
        if absorbed.standing is None:
            return self
        own = self.standing or TierStanding()
        before = {self.member_id: own, **self.before, absorbed.member_id: absorbed.standing}
        return replace(self, standing=higher(own, absorbed.standing, tiers, today), before=before)

    def without_standing_for(
        self, absorbed: str, tiers: Sequence[str], today: date
    ) -> "Membership":
        """Have the standing as if that member's had not been taken over.

        What was set by hand or told since stays: nobody knows of whom it was meant.
        """
        if absorbed not in self.before or self.standing is None:
            return self
        left = {name: each for name, each in self.before.items() if name != absorbed}
        if self.member_id not in self.before:  # until 0.5: the own standing, by whom it gave way to
            return replace(self, standing=self.before[absorbed], before=left)
        was, parted = (_highest(each, tiers, today) for each in (self.before, left))
        if self.standing.floor != was.floor:
            parted = replace(parted, floor=self.standing.floor)
        if self.standing.told != was.told:
            parted = replace(parted, told=self.standing.told)
        return replace(self, standing=parted, before=left if len(left) > 1 else {})

    def told(self, news: Iterable[News]) -> "Membership":
        gone = frozenset(news)
        return replace(self, news=tuple(each for each in self.news if each not in gone))


def _highest(
    standings: Mapping[str, TierStanding], tiers: Sequence[str], today: date
) -> TierStanding:
    """Return what is the higher of all, in whichever order they were taken over."""
    return reduce(partial(higher, tiers=tiers, today=today), standings.values())
