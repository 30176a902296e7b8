"""Each kind of posting: what it moves, what it refuses, and what it says of itself."""

from dataclasses import replace
from datetime import timedelta

import pytest
from domain.ledger_builders import (
    MILES,
    NEVER,
    ROLLING,
    TODAY,
    accounts,
    adjusted,
    days,
    earned,
    moment,
    order,
    rules,
    settled,
    wallet_of,
)

from chalicelib.domain.ledger import (
    Account,
    LedgerRefusal,
    LotChange,
    PostingKind,
    Reasoned,
    Reference,
)
from chalicelib.domain.ledger_booking import (
    CARRIED_OVER,
    Earning,
    Reversal,
    adjust,
    booked,
    capture,
    carry_over,
    earn,
    last_day,
    overdue,
    release,
    reserve,
    reverse,
    spend,
)
from chalicelib.domain.ledger_expiry import ExpiryKind
from chalicelib.domain.ledger_lots import MOST_LOTS
from chalicelib.domain.ledger_wallet import EMPTY, MOST_HOLDS

NEXT_YEAR = TODAY.replace(year=2027)
HELD = Reference("shop", "held")
A, B, C = days(10), days(20), days(30)
WHY = (Reasoned("base", MILES, 100, line=0, note="as declared"),)
IDLE = rules(ExpiryKind.INACTIVITY, 1)
SHORT = rules(ExpiryKind.ROLLING, 1)
BELOW = rules(floor=-50)
DEBT = rules(ExpiryKind.NEVER, 0, floor=-50)


def spent(wallet, amount, terms=ROLLING, on=TODAY, reference="spent"):
    return booked(wallet, spend(wallet, terms, order(on, reference), MILES, amount))


def held(wallet, amount, terms=ROLLING, until=None, reference="held"):
    until = until or moment(days(1))
    draft = reserve(wallet, terms, order(reference=reference), (MILES, amount), until)
    return booked(wallet, draft)


def undone(wallet, original, terms=ROLLING, on=TODAY, **what):
    return reverse(wallet, terms, order(on, "undone"), Reversal(original=original, **what))


def after(wallet, draft):
    return booked(wallet, draft)[0].lots.get(MILES, {})


# Earnings


def test_an_earning_is_one_lot_that_says_why_and_by_whom():
    counts, units = {"cap.base@2026-03": 100}, (MILES,)
    wallet, posting = earned(EMPTY, 100, why=WHY, counts=counts, active=units)
    assert wallet.lots == {MILES: {NEXT_YEAR: 100}}
    assert accounts(posting) == {Account.AVAILABLE: 100, Account.ISSUED: -100}
    assert posting.lots == posting.parts == (LotChange(MILES, NEXT_YEAR, 100),)
    assert (posting.kind, posting.number, posting.member_id) == (PostingKind.EARNED, 1, "m")
    assert (posting.at, posting.on) == (moment(), TODAY)
    assert posting.reference == Reference("shop", "earned")
    assert (posting.why, posting.counts, posting.active) == (WHY, counts, {MILES: TODAY})
    assert (posting.amounts, posting.after) == ({MILES: 100}, {MILES: 100})
    assert wallet.tallies == counts


def test_what_is_claimed_late_lapses_as_if_it_had_come_in_time():
    wallet, posting = earned(EMPTY, 100, earned_on=TODAY - timedelta(days=40), active=(MILES,))
    assert wallet.lots == {MILES: {NEXT_YEAR - timedelta(days=40): 100}}
    assert posting.active == {MILES: TODAY - timedelta(days=40)}


def test_several_units_are_earned_at_once_and_0_of_one_is_nothing():
    amounts = {MILES: 5, "qualifying": 7, "none": 0}
    draft = earn(EMPTY, ROLLING, order(), Earning(amounts=amounts, earned_on=TODAY))
    wallet, posting = booked(EMPTY, draft)
    assert wallet.lots == {MILES: {NEXT_YEAR: 5}, "qualifying": {None: 7}}
    assert posting.amounts == {MILES: 5, "qualifying": 7}
    assert [part.unit for part in posting.parts] == [MILES, "qualifying"]


