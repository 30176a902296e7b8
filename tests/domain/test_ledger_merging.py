"""Two wallets become one and two again: over both nothing appears and nothing vanishes."""

from dataclasses import replace

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
    is_balanced,
    moment,
    order,
    rules,
    same_but_for_the_chain,
    settled,
    wallet_of,
)
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.ledger import Account, LedgerRefusal, PostingKind, Reference, totals
from chalicelib.domain.ledger_booking import Reversal, booked, release, reserve, reverse, spend
from chalicelib.domain.ledger_expiry import ExpiryKind
from chalicelib.domain.ledger_lots import MOST_LOTS
from chalicelib.domain.ledger_merging import move_back, move_in, move_out, with_reversals
from chalicelib.domain.ledger_wallet import EMPTY, Wallet, after

A, B, C = days(10), days(20), days(30)
DEBT = rules(ExpiryKind.NEVER, 0, floor=-50)
LONG = rules(ExpiryKind.ROLLING, 1, floor=-5)


def merged(survivor, absorbed, terms=ROLLING, on=TODAY):
    """Return both wallets after the move, and both postings."""
    left, out = booked(absorbed, move_out(absorbed, order(on, member_id="absorbed")))
    both, into = booked(survivor, move_in(survivor, terms, order(on), absorbed))
    return both, left, into, out


def back(wallet, was, before, terms=ROLLING, on=TODAY):
    return booked(wallet, move_back(wallet, terms, order(on), was, before))


def worth(wallet, unit=MILES):
    return wallet.available(unit) - wallet.owed.get(unit, 0)


def nothing_is_left_between(*postings):
    assert all(is_balanced(posting) for posting in postings)
    sums = totals(postings)
    return all(unit.get(Account.MOVED, 0) == 0 for unit in sums.values())


def test_50_and_100_are_150_and_nothing_is_left_behind():
    both, left, into, out = merged(wallet_of({A: 50}), wallet_of({B: 100}))
    assert both.lots == {MILES: {A: 50, B: 100}}
    assert both.available(MILES) == 150
    assert (left.lots, left.owed, left.tallies, left.active_on) == ({}, {}, {}, {})
    assert accounts(out) == {Account.AVAILABLE: -100, Account.MOVED: 100}
    assert accounts(into) == {Account.AVAILABLE: 100, Account.MOVED: -100}
    assert (out.kind, into.kind) == (PostingKind.MOVED, PostingKind.MOVED)
    assert out.amounts == into.amounts == {MILES: 100}
    assert nothing_is_left_between(out, into)


def test_what_has_the_same_last_day_is_one_lot():
    both, *_ = merged(wallet_of({A: 50, B: 1}), wallet_of({A: 7, None: 2}))
    assert both.lots == {MILES: {A: 57, B: 1, None: 2}}


@pytest.mark.parametrize(
    ("mine", "theirs", "terms", "lots", "owed"),
    [
        (({A: 100}, 0), ({}, 30), ROLLING, {A: 70}, 0),
        (({A: 20}, 0), ({}, 30), ROLLING, {}, 10),
        (({A: 30}, 0), ({}, 30), ROLLING, {}, 0),
        (({}, 30), ({A: 100}, 0), ROLLING, {A: 70}, 0),
        (({}, 30), ({A: 20, B: 20}, 0), ROLLING, {B: 10}, 0),
        (({}, 30), ({}, 12), ROLLING, {}, 42),
        (({A: 5, B: 60}, 0), ({None: -50}, 0), DEBT, {B: 15}, 0),
        (({A: 5, None: 60}, 0), ({None: -50}, 0), DEBT, {None: 15}, 0),
        (({None: -50}, 0), ({B: 60}, 0), DEBT, {B: 10}, 0),
        (({A: 20}, 0), ({None: -50}, 7), DEBT, {None: -37}, 0),
        (({None: -50}, 30), ({None: -50}, 20), DEBT, {None: -50}, 100),
        (({None: -10}, 0), ({None: -40}, 0), DEBT, {None: -50}, 0),
        (({None: -10}, 0), ({None: -41}, 0), DEBT, {None: -50}, 1),
    ],
)
def test_what_the_one_owes_is_paid_by_what_the_other_has(mine, theirs, terms, lots, owed):
    survivor, absorbed = wallet_of(*mine), wallet_of(*theirs)
    both, left, into, out = merged(survivor, absorbed, terms)
    assert (both.lots.get(MILES, {}), both.owed.get(MILES, 0)) == (lots, owed)
    assert (left.lots, left.owed) == ({}, {})
    assert worth(both) == worth(survivor) + worth(absorbed)
    assert nothing_is_left_between(out, into)


