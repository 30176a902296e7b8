"""A member's statement: what there is of each unit, when it lapses, and every posting with its why.

Read-only. Balances as of a day are folded from the postings, so they can be had of any day.
"""

from dataclasses import dataclass
from datetime import date

from chalicelib.domain.ledger import Posting, balances_as_of, broken_link
from chalicelib.domain.ledger_schedule import Lapse, schedule
from chalicelib.domain.ledger_wallet import Wallet
from chalicelib.usecases.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """``balances`` are as of the day ``on``; the wallet and what lapses are of now.

    ``told`` are balances that partners keep in books of their own, which come on top.
    ``broken_at`` is the number of a posting that is not as it was posted; None: the chain holds.
    """

    member_id: str
    on: date
    balances: dict[str, int]
    told: dict[str, int]
    wallet: Wallet
    lapses: list[Lapse]
    postings: list[Posting]
    broken_at: int | None


def statement(engine: Engine, member_id: str, on: date | None = None) -> Statement | None:
    """Return the statement as of a day, today's without one; None when nobody has this id."""
    account = engine.memberships.load(member_id)
    if account is None:
        return None
    programme = engine.programme
    day = on or programme.calendar.day_of(engine.clock.now())
    postings = list(engine.memberships.postings(member_id))
    wallet = account.membership.wallet
    return Statement(
        member_id=member_id,
        on=day,
        balances={**dict.fromkeys(programme.units, 0), **balances_as_of(postings, day)},
        told=dict(account.member.balances) if account.member else {},
        wallet=wallet,
        lapses=schedule(wallet, programme.unit_rules),
        postings=[posting for posting in postings if posting.on <= day],
        broken_at=broken_link(postings),
    )