@pytest.mark.parametrize(
    ("owed", "available", "left"), [(30, 70, {}), (100, 0, {}), (130, 0, {MILES: 30})]
)
def test_what_is_owed_is_paid_first(owed, available, left):
    wallet, posting = earned(wallet_of({}, owed), 100)
    assert (wallet.available(MILES), wallet.owed) == (available, left)
    assert posting.owed == {MILES: available - 100}
    assert accounts(posting).get(Account.ISSUED, 0) == -available
    assert posting.amounts == {MILES: 100}


def test_nothing_is_said_of_what_is_owed_where_nothing_is():
    assert earned(EMPTY, 100)[1].owed == {}


def test_each_unit_pays_what_is_owed_of_it():
    wallet = wallet_of({}, 30)
    amounts = {MILES: 50, "other": 50}
    draft = earn(wallet, {}, order(), Earning(amounts=amounts, earned_on=TODAY))
    assert booked(wallet, draft)[0].balances() == {MILES: 20, "other": 50}


# Inactivity


def test_what_lapses_by_inactivity_counts_from_its_first_earning_even_if_that_is_no_activity():
    wallet, posting = earned(EMPTY, 10, IDLE)
    assert posting.active == {MILES: TODAY}
    assert last_day(wallet, IDLE, MILES) == TODAY.replace(month=4)
    assert earned(wallet, 10, IDLE, days(5))[0].active_on == {MILES: TODAY}
    assert earned(wallet, 10, IDLE, days(5), active=(MILES,))[0].active_on == {MILES: days(5)}


def test_an_earning_of_nothing_is_no_beginning():
    assert earned(EMPTY, 0, IDLE)[1].active == {}


@pytest.mark.parametrize(("number", "begun"), [(30, 0), (31, 0), (32, 32)])
def test_a_new_beginning_is_made_once_the_last_day_is_over(number, begun):
    wallet, _ = earned(EMPTY, 10, IDLE)
    wallet, _ = settled(wallet, IDLE, order(days(number)))
    again, _ = earned(wallet, 10, IDLE, days(number))
    assert again.active_on == {MILES: days(begun)}


def test_what_is_given_by_hand_makes_a_beginning_too_and_is_no_activity_after_that():
    wallet, _ = adjusted(EMPTY, 10, IDLE)
    assert wallet.active_on == {MILES: TODAY}
    assert adjusted(wallet, 10, IDLE, days(5))[0].active_on == {MILES: TODAY}
    assert adjusted(EMPTY, 10, ROLLING)[0].active_on == {}


def test_a_unit_that_does_not_lapse_by_inactivity_has_no_such_day():
    wallet, posting = earned(EMPTY, 10, ROLLING)
    assert posting.active == {}
    assert last_day(wallet, ROLLING, MILES) is None


# Spending


def test_a_spend_takes_what_lapses_first():
    wallet, posting = spent(wallet_of({None: 9, B: 10, A: 5}), 8)
    assert wallet.lots == {MILES: {None: 9, B: 7}}
    assert accounts(posting) == {Account.AVAILABLE: -8, Account.REDEEMED: 8}
    assert posting.parts == posting.lots == (LotChange(MILES, A, -5), LotChange(MILES, B, -3))
    assert (posting.kind, posting.amounts) == (PostingKind.SPENT, {MILES: 8})
    assert posting.after == {MILES: 16}


def test_all_can_be_spent_and_not_one_more():
    assert spent(wallet_of({A: 5}), 5)[0].lots == {}
    assert spent(wallet_of({A: 5}), 5)[1].after == {MILES: 0}
    refused = spend(wallet_of({A: 5}), ROLLING, order(), MILES, 6)
    assert refused is LedgerRefusal.NOT_ENOUGH


def test_a_unit_may_be_spent_down_to_its_floor_and_what_is_earned_then_pays_that():
    refused = spend(wallet_of({None: 5}), DEBT, order(), MILES, 56)
    assert refused is LedgerRefusal.NOT_ENOUGH
    wallet, posting = spent(wallet_of({None: 5}), 55, DEBT)
    assert (wallet.lots, posting.after) == ({MILES: {None: -50}}, {MILES: -50})
    assert earned(wallet, 60)[0].lots == {MILES: {NEXT_YEAR: 10}}


