"""The ledger's vocabulary: postings that are never changed, each of entries that sum to 0.

A correction is a new posting that points at the old one. Amounts are whole numbers of a unit's
smallest step. A member's postings are numbered and chained by hash; replaying them in order
rebuilds the wallet exactly. How a posting comes about is in ledger_booking.py.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType

NOTHING: Mapping[str, int] = MappingProxyType({})


class Account(StrEnum):
    """Where units can be. The programme's side is never an item: it is folded when asked for."""

    AVAILABLE = "available"
    """The member's, to spend."""
    HELD = "held"
    """The member's, reserved for one purpose."""
    ISSUED = "issued"
    """The programme's: what it has given is negative here."""
    REDEEMED = "redeemed"
    """The programme's: what members have spent."""
    EXPIRED = "expired"
    """The programme's: what has lapsed."""
    ADJUSTED = "adjusted"
    """The programme's: what was set right by hand, or carried over."""
    MOVED = "moved"
    """On the way between the wallets of members who were merged; 0 over both."""


class PostingKind(StrEnum):
    """What a posting did."""

    EARNED = "earned"
    SPENT = "spent"
    RESERVED = "reserved"
    CAPTURED = "captured"
    RELEASED = "released"
    """A reservation was voided by who made it."""
    LAPSED = "lapsed"
    """A reservation was over before it was captured."""
    EXPIRED = "expired"
    REVERSED = "reversed"
    ADJUSTED = "adjusted"
    MOVED = "moved"


class LedgerRefusal(StrEnum):
    """Why something was not posted. A refusal is kept under the caller's reference, too."""

    NOT_ENOUGH = "not_enough"
    """The member has less than that to spend."""
    OVER_ORIGINAL = "over_original"
    """All reversals together would be more than the original."""
    NOT_REVERSIBLE = "not_reversible"
    """What is to be reversed was not earned, spent or captured."""
    UNKNOWN_ORIGINAL = "unknown_original"
    """Nothing was posted under the reference that is to be reversed, captured or released."""
    HOLD_OVER = "hold_over"
    """The reservation was captured, released or has lapsed."""
    OVER_HOLD = "over_hold"
    """The reservation is for less than that."""
    TOO_MANY_HOLDS = "too_many_holds"
    """The member has as many reservations open as one may have."""


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """Who asked for a posting, and the caller's own name for it: one posting for ever."""

    caller: str
    id: str


@dataclass(frozen=True, slots=True)
class Entry:
    """So much of a unit came to an account, or went from it when negative."""

    unit: str
    account: Account
    amount: int


@dataclass(frozen=True, slots=True)
class LotChange:
    """So much came to the lot of ``last_day``, or went from it; None: the lot without an end."""

    unit: str
    last_day: date | None
    amount: int


@dataclass(frozen=True, slots=True)
class Reasoned:
    """Which rule gave how much, and what there is to say about it.

    ``line`` is the place of the line of the transaction, from 0; None for all of it.
    """

    rule: str
    unit: str
    amount: int
    line: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One change of one member's wallet.

    ``amounts`` is what it is about in each unit, positive; of it reversals may take back no more.
    ``entries`` is what really moved, ``lots`` what that did to the open lots, and ``parts`` the
    lots that a reversal goes back to. ``counts`` is added to the wallet's tallies. ``at`` is the
    moment of posting and ``on`` its day where the programme is; ``after`` has the available
    balances. ``reverses`` is the reference of the posting that this one takes back, captures or
    releases; ``until`` is when a reservation lapses; ``owed`` is added to what the member owes;
    ``active`` is when the member was active, by the unit for which it counts.
    """

    member_id: str
    number: int
    kind: PostingKind
    at: datetime
    on: date
    amounts: Mapping[str, int]
    reference: Reference | None = None
    reverses: Reference | None = None
    entries: tuple[Entry, ...] = ()
    lots: tuple[LotChange, ...] = ()
    parts: tuple[LotChange, ...] = ()
    owed: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    counts: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    until: datetime | None = None
    active: Mapping[str, date] = field(default_factory=lambda: MappingProxyType({}))
    why: tuple[Reasoned, ...] = ()
    after: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    previous: str = ""
    hash: str = ""

    def chained(self, previous: str) -> "Posting":
        """Return the posting as the link that follows ``previous`` ("" for the first)."""
        linked = replace(self, previous=previous, hash="")
        return replace(linked, hash=digest(linked))


def digest(posting: Posting) -> str:
    """SHA-256 of all that the posting says, its own hash left out, in one canonical form."""
    fields = {
        name: _plain(getattr(posting, name))
        for name in posting.__dataclass_fields__
        if name != "hash"
    }
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(text.encode()).hexdigest()


def broken_link(postings: Iterable[Posting]) -> int | None:
    """Return the number of the first posting that is not what was posted; None: all are.

    The postings come in the order of their numbers, from the first.
    """
    previous = ""
    for number, posting in enumerate(postings, start=1):
        linked = posting.number == number and posting.previous == previous
        if not linked or posting.hash != digest(posting):
            return number
        previous = posting.hash
    return None


def totals(postings: Iterable[Posting]) -> dict[str, dict[Account, int]]:
    """Fold the entries: what is on each account of each unit. Over all accounts it is 0."""
    sums: defaultdict[str, defaultdict[Account, int]] = defaultdict(lambda: defaultdict(int))
    for posting in postings:
        for entry in posting.entries:
            sums[entry.unit][entry.account] += entry.amount
    return {unit: dict(accounts) for unit, accounts in sums.items()}


def balances_as_of(postings: Iterable[Posting], day: date) -> dict[str, int]:
    """Return what the member had to spend at the end of the day."""
    until = totals(posting for posting in postings if posting.on <= day)
    return {unit: accounts.get(Account.AVAILABLE, 0) for unit, accounts in until.items()}


def _plain(value: object) -> object:
    """Write a field as JSON has it; what has no order of its own is sorted by its keys."""
    match value:
        case date():  # a datetime is one, too
            return value.isoformat()
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case tuple():
            return [_plain(each) for each in value]
        case Reference() | Entry() | LotChange() | Reasoned():
            return [_plain(getattr(value, name)) for name in value.__dataclass_fields__]
        case _:
            return value
