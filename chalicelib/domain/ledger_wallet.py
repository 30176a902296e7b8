"""A member's wallet: the state that the postings add up to, and nothing that they don't say.

``after`` is the only way in which a wallet changes, and the same for a new posting and for
replaying old ones: so replaying gives the same wallet by construction.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType

from chalicelib.domain.ledger import NOTHING, LotChange, Posting, PostingKind, Reference
from chalicelib.domain.ledger_lots import Lots, balance, changed

MOST_HOLDS = 32
"""How many reservations of one member may be open."""
TALLIES_KEPT = timedelta(days=3 * 366)
"""How long after its beginning a period's tally is remembered: claims come late, but not later."""
FOR_EVER = "ever"
"""The period of a tally that is never forgotten."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A reservation that is open: the parts of lots that it holds, and until when."""

    unit: str
    parts: Lots
    until: datetime

    @property
    def amount(self) -> int:
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """What a member has of every unit.

    ``owed`` is what was to be taken back and was not there any more: later earnings pay it first.
    ``active_on`` is when the member was last active, by unit; ``tallies`` are sums over periods,
    by ``name@period``, where a period is named by its first day, its month or year, or ``ever``.
    ``number`` and ``hash`` are those of the last posting.
    """

    lots: Mapping[str, Lots] = field(default_factory=lambda: MappingProxyType({}))
    holds: Mapping[Reference, Hold] = field(default_factory=lambda: MappingProxyType({}))
    owed: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    active_on: Mapping[str, date] = field(default_factory=lambda: MappingProxyType({}))
    tallies: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    number: int = 0
    hash: str = ""

    def available(self, unit: str) -> int:
        """Return what can be spent; below 0 where the programme allows it."""
        return balance(self.lots.get(unit, {}))

    def held(self, unit: str) -> int:
        return sum(hold.amount for hold in self.holds.values() if hold.unit == unit)

    def balances(self) -> dict[str, int]:
        """Return what can be spent of every unit that was ever posted and is not 0."""
        return {unit: balance(lots) for unit, lots in self.lots.items()}


EMPTY = Wallet()

_HOLD_ENDS = (PostingKind.CAPTURED, PostingKind.RELEASED, PostingKind.LAPSED)


def after(wallet: Wallet, posting: Posting) -> Wallet:
    """Return the wallet after its next posting."""
    return replace(
        wallet,
        lots=_lots(wallet.lots, posting.lots),
        holds=_holds(wallet.holds, posting),
        owed=sums(wallet.owed, posting.owed),
        active_on=_active(wallet.active_on, posting),
        tallies=_tallies(wallet.tallies, posting),
        number=posting.number,
        hash=posting.hash,
    )


def replayed(postings: Iterable[Posting]) -> Wallet:
    """Return the wallet that all of a member's postings, in their order, add up to."""
    wallet = EMPTY
    for posting in postings:
        wallet = after(wallet, posting)
    return wallet


def _lots(lots: Mapping[str, Lots], changes: Iterable[LotChange]) -> dict[str, Lots]:
    moved: dict[str, dict[date | None, int]] = {}
    for change in changes:
        unit = moved.setdefault(change.unit, {})
        unit[change.last_day] = unit.get(change.last_day, 0) + change.amount
    touched = {unit: changed(lots.get(unit, {}), each) for unit, each in moved.items()}
    return {unit: each for unit, each in {**lots, **touched}.items() if each}


def _holds(holds: Mapping[Reference, Hold], posting: Posting) -> dict[Reference, Hold]:
    """Add what was reserved; what was captured, released or has lapsed is over as a whole."""
    if posting.kind is PostingKind.RESERVED and posting.reference and posting.until:
        [unit] = posting.amounts
        parts = {part.last_day: -part.amount for part in posting.parts}
        return {**holds, posting.reference: Hold(unit, parts, posting.until)}
    if posting.kind in _HOLD_ENDS:
        return {each: hold for each, hold in holds.items() if each != posting.reverses}
    return dict(holds)


def sums(amounts: Mapping[str, int], changes: Mapping[str, int]) -> dict[str, int]:
    """Return the amounts after the changes; what is 0 is left out."""
    total = Counter(amounts)
    total.update(changes)
    return {name: amount for name, amount in total.items() if amount}


def _active(active_on: Mapping[str, date], posting: Posting) -> dict[str, date]:
    """A later word only: claims come late. But what moves says all of it, also what is not so."""
    if posting.kind is PostingKind.MOVED:
        return dict(posting.active)
    told = {unit: max(day, active_on.get(unit, day)) for unit, day in posting.active.items()}
    return {**active_on, **told}


def _tallies(tallies: Mapping[str, int], posting: Posting) -> dict[str, int]:
    oldest = (posting.on - TALLIES_KEPT).isoformat()
    known = sums(tallies, posting.counts)
    return {name: amount for name, amount in known.items() if name.partition("@")[2] >= oldest}