@pytest.mark.parametrize("amount", [-1, -100])
def test_nobody_gets_units_by_spending_less_than_nothing(amount):
    wallet, _ = held(wallet_of({A: 5}), 2)
    with pytest.raises(ValueError, match="never below 0"):
        spend(wallet, ROLLING, order(), MILES, amount)
    with pytest.raises(ValueError, match="never below 0"):
        reserve(wallet, ROLLING, order(), (MILES, amount), moment(A))
    with pytest.raises(ValueError, match="never below 0"):
        capture(wallet, order(), HELD, amount)


# Reservations


def test_a_reservation_holds_parts_of_lots():
    wallet, posting = held(wallet_of({A: 5, B: 5}), 7)
    assert (wallet.available(MILES), wallet.held(MILES)) == (3, 7)
    hold = wallet.holds[HELD]
    assert (hold.unit, hold.parts, hold.until) == (MILES, {A: 5, B: 2}, moment(days(1)))
    assert accounts(posting) == {Account.AVAILABLE: -7, Account.HELD: 7}
    assert (posting.kind, posting.amounts) == (PostingKind.RESERVED, {MILES: 7})
    assert posting.until == moment(days(1))


def test_no_more_can_be_reserved_than_is_there():
    wallet, _ = held(wallet_of({A: 5}), 5)
    refused = reserve(wallet, ROLLING, order(reference="b"), (MILES, 1), moment(A))
    assert refused is LedgerRefusal.NOT_ENOUGH
    assert spend(wallet, ROLLING, order(), MILES, 1) is LedgerRefusal.NOT_ENOUGH


def test_so_many_reservations_may_be_open_and_not_one_more():
    wallet = wallet_of({A: 100})
    for number in range(MOST_HOLDS):
        wallet, _ = held(wallet, 1, reference=str(number))
    refused = reserve(wallet, ROLLING, order(reference="more"), (MILES, 1), moment(A))
    assert (len(wallet.holds), refused) == (MOST_HOLDS, LedgerRefusal.TOO_MANY_HOLDS)


def test_a_capture_of_all_spends_what_was_held():
    wallet, _ = held(wallet_of({A: 5, B: 5}), 7)
    wallet, posting = booked(wallet, capture(wallet, order(reference="c"), HELD))
    assert (wallet.lots, wallet.holds) == ({MILES: {B: 3}}, {})
    assert accounts(posting) == {Account.HELD: -7, Account.REDEEMED: 7}
    assert posting.parts == (LotChange(MILES, A, -5), LotChange(MILES, B, -2))
    assert (posting.kind, posting.amounts) == (PostingKind.CAPTURED, {MILES: 7})
    assert (posting.reference, posting.reverses) == (Reference("shop", "c"), HELD)


def test_a_capture_of_a_part_gives_back_what_lasts_longest():
    wallet, _ = held(wallet_of({A: 5, B: 5}), 10)
    wallet, posting = booked(wallet, capture(wallet, order(), HELD, 4))
    assert (wallet.lots, wallet.holds) == ({MILES: {A: 1, B: 5}}, {})
    assert accounts(posting) == {Account.HELD: -10, Account.REDEEMED: 4, Account.AVAILABLE: 6}
    assert posting.parts == (LotChange(MILES, A, -4),)
    assert posting.amounts == {MILES: 4}
    assert capture(wallet, order(), HELD, 1) is LedgerRefusal.HOLD_OVER


def test_all_of_a_reservation_and_not_one_more_can_be_captured():
    wallet, _ = held(wallet_of({A: 5}), 5)
    assert capture(wallet, order(), HELD, 6) is LedgerRefusal.OVER_HOLD
    assert capture(wallet, order(), HELD, 5).amounts == {MILES: 5}


def test_a_capture_of_nothing_gives_all_back():
    wallet, _ = held(wallet_of({A: 5}), 5)
    assert after(wallet, capture(wallet, order(), HELD, 0)) == {A: 5}


