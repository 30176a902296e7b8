"""Whatever happens to a wallet in whatever order, the ledger agrees with the plain model of it."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta

from domain.ledger_builders import is_balanced, same_but_for_the_chain, settled
from domain.ledger_model import Purse
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.domain import ledger_lots
from chalicelib.domain.ledger import (
    Account,
    LedgerRefusal,
    Posting,
    Reasoned,
    Reference,
    balances_as_of,
    broken_link,
    totals,
)
from chalicelib.domain.ledger_booking import (
    Earning,
    Reversal,
    adjust,
    booked,
    capture,
    earn,
    overdue,
    release,
    reserve,
    reverse,
    spend,
)
from chalicelib.domain.ledger_expiry import Expiry, ExpiryKind, UnitRules
from chalicelib.domain.ledger_merging import move_back, move_in, move_out
from chalicelib.domain.ledger_moves import Order
from chalicelib.domain.ledger_wallet import EMPTY, MOST_HOLDS, Wallet, replayed

START = datetime(2027, 11, 20, 12, tzinfo=UTC)  # a year's end and a 29 February are near
FIXED = date(2028, 1, 15)
TERMS = {
    "coupons": ("never", 0, None, 0),
    "credits": ("never", 0, None, -15),
    "stamps": ("fixed_day", 0, FIXED, -10),
    "miles": ("rolling", 1, None, 0),
    "points": ("month_end", 1, None, -12),
    "nights": ("year_end", 1, None, 0),
    "stars": ("inactivity", 1, None, 0),
    "moons": ("inactivity", 2, None, -8),
}
RULES = {
    unit: UnitRules(expiry=Expiry(kind=ExpiryKind(kind), months=months, day=day), floor=floor)
    for unit, (kind, months, day, floor) in TERMS.items()
}
units = st.sampled_from(sorted(TERMS))
amounts = st.integers(0, 30)
picks = st.integers(0, 1000)


@dataclass
class Original:
    """A posting that can be reversed: what is left of each unit, and the miles that it took."""

    posting: Posting
    left: dict
    took: list | None = None


class LedgerMachine(RuleBasedStateMachine):
    @initialize(most_lots=st.sampled_from([2, 3, 60]))
    def open(self, most_lots):
        ledger_lots.MOST_LOTS = most_lots
        self.now = START
        self.wallet: Wallet = EMPTY
        self.postings: list[Posting] = []
        self.originals: list[Original] = []
        self.ended: list[Reference] = []
        self.names = 0
        self.purses = self.new_purses()

    def teardown(self):
        ledger_lots.MOST_LOTS = 60

    def new_purses(self):
        most = ledger_lots.MOST_LOTS
        return {
            unit: Purse(rule=kind, months=months, fixed=day, floor=floor, most_lots=most)
            for unit, (kind, months, day, floor) in TERMS.items()
        }

    def order(self):
        self.names += 1
        reference = Reference("shop", str(self.names))
        return Order(member_id="m", at=self.now, on=self.now.date(), reference=reference)

    def post(self, draft):
        self.wallet, posting = booked(self.wallet, draft)
        self.postings.append(posting)
        return posting

    def settle(self):
        """Post what is over, as every caller does before anything else."""
        while draft := overdue(self.wallet, RULES, self.order()):
            self.post(draft)
        assert overdue(self.wallet, RULES, self.order()) is None
        for purse in self.purses.values():
            for reference, (until, miles) in sorted(purse.holds.items()):
                if until <= self.now:
                    purse.give(miles)
                    del purse.holds[reference]
                    self.ended.append(reference)
            purse.lapse(self.now.date())

    @rule(hours=st.sampled_from([1, 12, 24, 24 * 9, 24 * 31, 24 * 70]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)
        self.settle()

    @rule(
        told=st.dictionaries(units, amounts, max_size=3),
        late=st.sampled_from([0, 0, 3, 40]),
        active=st.booleans(),
    )
    def earns(self, told, late, active):
        on = self.now.date()
        day = on - timedelta(days=late)
        order = self.order()
        seen = tuple(sorted(told)) if active else ()
        earning = Earning(amounts=told, earned_on=day, counts={"cap@ever": 1}, active=seen)
        posting = self.post(earn(self.wallet, RULES, order, earning))
        self.originals.append(Original(posting, dict(posting.amounts)))
        for unit, amount in told.items():
            purse = self.purses[unit]
            if active or (amount and purse.is_idle(on)):
                purse.is_active(day)
            purse.give([purse.last_day(day)] * amount)
        self.settle()

    @rule(unit=units, amount=amounts)
    def spends(self, unit, amount):
        answer = spend(self.wallet, RULES, self.order(), unit, amount)
        took = self.purses[unit].take(amount, self.now.date())
        if took is None:
            assert answer is LedgerRefusal.NOT_ENOUGH
        else:
            self.originals.append(Original(self.post(answer), {unit: amount}, took))

    @rule(unit=units, amount=amounts, hours=st.integers(1, 24 * 40))
    def reserves(self, unit, amount, hours):
        order, until = self.order(), self.now + timedelta(hours=hours)
        answer = reserve(self.wallet, RULES, order, (unit, amount), until)
        if len(self.wallet.holds) == MOST_HOLDS:
            assert answer is LedgerRefusal.TOO_MANY_HOLDS
            return
        took = self.purses[unit].take(amount, self.now.date())
        if took is None:
            assert answer is LedgerRefusal.NOT_ENOUGH
        else:
            self.post(answer)
            self.purses[unit].holds[order.reference] = (until, took)

    def open_hold(self, pick):
        held = [(each, purse) for purse in self.purses.values() for each in sorted(purse.holds)]
        return held[pick % len(held)]

    @precondition(lambda self: self.wallet.holds)
    @rule(pick=picks, part=st.none() | amounts)
    def captures(self, pick, part):
        reference, purse = self.open_hold(pick)
        took = purse.holds[reference][1]
        answer = capture(self.wallet, self.order(), reference, part)
        if part is not None and part > len(took):
            assert answer is LedgerRefusal.OVER_HOLD
            return
        [unit] = answer.amounts
        part = len(took) if part is None else part
        del purse.holds[reference]
        purse.give(took[part:])
        self.ended.append(reference)
        self.originals.append(Original(self.post(answer), {unit: part}, took[:part]))
        self.settle()

    @precondition(lambda self: self.wallet.holds)
    @rule(pick=picks)
    def releases(self, pick):
        reference, purse = self.open_hold(pick)
        self.post(release(self.wallet, self.order(), reference))
        purse.give(purse.holds.pop(reference)[1])
        self.ended.append(reference)
        self.settle()

    @precondition(lambda self: self.ended)
    @rule(pick=picks)
    def asks_again_for_a_hold_that_is_over(self, pick):
        reference = self.ended[pick % len(self.ended)]
        assert capture(self.wallet, self.order(), reference) is LedgerRefusal.HOLD_OVER
        assert release(self.wallet, self.order(), reference) is LedgerRefusal.HOLD_OVER

    @precondition(lambda self: self.originals)
    @rule(pick=picks, share=st.none() | st.dictionaries(units, amounts, max_size=2))
    def reverses(self, pick, share):
        self.reverse(self.originals[pick % len(self.originals)], share)

    @precondition(lambda self: self.originals)
    @rule(pick=picks, amount=st.integers(1, 12))
    def reverses_a_part(self, pick, amount):
        original = self.originals[pick % len(self.originals)]
        self.reverse(original, dict.fromkeys(original.left, amount))

    def reverse(self, original, share):
        whole = original.posting.amounts
        before = {unit: whole.get(unit, 0) - left for unit, left in original.left.items()}
        reversal = Reversal(original=original.posting, amounts=share, before=before)
        answer = reverse(self.wallet, RULES, self.order(), reversal)
        share = dict(original.left) if share is None else share
        if any(amount > original.left.get(unit, 0) for unit, amount in share.items()):
            assert answer is LedgerRefusal.OVER_ORIGINAL
            return
        posting = self.post(answer)
        assert posting.reverses == original.posting.reference
        for unit, amount in share.items():
            if amount:
                self.reverse_unit(original, unit, amount)
        self.settle()

    def reverse_unit(self, original, unit, amount):
        purse = self.purses[unit]
        if original.took is None:
            [own] = [part.last_day for part in original.posting.parts if part.unit == unit]
            purse.take_back(amount, own, original.posting.on)
        else:
            left = original.left[unit]
            purse.give(original.took[left - amount : left])
        original.left[unit] -= amount

    @rule(unit=units, amount=st.integers(-30, 30))
    def is_adjusted(self, unit, amount):
        on, purse = self.now.date(), self.purses[unit]
        change = Reasoned("by hand", unit, amount)
        answer = adjust(self.wallet, RULES, self.order(), unit, change)
        if amount < 0:
            if purse.take(-amount) is None:
                assert answer is LedgerRefusal.NOT_ENOUGH
                return
        else:
            if purse.is_idle(on):
                purse.is_active(on)
            purse.give([purse.last_day(on)] * amount)
        self.post(answer)
        self.settle()

    @rule()
    def moves_out_and_back(self):
        before = self.wallet
        out = self.post(move_out(before, self.order()))
        assert (self.wallet.lots, self.wallet.owed) == ({}, {})
        self.post(move_back(self.wallet, RULES, self.order(), out, before))
        assert same_but_for_the_chain(self.wallet) == same_but_for_the_chain(before)

    @rule(
        told=st.dictionaries(units, st.tuples(amounts, amounts, amounts), max_size=3),
        late=st.sampled_from([0, 3, 40]),
        stays=st.booleans(),
    )
    def absorbs_another(self, told, late, stays):
        other, purses = EMPTY, self.new_purses()
        on = self.now.date()
        day = on - timedelta(days=late)
        for unit, (got, spent, returned) in told.items():
            returned = min(got, returned)  # noqa: PLW2901 - a part of what was got
            purse = purses[unit]
            earning = Earning(amounts={unit: got}, earned_on=day)
            other, original = booked(other, earn(other, RULES, self.order(), earning))
            purse.is_active(day) if got and purse.is_idle(on) else None
            purse.give([purse.last_day(day)] * got)
            if purse.take(spent) is not None:
                other, _ = booked(other, spend(other, RULES, self.order(), unit, spent))
            reversal = Reversal(original=original, amounts={unit: returned})
            other, _ = booked(other, reverse(other, RULES, self.order(), reversal))
            purse.take_back(returned, purse.last_day(day), on)
        other, _ = settled(other, RULES, self.order())
        for purse in purses.values():
            purse.lapse(on)
        self.absorb(other, purses if stays else {})

    def absorb(self, other, purses):
        before = self.wallet
        out = move_out(other, self.order())
        into = self.post(move_in(self.wallet, RULES, self.order(), other))
        both = totals([out, into])
        assert all(accounts.get(Account.MOVED, 0) == 0 for accounts in both.values())
        for unit, purse in purses.items():
            if other.lots.get(unit) or other.owed.get(unit):
                self.purses[unit].absorb(purse)
            else:
                self.purses[unit].lapsed += purse.lapsed
                if purse.active_on:
                    self.purses[unit].is_active(purse.active_on)
        if not purses:
            self.post(move_back(self.wallet, RULES, self.order(), into, before))
            assert same_but_for_the_chain(self.wallet) == same_but_for_the_chain(before)
        self.settle()

    @invariant()
    def the_wallet_is_as_the_model_says(self):
        for unit, purse in self.purses.items():
            assert self.wallet.lots.get(unit, {}) == purse.lots()
            assert self.wallet.available(unit) == purse.available
            assert self.wallet.owed.get(unit, 0) == purse.owed
            assert self.wallet.active_on.get(unit) == purse.active_on
            held = {each: sorted(miles, key=str) for each, (_, miles) in purse.holds.items()}
            known = {each: hold for each, hold in self.wallet.holds.items() if hold.unit == unit}
            assert held == {
                each: sorted((d for d, n in hold.parts.items() for _ in range(n)), key=str)
                for each, hold in known.items()
            }

    @invariant()
    def every_entry_has_its_counterpart(self):
        assert all(is_balanced(posting) for posting in self.postings)
        for unit, accounts in totals(self.postings).items():
            assert sum(accounts.values()) == 0
            assert accounts.get(Account.AVAILABLE, 0) == self.wallet.available(unit)
            assert accounts.get(Account.HELD, 0) == self.wallet.held(unit)

    @invariant()
    def no_one_has_less_than_the_floor_or_owes_what_is_there(self):
        for unit, rules in RULES.items():
            assert self.wallet.available(unit) >= rules.floor
            if self.wallet.owed.get(unit):
                assert self.wallet.available(unit) == rules.floor
            assert self.wallet.owed.get(unit, 0) >= 0

    @invariant()
    def lots_are_bounded_and_only_one_without_an_end_is_below_0(self):
        for lots in self.wallet.lots.values():
            assert 0 < len(lots) <= ledger_lots.MOST_LOTS
            assert all(amount > 0 for amount in lots.values()) or [*lots] == [None]

    @invariant()
    def the_postings_give_the_wallet_again(self):
        assert replayed(self.postings) == self.wallet
        assert broken_link(self.postings) is None
        if self.postings:
            latest = self.postings[-1]
            assert balances_as_of(self.postings, latest.on) == {
                unit: self.wallet.available(unit) for unit in totals(self.postings)
            }

    @precondition(lambda self: self.postings)
    @rule(pick=picks, name=st.sampled_from([f.name for f in fields(Posting)]))
    def whoever_changes_a_posting_breaks_the_chain(self, pick, name):
        at = pick % len(self.postings)
        posting = self.postings[at]
        other = _other(getattr(posting, name))
        told = [*self.postings[:at], replace(posting, **{name: other}), *self.postings[at + 1 :]]
        assert broken_link(told) == at + 1


def _other(value):  # noqa: PLR0911 - one for each type
    """Return another value of the same type."""
    match value:
        case datetime() | date():
            return value + timedelta(days=1)
        case int():
            return value + 1
        case str():
            return f"{value}0"
        case Reference():
            return replace(value, id=f"{value.id}0")
        case tuple():
            return value[1:] if value else (Reasoned("r", "u", 1),)
        case None:
            return Reference("x", "y")
        case _:
            return {**value, "other": 1}


TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(max_examples=100, stateful_step_count=40)
