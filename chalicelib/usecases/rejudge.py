"""Judge every member by the programme as it is now.

What is new in a programme reaches whoever does something, and whoever something is due of. All
others are reached from here: their benefits, tiers and next looks become those of the programme.
Safe to run as often as one likes: who has been judged is not changed again.
"""

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from chalicelib.domain.benefits import Benefit
from chalicelib.domain.membership import Membership
from chalicelib.usecases.benefit_ports import Stock
from chalicelib.usecases.change_membership import change_membership, foreseen
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.membership_ports import Account, Change

AT_A_TIME = 500
"""So many members are read before those of them who change are changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejudged:
    """What a member had, and the change of it; None: it stays as it is."""

    account: Account
    change: Change | None


def rejudge(engine: Engine, *, dry_run: bool, parallel: int = 1) -> Iterator[Rejudged]:
    """Judge everybody, and store what becomes of it, or with ``dry_run`` nothing.

    What is new to a member is told by the next looks, at their pace: it waits in the membership.
    ``parallel`` is how many are stored at a time. ``UnavailableError`` as soon as one can't be.
    """
    on_paper = PaperStock(engine.stock)
    accounts = engine.memberships.accounts()
    with ThreadPoolExecutor(parallel) as pool:
        while some := [
            Rejudged(account=account, change=foreseen(engine, account, on_paper))
            for account in islice(accounts, AT_A_TIME)
        ]:
            if not dry_run:
                changing = [each.account.membership.member_id for each in some if each.change]
                list(pool.map(lambda member_id: _store(engine, member_id), changing))
            yield from some


class PaperStock:
    """The port ``Stock`` on paper: what is taken is counted here, and the stock itself kept."""

    def __init__(self, stock: Stock) -> None:
        self._stock = stock
        self._taken: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        self._left: dict[str, int | None] = {}

    def take(self, benefit: Benefit, key: str, member_id: str) -> bool:
        if self.left(benefit) == 0:
            return False
        self._taken[benefit.name].add((key, member_id))
        return True

    def left(self, benefit: Benefit) -> int | None:
        if benefit.name not in self._left:
            self._left[benefit.name] = self._stock.left(benefit)
        left = self._left[benefit.name]
        return None if left is None else max(left - len(self._taken[benefit.name]), 0)


def _store(engine: Engine, member_id: str) -> Membership | None:
    return change_membership(engine, member_id, lambda known: known)