@pytest.mark.parametrize("end", [capture, release])
def test_a_reservation_is_over_at_the_very_moment_it_ends(end):
    wallet, _ = held(wallet_of({A: 5}), 5, until=moment(hour=15))
    assert end(wallet, order(hour=14), HELD).kind is not PostingKind.LAPSED
    assert overdue(wallet, ROLLING, order(hour=14)) is None
    assert end(wallet, order(hour=15), HELD) is LedgerRefusal.HOLD_OVER
    assert overdue(wallet, ROLLING, order(hour=15)).kind is PostingKind.LAPSED
    assert end(wallet, order(hour=16), HELD) is LedgerRefusal.HOLD_OVER


@pytest.mark.parametrize("end", [capture, release])
def test_nothing_ends_what_was_never_reserved(end):
    assert end(wallet_of({A: 5}), order(), HELD) is LedgerRefusal.HOLD_OVER


def test_a_release_gives_all_back_to_the_lots_it_came_from():
    before = wallet_of({A: 5, B: 5})
    wallet, _ = held(before, 7)
    wallet, posting = booked(wallet, release(wallet, order(reference="r"), HELD))
    assert (wallet.lots, wallet.holds) == (before.lots, {})
    assert accounts(posting) == {Account.AVAILABLE: 7, Account.HELD: -7}
    assert (posting.kind, posting.amounts) == (PostingKind.RELEASED, {MILES: 7})
    assert posting.reverses == HELD


def test_a_reservation_of_nothing_ends_like_any_other():
    wallet, _ = held(wallet_of({A: 5}), 0)
    assert booked(wallet, release(wallet, order(), HELD))[0].holds == {}
    assert booked(wallet, capture(wallet, order(), HELD))[0].holds == {}
    assert settled(wallet, ROLLING, order(days(2)))[0].holds == {}


def test_what_comes_back_from_a_reservation_pays_what_is_owed():
    wallet, original = earned(EMPTY, 10)
    wallet, _ = held(wallet, 10)
    wallet, _ = booked(wallet, undone(wallet, original))
    assert (wallet.owed, wallet.available(MILES)) == ({MILES: 10}, 0)
    wallet, posting = booked(wallet, release(wallet, order(), HELD))
    assert (wallet.owed, wallet.lots) == ({}, {})
    assert accounts(posting) == {Account.HELD: -10, Account.ISSUED: 10}


def test_other_reservations_stay_as_they_are():
    wallet, _ = held(wallet_of({A: 5, B: 5}), 2, reference="other")
    wallet, _ = held(wallet, 2)
    assert list(booked(wallet, release(wallet, order(), HELD))[0].holds) == [
        Reference("shop", "other")
    ]


# What is over


def test_a_lot_can_be_spent_on_its_last_day_and_lapses_on_the_next():
    wallet = wallet_of({A: 5, B: 7, None: 1})
    assert overdue(wallet, ROLLING, order(A)) is None
    wallet, posting = booked(wallet, overdue(wallet, ROLLING, order(days(11))))
    assert wallet.lots == {MILES: {B: 7, None: 1}}
    assert accounts(posting) == {Account.AVAILABLE: -5, Account.EXPIRED: 5}
    assert (posting.kind, posting.amounts) == (PostingKind.EXPIRED, {MILES: 5})
    assert posting.reference is None
    assert overdue(wallet, ROLLING, order(days(11))) is None


def test_what_lapses_together_is_one_posting_over_all_units():
    terms = {**ROLLING, "b": ROLLING[MILES]}
    earning = Earning(amounts={MILES: 5, "b": 6}, earned_on=TODAY)
    wallet, _ = booked(EMPTY, earn(EMPTY, terms, order(), earning))
    _, [posting] = settled(wallet, ROLLING, order(NEXT_YEAR + timedelta(days=1)))
    assert posting.amounts == {MILES: 5, "b": 6}
    assert posting.counts == {
        "lapsed.miles@2027-03-11.2027-03-10": 5,
        "lapsed.b@2027-03-11.2027-03-10": 6,
    }