def test_units_of_which_only_one_has_something_stay_apart():
    both, *_ = merged(
        replace(wallet_of({A: 5}), owed={"b": 2}), replace(EMPTY, lots={"c": {None: 3}})
    )
    assert (both.lots, both.owed) == ({MILES: {A: 5}, "c": {None: 3}}, {"b": 2})


def test_tallies_add_up_and_the_later_activity_counts():
    one = Wallet(tallies={"q@2026-01-01": 5}, active_on={MILES: days(-5), "b": days(-2)})
    other = Wallet(
        tallies={"q@2026-01-01": 7, "cap@ever": 1},
        active_on={MILES: days(-3), "b": days(-9), "c": days(-1)},
    )
    both, left, into, out = merged(one, other)
    assert both.tallies == {"q@2026-01-01": 12, "cap@ever": 1}
    assert both.active_on == {MILES: days(-3), "b": days(-2), "c": days(-1)}
    assert (left.tallies, left.active_on) == ({}, {})
    assert same_but_for_the_chain(back(both, into, one)[0]) == one
    assert same_but_for_the_chain(back(left, out, other)[0]) == other


def test_each_unit_goes_back_by_itself():
    one = Wallet(lots={MILES: {A: 5}, "b": {A: 7}}, owed={"c": 4})
    other = Wallet(lots={MILES: {A: 1}, "b": {A: 2, B: 3}, "c": {A: 9}}, owed={"d": 6})
    both, left, into, out = merged(one, other)
    assert both.lots == {MILES: {A: 6}, "b": {A: 9, B: 3}, "c": {A: 5}}
    assert both.owed == {"d": 6}
    one_again, returned = back(both, into, one)
    other_again, restored = back(left, out, other)
    assert same_but_for_the_chain(one_again) == one
    assert same_but_for_the_chain(other_again) == other
    assert nothing_is_left_between(into, out)
    assert nothing_is_left_between(returned, restored)


def test_lots_are_bounded_when_two_wallets_become_one_and_come_apart_again():
    one = wallet_of({days(2 * each): 1 for each in range(MOST_LOTS)})
    other = wallet_of({days(2 * each + 1): 1 for each in range(MOST_LOTS)})
    both, left, into, out = merged(one, other)
    assert (len(both.lots[MILES]), both.available(MILES)) == (MOST_LOTS, 2 * MOST_LOTS)
    assert same_but_for_the_chain(back(both, into, one)[0]) == one
    assert same_but_for_the_chain(back(left, out, other)[0]) == other


def test_a_reservation_stays_where_it_was_made_and_what_comes_back_from_it_is_moved_on():
    absorbed = wallet_of({A: 5})
    held = Reference("shop", "held")
    draft = reserve(absorbed, ROLLING, order(reference="held"), (MILES, 3), moment(B))
    absorbed, _ = booked(absorbed, draft)
    both, left, *_ = merged(EMPTY, absorbed)
    assert (both.lots, left.held(MILES)) == ({MILES: {A: 2}}, 3)
    left, _ = booked(left, release(left, order(), held))
    both, left, *_ = merged(both, left)
    assert (both.lots, left.lots) == ({MILES: {A: 5}}, {})


# Taken back


def test_what_was_spent_since_is_taken_from_others_and_the_rest_is_owed():
    one, other = wallet_of({B: 4}), wallet_of({A: 10})
    both, left, into, out = merged(one, other)
    both, _ = booked(both, spend(both, ROLLING, order(), MILES, 8))
    both, returned = back(both, into, one)
    assert (both.lots, both.owed) == ({}, {MILES: 4})
    left, restored = back(left, out, other)
    assert left.lots == {MILES: {A: 10}}
    assert nothing_is_left_between(out, into, returned, restored)


def test_what_was_spent_since_is_taken_down_to_the_floor():
    one, other = EMPTY, wallet_of({A: 10})
    both, _, into, _ = merged(one, other, DEBT)
    both, _ = booked(both, spend(both, DEBT, order(), MILES, 10))
    assert back(both, into, one, DEBT)[0].lots == {MILES: {None: -10}}


