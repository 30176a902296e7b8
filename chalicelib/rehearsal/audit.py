"""The books at the end, held against each other: what is stored, and what the postings say of it.

Each fault is a sentence with the member's id. Reads everything, changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.domain.ledger import Account, Posting, broken_link, totals
from chalicelib.domain.ledger_booking import overdue
from chalicelib.domain.ledger_moves import rules_of
from chalicelib.domain.ledger_wallet import replayed
from chalicelib.domain.member import Member
from chalicelib.domain.membership import Membership
from chalicelib.domain.tier_judge import judge
from chalicelib.usecases.change_membership import order_for
from chalicelib.usecases.engine import Engine


def faults_of(engine: Engine) -> list[str]:
    """Fold every stored item; return all that is not as it has to be."""
    return [*_sums(engine), *_members(engine)]


def _sums(engine: Engine) -> Iterator[str]:
    """Units come from an account and go to another: over all accounts there are none."""
    for unit, accounts in totals(engine.memberships.every_posting()).items():
        if sum(accounts.values()):
            yield f"{unit} of all accounts sum up to {sum(accounts.values())}, not to 0"


def _members(engine: Engine) -> Iterator[str]:
    postings: defaultdict[str, list[Posting]] = defaultdict(list)
    for posting in engine.memberships.every_posting():
        postings[posting.member_id].append(posting)
    for membership in engine.memberships.every():
        member = engine.members.load(membership.member_id)
        own = sorted(postings.pop(membership.member_id, ()), key=lambda each: each.number)
        books = _Books(engine, member, membership, own)
        for fault in books.faults():
            yield f"{membership.member_id}: {fault}"
    for member_id in postings:
        yield f"{member_id}: there are postings and no membership"


@dataclass(frozen=True, slots=True)
class _Books:
    """All that is stored of one member."""

    engine: Engine
    member: Member | None
    membership: Membership
    postings: list[Posting]

    def faults(self) -> Iterator[str]:
        yield from self._ledger()
        yield from self._balances()
        yield from self._left_undone()
        if self.member:
            yield from self._profile(self.member)

    def _ledger(self) -> Iterator[str]:
        if (number := broken_link(self.postings)) is not None:
            yield f"the chain is broken at {number}"
        if replayed(self.postings) != self.membership.wallet:
            yield "replaying the postings gives another wallet"

    def _balances(self) -> Iterator[str]:
        wallet, rules = self.membership.wallet, self.engine.programme.unit_rules
        accounts = totals(self.postings)
        for unit in {*wallet.lots, *wallet.owed, *accounts}:
            ours = accounts.get(unit, {})
            if wallet.available(unit) != ours.get(Account.AVAILABLE, 0):
                yield f"{unit}: the lots are not what the entries say"
            if wallet.held(unit) != ours.get(Account.HELD, 0):
                yield f"{unit}: the reservations are not what the entries say"
            if wallet.available(unit) < rules_of(rules, unit).floor or wallet.owed.get(unit, 0) < 0:
                yield f"{unit}: {wallet.available(unit)} to spend, {wallet.owed.get(unit, 0)} owed"

    def _left_undone(self) -> Iterator[str]:
        now, order = self.engine.clock.now(), order_for(self.engine, self.membership.member_id)
        if self.membership.due_at and self.membership.due_at <= now:
            yield f"something was due at {self.membership.due_at}"
        if overdue(self.membership.wallet, self.engine.programme.unit_rules, order):
            yield "something has lapsed and is there"
        if self.membership.news:
            yield f"{len(self.membership.news)} news were not told"

    def _profile(self, member: Member) -> Iterator[str]:
        """Mails read the profile: it has to show what the membership says."""
        wallet, standing = self.membership.wallet, self.membership.standing
        for unit in {*wallet.lots, *member.granted}:
            if member.granted.get(unit, 0) != wallet.available(unit):
                yield f"{unit}: the profile shows {member.granted.get(unit, 0)}"
        plan, calendar = self.engine.programme.tier_plan, self.engine.programme.calendar
        if plan is None or standing is None:
            return
        if member.attribute("tier") != standing.tier:
            yield f"the profile shows {member.attribute('tier')}, the standing is {standing.tier}"
        joined_on, today = (
            calendar.day_of(at) for at in (member.joined_at, self.engine.clock.now())
        )
        again = judge(plan, standing, wallet.tallies, joined_on, today)
        if again.standing != standing or again.news:
            yield f"judged again the standing is another: {again.standing.tier}"