@pytest.mark.parametrize(("number", "left"), [(31, {None: 10, days(60): 2}), (32, {})])
def test_by_inactivity_all_lapses_once_the_last_day_is_over(number, left):
    wallet, _ = earned(wallet_of({days(60): 2}), 10, IDLE)
    wallet, _ = settled(wallet, IDLE, order(days(number)))
    assert wallet.lots.get(MILES, {}) == left


def test_a_debt_never_lapses():
    terms = rules(ExpiryKind.INACTIVITY, 1, floor=-50)
    wallet, _ = earned(EMPTY, 1, terms)
    wallet, _ = spent(wallet, 31, terms)
    assert overdue(wallet, terms, order(days(100))) is None


def test_reservations_lapse_first_then_lots_and_each_once():
    wallet, _ = held(wallet_of({A: 5}), 2, reference="b")
    wallet, _ = held(wallet, 1, reference="a", until=moment(days(3)))
    wallet, postings = settled(wallet, ROLLING, order(days(11)))
    assert [posting.kind for posting in postings] == [
        PostingKind.LAPSED,
        PostingKind.LAPSED,
        PostingKind.EXPIRED,
    ]
    assert [posting.reverses and posting.reverses.id for posting in postings] == ["a", "b", None]
    assert postings[-1].amounts == {MILES: 5}
    assert (wallet.lots, wallet.holds) == ({}, {})


def test_what_is_released_after_its_last_day_lapses_then():
    wallet, _ = held(wallet_of({A: 5}), 5, until=moment(B))
    wallet, _ = settled(wallet, ROLLING, order(days(12)))
    assert wallet.held(MILES) == 5
    wallet, _ = booked(wallet, release(wallet, order(days(12)), HELD))
    assert overdue(wallet, ROLLING, order(days(12))).amounts == {MILES: 5}


def test_what_is_earned_after_its_fixed_day_lapses_at_once():
    terms = rules(ExpiryKind.FIXED_DAY, day=days(-1))
    wallet, _ = earned(EMPTY, 5, terms)
    assert overdue(wallet, terms, order()).amounts == {MILES: 5}


# Reversals


def test_a_spend_is_reversed_into_the_very_lots_it_came_from():
    before = wallet_of({A: 5, B: 5, None: 5})
    wallet, original = spent(before, 12)
    wallet, posting = booked(wallet, undone(wallet, original, why=WHY, counts={"cap@ever": -1}))
    assert wallet.lots == before.lots
    assert accounts(posting) == {Account.AVAILABLE: 12, Account.REDEEMED: -12}
    assert (posting.kind, posting.amounts) == (PostingKind.REVERSED, {MILES: 12})
    assert posting.reverses == Reference("shop", "spent")
    assert (posting.why, posting.counts) == (WHY, {"cap@ever": -1})


def test_parts_of_a_spend_are_given_back_the_latest_first_one_after_the_other():
    wallet, original = spent(wallet_of({A: 5, B: 5}), 10)
    wallet, _ = booked(wallet, undone(wallet, original, amounts={MILES: 4}))
    assert wallet.lots == {MILES: {B: 4}}
    wallet, _ = booked(wallet, undone(wallet, original, amounts={MILES: 3}, before={MILES: 4}))
    assert wallet.lots == {MILES: {A: 2, B: 5}}
    wallet, posting = booked(wallet, undone(wallet, original, before={MILES: 7}))
    assert (wallet.lots, posting.amounts) == ({MILES: {A: 5, B: 5}}, {MILES: 3})


def test_a_capture_of_a_part_is_reversed_into_the_lots_of_that_part():
    wallet, _ = held(wallet_of({A: 5, B: 5}), 10)
    wallet, original = booked(wallet, capture(wallet, order(reference="c"), HELD, 4))
    wallet, _ = spent(wallet, 6)
    assert after(wallet, undone(wallet, original)) == {A: 4}


def below_0_and_paid(draft):
    """Return the wallet of who had 30, drafted 50 and earned 100 more a month later."""
    wallet, posting = booked(wallet_of({A: 30}), draft(wallet_of({A: 30})))
    assert wallet.lots == {MILES: {None: -20}}
    wallet, _ = earned(wallet, 100, BELOW, days(31))
    return wallet, posting