def test_what_is_still_there_goes_back_from_its_own_lot():
    one, other = wallet_of({A: 5}), wallet_of({B: 10})
    both, _, into, _ = merged(one, other)
    both, _ = booked(both, spend(both, ROLLING, order(), MILES, 5))
    assert back(both, into, one)[0].lots == {}
    both, _ = earned(both, 7)
    assert back(both, into, one)[0].lots == {MILES: {TODAY.replace(year=2027): 7}}


def test_what_has_lapsed_since_is_not_asked_for():
    one, other = wallet_of({B: 5}), wallet_of({A: 10})
    both, left, into, out = merged(one, other)
    both, [lapsed] = settled(both, ROLLING, order(days(11)))
    both, returned = back(both, into, one, on=days(11))
    assert (both.lots, both.owed, both.tallies) == (one.lots, {}, {})
    assert accounts(returned) == {Account.MOVED: 10, Account.EXPIRED: -10}
    left, restored = back(left, out, other, on=days(11))
    left, [again] = settled(left, ROLLING, order(days(11)))
    assert left.lots == {}
    assert nothing_is_left_between(out, into, lapsed, returned, restored, again)


def test_what_lapsed_on_the_day_of_the_move_was_there_before_it():
    one, _ = settled(wallet_of({days(-1): 50}), DEBT, order())
    one, _ = booked(one, spend(one, DEBT, order(), MILES, 20))
    other = wallet_of({None: 30})
    both, _, into, _ = merged(one, other, DEBT)
    assert same_but_for_the_chain(back(both, into, one, DEBT)[0]) == same_but_for_the_chain(one)


def test_what_lapsed_of_the_survivor_before_the_move_excuses_nothing_that_was_spent_after_it():
    one, _ = settled(wallet_of({days(-1): 50}), ROLLING, order())
    both, _, into, _ = merged(one, wallet_of({A: 30}))
    both, _ = booked(both, spend(both, ROLLING, order(), MILES, 20))
    assert back(both, into, one)[0].owed == {MILES: 20}


def test_who_paid_what_the_other_owed_gets_it_back():
    one, other = EMPTY, wallet_of({}, 30)
    both, left, into, out = merged(one, other)
    both, _ = earned(both, 100)
    assert both.available(MILES) == 70
    both, returned = back(both, into, one, on=days(2))
    lots = {TODAY.replace(year=2027): 70, days(2).replace(year=2027): 30}
    assert (both.lots, both.owed) == ({MILES: lots}, {})
    left, restored = back(left, out, other, on=days(2))
    assert left.owed == {MILES: 30}
    assert nothing_is_left_between(out, into, returned, restored)


def test_what_was_paid_of_what_the_survivor_owed_is_owed_again():
    one, other = wallet_of({}, 30), wallet_of({A: 100})
    both, _, into, _ = merged(one, other)
    assert both.lots == {MILES: {A: 70}}
    assert back(both, into, one)[0].owed == {MILES: 30}
    both, _ = earned(both, 40)
    both, _ = back(both, into, one)
    assert (both.available(MILES), both.owed) == (10, {})


def test_activity_since_then_counts_and_activity_that_moved_does_not():
    one = Wallet(active_on={MILES: days(-9)})
    other = Wallet(active_on={MILES: days(-1), "b": days(-1), "c": days(-1)})
    both, _, into, _ = merged(one, other)
    since = after(both, replace(earned(EMPTY, 1)[1], active={"b": TODAY}))
    assert back(since, into, one)[0].active_on == {MILES: days(-9), "b": TODAY}


def test_a_move_back_says_which_move_it_takes_back():
    into, _ = booked(EMPTY, move_in(EMPTY, ROLLING, order(reference="merge"), wallet_of({A: 1})))
    was = booked(EMPTY, move_in(EMPTY, ROLLING, order(reference="merge"), wallet_of({A: 1})))[1]
    draft = move_back(into, ROLLING, order(reference="unmerge"), was, EMPTY)
    assert draft.reverses == Reference("shop", "merge")
    assert draft.reference == Reference("shop", "unmerge")
    assert (draft.kind, draft.amounts) == (PostingKind.MOVED, {MILES: 1})


