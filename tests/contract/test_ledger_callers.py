"""Whatever partners ask for, in whatever order, over whatever trouble: the books are right.

The real use cases run over each store, with calls that fail before or after they had their effect,
with others who are quicker, and with partners who ask again or never come back. What is stored
agrees with a plain model at every moment.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial

import pytest
from contract.ledger_books import MOST_POINTS, MOST_STARS, TERMS, Books, Refused
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from usecases.engines import memory_engine

from chalicelib.domain.earning_rules import (
    Cap,
    CapPeriod,
    EarningRule,
    EarningRules,
    PerPiece,
    PerTransaction,
    Scope,
)
from chalicelib.domain.ledger import Account, Reference, broken_link, totals
from chalicelib.domain.ledger_expiry import Expiry, ExpiryKind, UnitRules
from chalicelib.domain.ledger_wallet import MOST_HOLDS, replayed
from chalicelib.domain.member import Consent, ConsentStatus, Member
from chalicelib.domain.transaction import Line, Return, Transaction
from chalicelib.usecases.book import ReferenceConflictError, book
from chalicelib.usecases.look_at_member import look_at_member
from chalicelib.usecases.partner_acts import (
    Asked,
    UnknownOriginalError,
    capture_reserved,
    release_reserved,
    reserve_request,
    reverse_booked,
    spend_request,
)
from chalicelib.usecases.ports import UnavailableError
from chalicelib.usecases.post_transaction import (
    UnknownTransactionError,
    post_transaction,
    return_of_transaction,
)

START = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
ANNA = "a" * 26
MEMBER = Member(member_id=ANNA, joined_at=START, consent=Consent(ConsentStatus.UNSAID, START))
SEQUENCES = {"memory": (1_000, 14), "dynamodb": (30, 14)}
"""So many sequences of so many steps, by the store."""

RULES = {
    unit: UnitRules(
        expiry=Expiry(kind=ExpiryKind(kind), months=months, day=day, warn_days=5), floor=floor
    )
    for unit, (kind, months, day, floor) in TERMS.items()
}


def _rule(name, kind, gives, basis, *caps):
    return EarningRule(name=name, basis=basis, gives=gives, scope=Scope(kinds=(kind,)), caps=caps)


EARNING = EarningRules(
    rules=(
        _rule("flights", "F", "miles", PerPiece(each=3)),
        _rule("hotels", "H", "points", PerPiece(each=4), Cap(MOST_POINTS, CapPeriod.MONTH)),
        _rule("drives", "D", "stars", PerPiece(each=2), Cap(MOST_STARS, CapPeriod.LIFETIME)),
        _rule("trips", "F", "coupons", PerTransaction(each=2)),
    )
)

units = st.sampled_from(sorted(TERMS))
amounts = st.integers(1, 12)
picks = st.integers(0, 1000)
pieces = st.lists(st.tuples(st.sampled_from("FHD"), st.integers(1, 4)), min_size=1, max_size=3)
troubles = st.lists(
    st.sampled_from(["", "", "", "before", "after", "outdone", "twice"]), max_size=6
)
patience = st.sampled_from([9, 9, 9, 1])
"""How often a partner asks in all: one that asks once may never hear what became of it."""


@cache
def base_engine():
    return memory_engine(
        lambda programme: replace(
            programme, journeys={}, unit_rules=RULES, earning=EARNING, time_zone="UTC"
        )
    )


class Troubled:
    """The port, whose calls fail before or after their effect, or let another go first."""

    def __init__(self, port):
        self._port = port
        self.script = []
        self.waiting = []
        self.others = {}

    def __getattr__(self, name):
        method = getattr(self._port, name)

        def call(*args):
            trouble = self.script.pop(0) if self.script else ""
            if trouble in self.others:
                self.waiting.append(trouble)
            if trouble == "before":
                raise UnavailableError("before")
            while name == "store" and self.waiting:
                self.waiting.sort()  # whoever spends, before who does the same
                self.others[self.waiting.pop(0)]()
            answer = method(*args)
            if trouble == "after":
                raise UnavailableError("after")
            return answer

        return call


class LedgerCallers(RuleBasedStateMachine):
    def __init__(self, new_stores):
        super().__init__()
        self.stores = new_stores()

    @initialize(first=pieces)
    def open(self, first):
        stores = self.stores
        assert stores.members.save(MEMBER)
        own = {
            "members": stores.members,
            "enrolments": stores.enrolments,
            "events": stores.events,
            "clock": stores.clock,
        }
        self.calm = replace(base_engine(), **own, memberships=stores.memberships)
        self.troubled = Troubled(stores.memberships)
        self.engine = replace(self.calm, memberships=self.troubled)
        self.books = Books.new()
        self.names = 0
        self.said = []
        self.buys(first * 2, 0, [], 9)

    @property
    def now(self):
        return self.stores.clock.now()

    def asked(self):
        self.names += 1
        return Asked(reference=Reference("shop", str(self.names)), body_hash="f" * 64)

    def keep(self, step):
        """Let the step happen in the books; return why it does not."""
        after = self.books.copy()
        after.settle(self.now)
        try:
            step(after)
        except Refused as refused:
            return str(refused)
        self.books = after
        return None

    def other_spends(self):
        asked = self.asked()
        answer = book(self.calm, spend_request(self.calm, ANNA, asked, "miles", 1))
        refusal = self.keep(lambda books: books.spend(self.now, asked.reference, "miles", 1))
        assert answer.record.refusal == refusal

    def ask(self, act, asked, step, trouble, patience):
        """Ask until there is an answer or patience is over; the books know what it has to be."""
        answer = self.tried(act, trouble, patience)
        if answer is None and self.calm.memberships.find(asked.reference) is None:
            return
        answer = answer or act(self.calm)
        refusal = self.keep(step)
        assert answer.record.refusal == refusal
        assert (answer.posting is None) == (refusal is not None)
        self.said.append((act, asked.reference, answer.record.number, refusal))

    def tried(self, act, trouble, patience):
        self.troubled.script = list(trouble)
        self.troubled.others = {"outdone": self.other_spends, "twice": lambda: act(self.calm)}
        try:
            for _ in range(patience):
                try:
                    return act(self.engine)
                except UnavailableError:
                    continue
            return None
        finally:
            self.troubled.script, self.troubled.waiting = [], []

    @rule(lines=pieces, late=st.sampled_from([0, 0, 3, 40]), trouble=troubles, patience=patience)
    def buys(self, lines, late, trouble, patience):
        asked, day = self.asked(), self.now.date() - timedelta(days=late)
        transaction = Transaction(
            partner=asked.reference.caller,
            reference=asked.reference.id,
            on=day,
            lines=tuple(Line(kind=kind, quantity=number) for kind, number in lines),
        )

        def act(engine):
            return post_transaction(engine, ANNA, transaction)

        def step(books):
            books.earn(self.now, asked.reference, day, tuple(lines))

        self.ask(act, asked, step, trouble, patience)

    def known(self, pick, kind=None):
        names = [name for name, each in self.books.booked.items() if kind in (None, each.kind)]
        return names[pick % len(names)] if names else Reference("shop", "0")

    @rule(
        pick=picks,
        place=st.integers(0, 2),
        number=st.integers(1, 3),
        trouble=troubles,
        patience=patience,
    )
    def brings_back(self, pick, place, number, trouble, patience):
        asked, original = self.asked(), self.known(pick, "earned")
        returned = Return(partner="shop", reference=original.id, lines=((place, number),))

        def act(engine):
            return return_of_transaction(engine, returned, asked.reference, asked.body_hash)

        def step(books):
            books.bring_back(asked.reference, original, place, number)

        if original not in self.books.booked:
            with pytest.raises(UnknownTransactionError):
                act(self.calm)
            return
        self.ask(act, asked, step, trouble, patience)

    @rule(unit=units, amount=amounts, trouble=troubles, patience=patience)
    def spends(self, unit, amount, trouble, patience):
        asked = self.asked()

        def act(engine):
            return book(engine, spend_request(engine, ANNA, asked, unit, amount))

        def step(books):
            books.spend(self.now, asked.reference, unit, amount)

        self.ask(act, asked, step, trouble, patience)

    @rule(unit=units, amount=amounts, hours=st.integers(1, 24 * 12), trouble=troubles)
    def reserves(self, unit, amount, hours, trouble):
        asked, span = self.asked(), timedelta(hours=hours)

        def act(engine):
            return book(engine, reserve_request(engine, ANNA, asked, (unit, amount), span))

        def step(books):
            books.reserve(self.now, asked.reference, unit, amount, self.now + span)

        self.ask(act, asked, step, trouble, 9)

    @rule(number=st.integers(3, 6), trouble=troubles)
    def reserves_one_by_one(self, number, trouble):
        for _ in range(number):
            self.reserves("points", 1, 20, trouble)

    @rule(pick=picks, part=st.none() | amounts, trouble=troubles, patience=patience)
    def captures(self, pick, part, trouble, patience):
        asked, reserved = self.asked(), self.known(pick, "reserved" if pick % 8 else None)

        def act(engine):
            return capture_reserved(engine, asked, reserved, part)

        def step(books):
            books.capture(self.now, asked.reference, reserved, part)

        self.ask_of(reserved, act, asked, step, trouble, patience)

    @rule(pick=picks, trouble=troubles, patience=patience)
    def releases(self, pick, trouble, patience):
        asked, reserved = self.asked(), self.known(pick, "reserved")

        def act(engine):
            return release_reserved(engine, asked, reserved)

        def step(books):
            books.release(asked.reference, reserved)

        self.ask_of(reserved, act, asked, step, trouble, patience)

    @rule(pick=picks, amount=st.none() | amounts, trouble=troubles, patience=patience)
    def reverses(self, pick, amount, trouble, patience):
        asked, original = self.asked(), self.known(pick)

        def act(engine):
            return reverse_booked(engine, asked, original, amount)

        def step(books):
            books.reverse(asked.reference, original, amount)

        self.ask_of(original, act, asked, step, trouble, patience)

    def ask_of(self, original, act, asked, *more):
        if original in self.books.booked:
            self.ask(act, asked, *more)
        else:
            with pytest.raises(UnknownOriginalError):
                act(self.calm)

    @rule(
        hours=st.sampled_from([1, 12, 24, 24 * 9, 24 * 20, 24 * 31]),
        is_looked_at=st.booleans(),
        trouble=troubles,
    )
    def time_passes(self, hours, is_looked_at, trouble):
        self.stores.clock.advance(timedelta(hours=hours))
        if not is_looked_at:
            return
        overdue, due = self.books.is_overdue(self.now), self.due()
        assert due or not overdue
        if due:
            self.tried(partial(look_at_member, member_id=ANNA), trouble, 9)
            look_at_member(self.calm, ANNA)
            assert self.keep(Books.check) is None
            assert self.due() == []
            assert self.calm.memberships.load(ANNA).membership.news == ()

    def due(self):
        shards = range(self.stores.shards)
        return [m for each in shards for m in self.calm.memberships.due(each, self.now, 10)]

    @precondition(lambda self: self.said)
    @rule(pick=picks)
    def asks_the_same_again(self, pick):
        act, reference, number, refusal = self.said[pick % len(self.said)]
        known = self.calm.memberships.find(reference)
        answer = act(self.calm)
        assert answer.repeated
        assert (answer.record.number, answer.record.refusal) == (number, refusal)
        assert self.calm.memberships.find(reference) == known
        other = Asked(reference=reference, body_hash="0" * 64)
        with pytest.raises(ReferenceConflictError):
            book(self.calm, spend_request(self.calm, ANNA, other, "miles", 1))

    @invariant()
    def what_is_stored_is_as_the_books_say(self):
        account = self.calm.memberships.load(ANNA)
        wallet = account.membership.wallet
        for unit, purse in self.books.purses.items():
            assert wallet.lots.get(unit, {}) == purse.lots()
            assert wallet.owed.get(unit, 0) == purse.owed
            assert wallet.active_on.get(unit) == purse.active_on
            assert wallet.held(unit) == purse.held
            assert account.member.granted.get(unit, 0) == purse.available >= purse.floor
        caps = {name: count for name, count in wallet.tallies.items() if name.startswith("cap.")}
        assert caps == {name: count for name, count in self.books.tallies.items() if count}
        assert len(wallet.holds) <= MOST_HOLDS

    def teardown(self):
        if not hasattr(self, "books"):
            return
        postings = list(self.calm.memberships.postings(ANNA))
        wallet = self.calm.memberships.load(ANNA).membership.wallet
        assert [posting.number for posting in postings] == list(range(1, len(postings) + 1))
        assert broken_link(postings) is None
        assert replayed(postings) == wallet
        for unit, accounts in totals(postings).items():
            assert sum(accounts.values()) == 0
            assert accounts.get(Account.AVAILABLE, 0) == wallet.available(unit)
            assert accounts.get(Account.HELD, 0) == wallet.held(unit)
        references = [posting.reference for posting in postings if posting.reference]
        assert sorted(references) == sorted(set(references))
        assert set(references) == set(self.books.booked)


def test_whatever_is_asked_for_the_books_are_right(request, new_stores):
    sequences, steps = SEQUENCES[request.node.callspec.params["new_stores"]]
    run_state_machine_as_test(
        partial(LedgerCallers, new_stores),
        settings=settings(max_examples=sequences, stateful_step_count=steps),
    )


def test_more_reservations_than_one_may_have_are_refused_and_that_is_booked_nowhere(new_stores):
    state = LedgerCallers(new_stores)
    state.open(first=[("F", 3), ("F", 3)])
    for _ in range(MOST_HOLDS + 1):
        state.reserves("miles", 1, 20, [])
        state.what_is_stored_is_as_the_books_say()
    refusals = [refusal for _, _, _, refusal in state.said[1:]]
    assert refusals == [*[None] * MOST_HOLDS, "too_many_holds"]
    state.teardown()