def test_what_was_spent_below_0_and_is_reversed_once_it_was_paid_lapses_as_if_earned_when_spent():
    wallet, original = below_0_and_paid(lambda w: spend(w, BELOW, order(reference="s"), MILES, 50))
    wallet, _ = booked(wallet, undone(wallet, original, BELOW, days(31)))
    earned_on = NEXT_YEAR + timedelta(days=31)
    assert wallet.lots == {MILES: {A: 30, NEXT_YEAR: 20, earned_on: 80}}


def test_what_was_reserved_below_0_and_is_released_once_it_was_paid_lapses_as_well():
    def draft(wallet):
        return reserve(wallet, BELOW, order(reference="held"), (MILES, 50), moment(days(40)))

    wallet, _ = below_0_and_paid(draft)
    wallet, _ = booked(wallet, release(wallet, order(days(31)), HELD))
    earned_on = NEXT_YEAR + timedelta(days=31)
    assert wallet.lots == {MILES: {A: 30, NEXT_YEAR: 20, earned_on: 80}}


def test_what_comes_of_a_lot_without_an_end_goes_back_there_and_only_what_was_below_0_lapses():
    _, original = spent(wallet_of({None: 30}), 50, BELOW)
    assert original.parts == (LotChange(MILES, None, -30), LotChange(MILES, NEXT_YEAR, -20))


def test_what_was_spent_below_0_and_is_reversed_lasts_no_longer_than_before():
    terms = rules(floor=-50)
    wallet, original = spent(wallet_of({A: 5}), 25, terms)
    assert wallet.lots == {MILES: {None: -20}}
    assert after(wallet, undone(wallet, original, terms)) == {A: 5}


@pytest.mark.parametrize(("before", "fits"), [(0, 10), (4, 6), (10, 0)])
def test_all_reversals_together_are_never_more_than_the_original(before, fits):
    wallet, original = spent(wallet_of({A: 10}), 10)
    told = {MILES: before}
    refused = undone(wallet, original, amounts={MILES: fits + 1}, before=told)
    assert refused is LedgerRefusal.OVER_ORIGINAL
    assert after(wallet, undone(wallet, original, amounts={MILES: fits}, before=told)) == (
        {A: fits} if fits else {}
    )


def test_a_unit_that_the_original_does_not_have_cannot_be_taken_back():
    wallet, original = earned(EMPTY, 10)
    refused = undone(wallet, original, amounts={"other": 1})
    assert refused is LedgerRefusal.OVER_ORIGINAL


def test_only_what_was_earned_spent_or_captured_can_be_reversed():
    wallet, adjustment = adjusted(EMPTY, 10)
    assert undone(wallet, adjustment) is LedgerRefusal.NOT_REVERSIBLE
    wallet, reserved = held(wallet, 5)
    assert undone(wallet, reserved) is LedgerRefusal.NOT_REVERSIBLE
    _, nameless = booked(wallet, spend(wallet, NEVER, order(), MILES, 1))
    assert undone(wallet, nameless) is LedgerRefusal.NOT_REVERSIBLE


def test_an_earning_is_taken_back_from_its_own_lot_first():
    wallet, original = earned(wallet_of({A: 50, None: 50}), 100)
    wallet, posting = booked(wallet, undone(wallet, original, amounts={MILES: 30}))
    assert wallet.lots == {MILES: {A: 50, NEXT_YEAR: 70, None: 50}}
    assert accounts(posting) == {Account.AVAILABLE: -30, Account.ISSUED: 30}
    assert (posting.owed, posting.counts, posting.amounts) == ({}, {}, {MILES: 30})