def test_an_earning_of_the_absorbed_is_reversed_in_the_survivor_with_what_lapsed_before():
    absorbed, original = earned(EMPTY, 10, LONG)
    absorbed, _ = settled(absorbed, LONG, order(days(40)))
    both, *_ = merged(wallet_of({days(50): 10}), absorbed, LONG, days(40))
    draft = reverse(both, LONG, order(days(40)), Reversal(original=original))
    assert booked(both, draft)[0].lots == {MILES: {days(50): 10}}


def test_what_was_spent_of_the_other_s_is_owed_when_parted_whatever_own_miles_had_lapsed():
    both, _, into, _ = merged(wallet_of({A: 100}), wallet_of({C: 50}))
    both, _ = settled(both, ROLLING, order(days(11)))
    both, _ = booked(both, spend(both, ROLLING, order(days(12)), MILES, 50))
    one, _ = back(both, into, wallet_of({A: 100}), ROLLING, days(13))
    assert (one.available(MILES), one.owed) == (0, {MILES: 50})


# Taken along by who is parted


def parted_after_a_return(one, other, original, amount, terms=ROLLING):
    """Merge, let some of the absorbed member's purchase come back, part; return both and all."""
    both, left, into, out = merged(one, other, terms)
    given_back = Reversal(original=original, amounts={MILES: amount}, counts={"q@ever": -amount})
    both, reversal = booked(both, reverse(both, terms, order(), given_back))
    one_again, returned = back(both, with_reversals(into, [reversal]), one, terms)
    other_again, restored = back(left, with_reversals(out, [reversal]), other, terms)
    return one_again, other_again, (into, out, reversal, returned, restored)


def without_a_merge(other, original, amount, terms=ROLLING):
    given_back = Reversal(original=original, amounts={MILES: amount}, counts={"q@ever": -amount})
    return booked(other, reverse(other, terms, order(), given_back))[0]


def test_who_is_parted_takes_along_what_came_back_of_the_own_purchases():
    one = replace(wallet_of({A: 40}), tallies={"q@ever": 5})
    other, original = earned(EMPTY, 100, counts={"q@ever": 100})
    one_again, other_again, postings = parted_after_a_return(one, other, original, 60)
    assert same_but_for_the_chain(one_again) == one
    expected = without_a_merge(other, original, 60)
    assert other_again.available(MILES) == 40
    assert other_again.tallies == {"q@ever": 40}
    assert same_but_for_the_chain(other_again) == same_but_for_the_chain(expected)
    assert nothing_is_left_between(*postings)


def test_who_is_parted_takes_along_what_the_own_purchase_left_owed():
    other, original = earned(EMPTY, 10, counts={"q@ever": 10})
    other, _ = booked(other, spend(other, ROLLING, order(), MILES, 10))
    one_again, other_again, postings = parted_after_a_return(EMPTY, other, original, 10)
    assert (one_again.lots, one_again.owed) == ({}, {})
    assert (other_again.lots, other_again.owed) == ({}, {MILES: 10})
    assert nothing_is_left_between(*postings)


def test_who_paid_for_the_return_of_the_other_gets_it_back():
    other, original = earned(EMPTY, 10, counts={"q@ever": 10})
    other, _ = booked(other, spend(other, ROLLING, order(), MILES, 10))
    one = wallet_of({B: 4})
    one_again, other_again, postings = parted_after_a_return(one, other, original, 10)
    assert same_but_for_the_chain(one_again) == one
    assert (other_again.lots, other_again.owed) == ({}, {MILES: 10})
    assert nothing_is_left_between(*postings)


def test_who_is_parted_takes_along_every_return_and_each_unit_of_it():
    both = {"amounts": {MILES: 9, "stars": 7}}
    other, original = earned(EMPTY, 0, {**ROLLING, "stars": ROLLING[MILES]}, **both)
    joined, left, into, out = merged(EMPTY, other, {**ROLLING, "stars": ROLLING[MILES]})
    terms = {**ROLLING, "stars": ROLLING[MILES]}
    reversals, before = [], {}
    for amounts in ({MILES: 2, "stars": 1}, {MILES: 3}):
        given_back = Reversal(original=original, amounts=amounts, before=before)
        joined, reversal = booked(joined, reverse(joined, terms, order(), given_back))
        reversals.append(reversal)
        before = amounts
    one_again, _ = back(joined, with_reversals(into, reversals), EMPTY, terms)
    other_again, _ = back(left, with_reversals(out, reversals), other, terms)
    assert one_again.lots == {}
    assert (other_again.available(MILES), other_again.available("stars")) == (4, 6)


