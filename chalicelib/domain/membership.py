"""What the programme owes a member, and what it has to tell: one value beside the profile.

It names nobody, so it outlives the profile. It changes by postings, by judgements and by days; each
change is stored together with its postings, under the version that it was made from.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType

from chalicelib.domain.ledger_wallet import EMPTY, Wallet
from chalicelib.domain.news import News
from chalicelib.domain.tier_judge import TierStanding

MOST_NEWS = 32
"""More than a member can have in one day: what comes on top is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """``standing`` is the tier, once a programme has judged it. ``news`` are still to be told.

    ``warned`` is, by unit, the last day that was told last. ``due_at`` is when something happens by
    itself: a lot lapses, a reservation is over, a member is to be warned (None: never).
    ``version`` counts the stored writes (0: none yet).
    """

    member_id: str
    wallet: Wallet = EMPTY
    standing: TierStanding | None = None
    news: tuple[News, ...] = ()
    warned: Mapping[str, date] = field(default_factory=lambda: MappingProxyType({}))
    due_at: datetime | None = None
    version: int = 0

    def with_news(self, news: Iterable[News]) -> "Membership":
        """Add what is to be told; equal news are one."""
        every = tuple(dict.fromkeys([*self.news, *news]))
        return replace(self, news=every[:MOST_NEWS])

    def told(self, news: News) -> "Membership":
        return replace(self, news=tuple(each for each in self.news if each != news))