@pytest.mark.parametrize(
    ("terms", "there", "left", "owed"),
    [
        (ROLLING, {A: 5, B: 9}, {B: 4}, {}),
        (ROLLING, {A: 10}, {}, {}),
        (ROLLING, {A: 9}, {}, {MILES: 1}),
        (ROLLING, {}, {}, {MILES: 10}),
        (rules(floor=-4), {A: 6}, {None: -4}, {}),
        (rules(floor=-4), {A: 5}, {None: -4}, {MILES: 1}),
    ],
)
def test_what_is_not_in_its_lot_is_taken_from_others_then_to_the_floor_then_owed(
    terms, there, left, owed
):
    wallet, original = earned(EMPTY, 10)
    wallet, _ = spent(wallet, 10)
    wallet = replace(wallet, lots={MILES: there} if there else {})
    wallet, posting = booked(wallet, undone(wallet, original, terms))
    assert (wallet.lots.get(MILES, {}), wallet.owed) == (left, owed)
    taken = 10 - owed.get(MILES, 0)
    assert accounts(posting) == (
        {Account.AVAILABLE: -taken, Account.ISSUED: taken} if taken else {}
    )


def test_buy_spend_return_and_buy_again_gives_nothing_twice():
    wallet, original = earned(EMPTY, 100)
    wallet, _ = spent(wallet, 100)
    wallet, _ = booked(wallet, undone(wallet, original))
    wallet, _ = earned(wallet, 100)
    assert (wallet.available(MILES), wallet.owed) == (0, {})


def bought_lapsed_and_bought_again(lapsing=40):
    """100 were earned, 60 spent, 40 lapsed; then 100 more came."""
    terms = rules(ExpiryKind.ROLLING, 1)
    wallet, original = earned(EMPTY, 100, terms)
    wallet, _ = spent(wallet, 100 - lapsing, terms)
    wallet, _ = settled(wallet, terms, order(days(40)))
    wallet, again = earned(wallet, 100, terms, days(40))
    return terms, wallet, original, again


def test_what_has_lapsed_is_not_taken_a_second_time_from_what_was_earned_later():
    terms, wallet, original, _ = bought_lapsed_and_bought_again()
    assert wallet.tallies == {"lapsed.miles@2026-04-19.2026-04-10": 40}
    wallet, posting = booked(wallet, undone(wallet, original, terms, days(40)))
    assert (wallet.available(MILES), wallet.owed, wallet.tallies) == (40, {}, {})
    assert accounts(posting) == {
        Account.AVAILABLE: -60,
        Account.EXPIRED: -40,
        Account.ISSUED: 100,
    }
    assert posting.counts == {"lapsed.miles@2026-04-19.2026-04-10": -40}


def test_what_has_lapsed_is_forgiven_once():
    terms, wallet, original, _ = bought_lapsed_and_bought_again()
    part = {"amounts": {MILES: 50}}
    wallet, _ = booked(wallet, undone(wallet, original, terms, days(40), **part))
    assert (wallet.available(MILES), wallet.tallies) == (90, {})
    wallet, _ = booked(
        wallet, undone(wallet, original, terms, days(40), before={MILES: 50}, **part)
    )
    assert wallet.available(MILES) == 40


def test_what_lapsed_before_an_earning_has_nothing_to_do_with_it():
    terms, wallet, _, _ = bought_lapsed_and_bought_again()
    wallet, original = earned(wallet, 10, terms, days(41))
    wallet, _ = spent(wallet, 110, terms, days(41))
    wallet, _ = booked(wallet, undone(wallet, original, terms, days(41)))
    assert (wallet.owed, wallet.tallies) == (
        {MILES: 10},
        {"lapsed.miles@2026-04-19.2026-04-10": 40},
    )


def test_who_spent_a_purchase_s_miles_and_returns_it_owes_them_whatever_older_miles_have_lapsed():
    wallet, original = earned(wallet_of({days(5): 100}), 50)
    wallet, _ = settled(wallet, ROLLING, order(days(6)))
    wallet, _ = spent(wallet, 50, on=days(7))
    wallet, _ = booked(wallet, undone(wallet, original, on=days(8)))
    assert (wallet.available(MILES), wallet.owed) == (0, {MILES: 50})


def test_what_lapsed_of_a_lot_that_a_full_wallet_made_one_with_the_next_is_not_taken_twice():
    wallet, original = earned(wallet_of({days(30 + n): 1 for n in range(MOST_LOTS)}), 9, SHORT)
    assert wallet.lots[MILES][days(31)] == 10
    wallet, _ = settled(wallet, SHORT, order(days(90)))
    wallet, _ = booked(wallet, undone(wallet, original, SHORT, days(90)))
    assert (wallet.available(MILES), wallet.owed) == (0, {})