@given(
    st.dictionaries(st.sampled_from([A, B, C]), st.integers(1, 9)),
    st.integers(1, 20),
    st.integers(0, 20),
    st.integers(1, 20),
)
def test_a_return_while_two_are_one_is_the_same_to_both_as_before_it(mine, amount, spent, some):
    one = wallet_of(mine)
    other, original = earned(EMPTY, amount, counts={"q@ever": amount})
    if 0 < spent <= amount:
        other, _ = booked(other, spend(other, ROLLING, order(), MILES, spent))
    given_back = min(some, amount)
    one_again, other_again, postings = parted_after_a_return(one, other, original, given_back)
    expected = without_a_merge(other, original, given_back)
    assert same_but_for_the_chain(one_again) == one
    assert same_but_for_the_chain(other_again) == same_but_for_the_chain(expected)
    assert nothing_is_left_between(*postings)


# Properties

STEPS = st.lists(
    st.tuples(st.sampled_from(["earn", "spend", "undo", "adjust", "wait"]), st.integers(1, 20)),
    max_size=8,
)


def lived(wallet, steps, terms=LONG, on=TODAY):
    """Return the wallet after the steps, their postings and the day."""
    postings, originals = [], []
    for what, number in steps:
        posting = None
        if what == "wait":
            on = on.fromordinal(on.toordinal() + number)
        elif what == "earn":
            wallet, posting = earned(wallet, number, terms, on, counts={f"q@{on}": number})
            originals.append(posting)
        elif what == "undo" and originals:
            draft = reverse(wallet, terms, order(on, "u"), Reversal(original=originals.pop()))
            wallet, posting = booked(wallet, draft)
        elif what == "adjust":
            wallet, posting = adjusted(wallet, number, NEVER, on)
        elif what == "spend":
            draft = spend(wallet, terms, order(on), MILES, number)
            if draft is not LedgerRefusal.NOT_ENOUGH:
                wallet, posting = booked(wallet, draft)
        wallet, lapsed = settled(wallet, terms, order(on))
        postings += [posting, *lapsed] if posting else lapsed
    return wallet, postings, on


@given(STEPS, STEPS)
def test_to_merge_and_unmerge_changes_nothing(mine, theirs):
    one, _, on = lived(EMPTY, mine)
    other, _, later = lived(EMPTY, theirs, on=on)
    one, _ = settled(one, LONG, order(later))
    both, left, into, out = merged(one, other, LONG, later)
    assert worth(both) == worth(one) + worth(other)
    assert nothing_is_left_between(out, into)
    one_again, returned = back(both, into, one, LONG, later)
    other_again, restored = back(left, out, other, LONG, later)
    assert same_but_for_the_chain(one_again) == same_but_for_the_chain(one)
    assert same_but_for_the_chain(other_again) == same_but_for_the_chain(other)
    assert nothing_is_left_between(returned, restored)


@given(STEPS, STEPS, STEPS)
def test_whatever_happens_in_between_each_gets_what_is_its_own(mine, theirs, since):
    one, _, on = lived(EMPTY, mine)
    other, _, on = lived(EMPTY, theirs, on=on)
    one, _ = settled(one, LONG, order(on))
    both, left, into, out = merged(one, other, LONG, on)
    later, postings, day = lived(both, since, on=on)
    one_again, returned = back(later, into, one, LONG, day)
    other_again, restored = back(left, out, other, LONG, day)
    assert nothing_is_left_between(out, into, *postings, returned, restored)
    assert other_again.lots == other.lots
    assert other_again.owed == other.owed
    forgiven = -accounts(returned).get(Account.EXPIRED, 0)
    assert worth(one_again) == worth(later) - worth(other) + forgiven
    lapsed = sum(accounts(posting).get(Account.EXPIRED, 0) for posting in postings)
    assert 0 <= forgiven <= max(0, lapsed)
    assert one_again.available(MILES) >= -5
    assert not one_again.owed or one_again.available(MILES) == -5
