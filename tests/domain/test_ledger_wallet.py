"""A wallet is what its postings say, in their order, and forgets only what is long over."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from domain.ledger_builders import MILES, TODAY, days, moment, order
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.ledger import LotChange, PostingKind, Reference
from chalicelib.domain.ledger_moves import draft_of
from chalicelib.domain.ledger_wallet import (
    EMPTY,
    FOR_EVER,
    MOST_HOLDS,
    TALLIES_KEPT,
    Hold,
    Wallet,
    after,
    replayed,
    sums,
)

HELD = Reference("shop", "held")


def posting(kind=PostingKind.EARNED, on=TODAY, **what):
    return replace(draft_of(kind, order(on)), **what)


def counted(counts, on=TODAY):
    return posting(on=on, counts=counts)


def test_an_empty_wallet_has_nothing():
    assert (EMPTY.available(MILES), EMPTY.held(MILES), EMPTY.balances()) == (0, 0, {})
    assert (EMPTY.number, EMPTY.hash) == (0, "")


def test_balances_are_the_sums_of_the_lots():
    wallet = Wallet(lots={MILES: {days(1): 5, None: 2}, "b": {None: -3}})
    assert wallet.balances() == {MILES: 7, "b": -3}
    assert (wallet.available(MILES), wallet.available("b"), wallet.available("c")) == (7, -3, 0)


def test_what_is_held_is_told_by_unit():
    hold = Hold(MILES, {days(1): 5, None: 2}, moment())
    holds = {HELD: hold, Reference("shop", "2"): replace(hold, unit="b", parts={None: 1})}
    wallet = Wallet(holds=holds)
    assert hold.amount == 7
    assert (wallet.held(MILES), wallet.held("b"), wallet.held("c")) == (7, 1, 0)


def test_lots_change_as_the_posting_says_and_empty_ones_are_gone():
    changes = (
        LotChange(MILES, days(1), -5),
        LotChange(MILES, days(2), 3),
        LotChange(MILES, days(2), 1),
        LotChange("b", None, -2),
    )
    before = Wallet(lots={MILES: {days(1): 5}, "b": {None: 2}, "c": {None: 9}})
    wallet = after(before, posting(lots=changes))
    assert wallet.lots == {MILES: {days(2): 4}, "c": {None: 9}}


def reserving(**what):
    parts = (LotChange(MILES, days(1), -5), LotChange(MILES, None, -2))
    told = {"amounts": {MILES: 7}, "parts": parts, "reference": HELD, "until": moment(), **what}
    return posting(PostingKind.RESERVED, **told)


def test_a_reservation_is_open_until_something_ends_it():
    wallet = after(EMPTY, reserving())
    assert wallet.holds == {HELD: Hold(MILES, {days(1): 5, None: 2}, moment())}
    assert after(wallet, posting(reverses=HELD)).holds == wallet.holds
    assert after(wallet, posting(PostingKind.REVERSED, reverses=HELD)).holds == wallet.holds


@pytest.mark.parametrize("kind", [PostingKind.CAPTURED, PostingKind.RELEASED, PostingKind.LAPSED])
def test_a_reservation_is_ended_by_name(kind):
    wallet = after(EMPTY, reserving())
    other = after(wallet, reserving(reference=Reference("shop", "b")))
    assert after(wallet, posting(kind, reverses=HELD)).holds == {}
    assert list(after(other, posting(kind, reverses=HELD)).holds) == [Reference("shop", "b")]
    assert after(wallet, posting(kind, reverses=Reference("b", "held"))).holds == wallet.holds


def test_what_is_owed_adds_up_and_nothing_owed_is_not_named():
    wallet = after(EMPTY, posting(owed={MILES: 5, "b": 1}))
    assert wallet.owed == {MILES: 5, "b": 1}
    assert after(wallet, posting(owed={MILES: -5, "b": 2})).owed == {"b": 3}


def test_activity_is_only_ever_later_as_claims_come_late():
    wallet = after(EMPTY, posting(active={MILES: days(5)}))
    wallet = after(wallet, posting(active={MILES: days(3), "b": days(1)}))
    assert wallet.active_on == {MILES: days(5), "b": days(1)}
    assert after(wallet, posting(active={"b": days(2)})).active_on["b"] == days(2)


def test_a_move_says_all_that_there_is_of_activity():
    wallet = after(EMPTY, posting(active={MILES: days(5), "b": days(1)}))
    moved = after(wallet, posting(PostingKind.MOVED, active={MILES: days(2)}))
    assert moved.active_on == {MILES: days(2)}


def test_tallies_add_up_and_0_is_forgotten():
    wallet = after(EMPTY, counted({"cap@ever": 5, "q@2026-01-01": 2}))
    wallet = after(wallet, counted({"cap@ever": -5, "q@2026-01-01": 3}))
    assert wallet.tallies == {"q@2026-01-01": 5}


def test_a_tally_is_forgotten_three_years_after_its_period_began():
    assert timedelta(days=1098) == TALLIES_KEPT
    begun = date(2026, 1, 1)
    wallet = after(EMPTY, counted({"q@2026-01-01": 2, "q@2026-01-02": 1, f"a@{FOR_EVER}": 1}))
    last = begun + TALLIES_KEPT
    assert "q@2026-01-01" in after(wallet, counted({}, last)).tallies
    forgotten = after(wallet, counted({}, last + timedelta(days=1)))
    assert forgotten.tallies == {"q@2026-01-02": 1, "a@ever": 1}


@pytest.mark.parametrize("period", ["2026", "2026-03"])
def test_months_and_years_are_forgotten_as_well(period):
    wallet = after(EMPTY, counted({f"cap@{period}": 2}))
    assert after(wallet, counted({}, TODAY + timedelta(days=900))).tallies
    assert not after(wallet, counted({}, TODAY + timedelta(days=1200))).tallies


def test_what_comes_too_late_for_its_period_is_not_counted():
    assert after(EMPTY, counted({"cap@2020-01": 2})).tallies == {}


def test_the_wallet_has_the_number_and_the_hash_of_its_last_posting():
    wallet = replayed([posting(number=1, hash="a"), posting(number=2, hash="b")])
    assert (wallet.number, wallet.hash) == (2, "b")
    assert replayed([]) == EMPTY


def test_a_member_may_have_so_many_reservations():
    assert MOST_HOLDS == 32


amounts = st.dictionaries(st.sampled_from("abc"), st.integers(-3, 3))


@given(amounts, amounts)
def test_sums_have_every_name_that_is_not_0(these, those):
    total = sums(these, those)
    assert 0 not in total.values()
    for name in "abc":
        assert total.get(name, 0) == these.get(name, 0) + those.get(name, 0)