# By hand


def test_a_correction_has_its_reason_and_lapses_as_if_earned_now():
    wallet, posting = adjusted(EMPTY, 10, ROLLING)
    assert wallet.lots == {MILES: {NEXT_YEAR: 10}}
    assert accounts(posting) == {Account.AVAILABLE: 10, Account.ADJUSTED: -10}
    assert (posting.kind, posting.amounts) == (PostingKind.ADJUSTED, {MILES: 10})
    assert posting.why == (Reasoned("hand", MILES, 10),)


def test_a_correction_downwards_takes_what_lapses_first_and_no_more_than_there_is():
    wallet, posting = adjusted(wallet_of({A: 5, B: 5}), -7)
    assert wallet.lots == {MILES: {B: 3}}
    assert accounts(posting) == {Account.AVAILABLE: -7, Account.ADJUSTED: 7}
    assert posting.amounts == {MILES: 7}
    change = Reasoned("hand", MILES, -4)
    refused = adjust(wallet, ROLLING, order(), MILES, change)
    assert refused is LedgerRefusal.NOT_ENOUGH


# The chain


def test_postings_are_numbered_and_linked_in_their_order():
    wallet, first = earned(EMPTY, 10)
    wallet, second = spent(wallet, 4)
    assert (first.number, first.previous) == (1, "")
    assert (second.number, second.previous) == (2, first.hash)
    assert (wallet.number, wallet.hash) == (2, second.hash)


def test_a_posting_tells_the_balances_of_all_units_after_it():
    wallet, _ = earned(EMPTY, 10)
    amounts = {"other": 3}
    draft = earn(wallet, ROLLING, order(), Earning(amounts=amounts, earned_on=TODAY))
    assert booked(wallet, draft)[1].after == {MILES: 10, "other": 3}


def test_what_is_used_up_is_told_in_the_order_of_its_changes_whatever_hash_gives():
    names = [f"unit {number}" for number in range(9)]
    wallet, posting = earned(EMPTY, 1, amounts=dict.fromkeys(names, 1))
    _, back = booked(wallet, reverse(wallet, ROLLING, order(), Reversal(original=posting)))
    assert list(back.after.items()) == [(name, 0) for name in names]


def test_what_was_had_before_there_was_a_wallet_is_its_first_posting():
    wallet, posting = booked(EMPTY, carry_over(ROLLING, order(), {MILES: 70, "other": 0}))
    assert wallet.lots == {MILES: {NEXT_YEAR: 70}}
    assert (posting.kind, posting.number) == (PostingKind.ADJUSTED, 1)
    assert posting.amounts == {MILES: 70}
    assert accounts(posting) == {Account.AVAILABLE: 70, Account.ADJUSTED: -70}
    assert posting.why == (Reasoned(CARRIED_OVER, MILES, 70), Reasoned(CARRIED_OVER, "other", 0))
    assert posting.active == {}
    assert (posting.on, posting.at) == (TODAY, moment())


def test_what_is_carried_over_lapses_as_if_the_member_had_been_active_that_day():
    wallet, posting = booked(EMPTY, carry_over(IDLE, order(), {MILES: 70}))
    assert posting.active == {MILES: TODAY}
    assert wallet.lots == {MILES: {None: 70}}
    assert last_day(wallet, IDLE, MILES) == TODAY.replace(month=4)


def test_a_unit_of_which_nothing_is_carried_over_has_no_lot_and_no_day():
    wallet, posting = booked(EMPTY, carry_over(IDLE, order(), {MILES: 0}))
    assert (wallet.lots, posting.active, posting.amounts, posting.entries) == ({}, {}, {}, ())


def test_every_unit_is_carried_over_for_itself():
    terms = {**ROLLING, "points": NEVER[MILES]}
    wallet, posting = booked(EMPTY, carry_over(terms, order(), {MILES: 70, "points": 5}))
    assert wallet.lots == {MILES: {NEXT_YEAR: 70}, "points": {None: 5}}
    assert accounts(posting, "points") == {Account.AVAILABLE: 5, Account.ADJUSTED: -5}
