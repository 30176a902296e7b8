"""What members have when they are merged and parted: nothing appears and nothing vanishes."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from usecases.benefit_lives import ANN_CARD, BEN_CARD, happens
from usecases.engines import memory_engine

from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.domain.ledger import Account, Reference, broken_link, totals
from chalicelib.domain.merging import MergeRefusal
from chalicelib.domain.transaction import Line, Return, Transaction
from chalicelib.usecases.book import book
from chalicelib.usecases.erase_member import erase_member
from chalicelib.usecases.merge_members import Merged, Unmerged, merge, unmerge
from chalicelib.usecases.partner_acts import Asked, reserve_request, reverse_booked, spend_request
from chalicelib.usecases.post_transaction import post_transaction, return_of_transaction

UNIT = "redeemable"
HOUR = timedelta(hours=1)


def id_of(engine, card):
    return engine.members.member_of(alias_of(AliasType.CARD, card))


@pytest.fixture
def engine():
    engine = memory_engine()
    for card in (ANN_CARD, BEN_CARD):
        happens(engine, "member.joined", card, channel="offline", card=card)
    return engine


@pytest.fixture
def ann(engine):
    return id_of(engine, ANN_CARD)


@pytest.fixture
def ben(engine):
    return id_of(engine, BEN_CARD)


def asked(name):
    return Asked(reference=Reference("demo", name), body_hash=name)


def buys(engine, member_id, euros, name):
    on = engine.clock.now().date()
    lines = (Line(kind="purchase", amount=euros * 100, currency="EUR"),)
    told = Transaction(partner="demo", reference=name, on=on, lines=lines)
    return post_transaction(engine, member_id, told)


def returns(engine, name):
    back = Return(partner="demo", reference=name)
    return return_of_transaction(engine, back, Reference("demo", f"back.{name}"), name)


def spends(engine, member_id, amount, name):
    return book(engine, spend_request(engine, member_id, asked(name), UNIT, amount))


def wallet(engine, member_id):
    return engine.memberships.load(member_id).membership.wallet


def has(engine, member_id):
    """Return what there is to spend, and what is owed."""
    known = wallet(engine, member_id)
    return known.available(UNIT), known.owed.get(UNIT, 0)


def books_are_right(engine, *members):
    chains = [list(engine.memberships.postings(each)) for each in members]
    accounts = totals(posting for chain in chains for posting in chain)[UNIT]
    return not any(map(broken_link, chains)) and not accounts.get(Account.MOVED, 0)


def granted_by_an_older_release(engine, member_id, amount):
    member = engine.members.load(member_id)
    assert engine.members.save(replace(member, granted={UNIT: amount}))


@pytest.mark.parametrize("spent", [0, 10])
def test_what_older_releases_granted_both_is_carried_over_before_they_are_merged(
    engine, ann, ben, spent
):
    granted_by_an_older_release(engine, ann, 500)
    granted_by_an_older_release(engine, ben, 300)
    if spent:
        spends(engine, ben, spent, "s-1")
    assert isinstance(merge(engine, ann, ben), Merged)
    assert has(engine, ann) == (800 - spent, 0)
    assert isinstance(unmerge(engine, ben), Unmerged)
    assert (has(engine, ann), has(engine, ben)) == ((500, 0), (300 - spent, 0))
    assert books_are_right(engine, ann, ben)


def test_what_would_be_merged_opens_no_wallet(engine, ann, ben):
    granted_by_an_older_release(engine, ben, 300)
    merge(engine, ann, ben, dry_run=True)
    assert engine.memberships.load(ben).membership.version == 0


@pytest.mark.parametrize(("waited", "merges"), [(HOUR - timedelta(seconds=1), False), (HOUR, True)])
def test_a_reservation_bars_a_merge_until_it_is_over_and_not_until_somebody_looks(
    engine, ann, ben, waited, merges
):
    buys(engine, ben, 50, "t-1")
    book(engine, reserve_request(engine, ben, asked("h-1"), (UNIT, 30), HOUR))
    engine.clock.advance(waited)
    answer = merge(engine, ann, ben)
    assert isinstance(answer, Merged) if merges else answer is MergeRefusal.OPEN_HOLD
    assert has(engine, ann) == ((50, 0) if merges else (0, 0))


def cap(engine, member_id):
    tallies = wallet(engine, member_id).tallies
    return sum(amount for name, amount in tallies.items() if name.startswith("cap."))


def test_who_is_parted_takes_along_what_was_returned_of_the_own_meanwhile(engine, ann, ben):
    buys(engine, ann, 100, "t-a")
    buys(engine, ben, 70, "t-b")
    merge(engine, ann, ben)
    returns(engine, "t-b")
    assert (has(engine, ann), cap(engine, ann)) == ((100, 0), 100)
    unmerge(engine, ben)
    assert (has(engine, ann), cap(engine, ann)) == ((100, 0), 100)
    assert (has(engine, ben), cap(engine, ben)) == ((0, 0), 0)
    assert books_are_right(engine, ann, ben)


def test_what_was_returned_of_the_survivor_s_own_is_not_taken_along(engine, ann, ben):
    buys(engine, ann, 100, "t-a")
    buys(engine, ben, 70, "t-b")
    merge(engine, ann, ben)
    returns(engine, "t-a")
    unmerge(engine, ben)
    assert (has(engine, ann), cap(engine, ann)) == ((0, 0), 0)
    assert (has(engine, ben), cap(engine, ben)) == ((70, 0), 70)


def test_a_spend_of_the_absorbed_that_was_taken_back_meanwhile_is_taken_along(engine, ann, ben):
    buys(engine, ben, 70, "t-b")
    spends(engine, ben, 60, "s-1")
    merge(engine, ann, ben)
    reverse_booked(engine, asked("r-1"), Reference("demo", "s-1"), 50)
    assert has(engine, ann) == (60, 0)
    unmerge(engine, ben)
    assert (has(engine, ann), has(engine, ben)) == ((0, 0), (60, 0))
    reverse_booked(engine, asked("r-2"), Reference("demo", "s-1"))
    assert (has(engine, ann), has(engine, ben)) == ((0, 0), (70, 0))
    assert books_are_right(engine, ann, ben)


def test_what_the_survivor_came_to_owe_for_the_absorbed_goes_along_also_once_it_is_paid(
    engine, ann, ben
):
    buys(engine, ben, 70, "t-b")
    spends(engine, ben, 70, "s-1")
    merge(engine, ann, ben)
    returns(engine, "t-b")
    assert has(engine, ann) == (0, 70)
    buys(engine, ann, 100, "t-a")
    assert has(engine, ann) == (30, 0)
    unmerge(engine, ben)
    assert (has(engine, ann), has(engine, ben)) == ((100, 0), (0, 70))
    assert books_are_right(engine, ann, ben)


def test_what_was_returned_in_a_former_merge_is_not_taken_along_again(engine, ann, ben):
    buys(engine, ann, 100, "t-a")
    buys(engine, ben, 70, "t-b")
    for _ in range(3):
        merge(engine, ann, ben)
        if has(engine, ann) == (170, 0):
            returns(engine, "t-b")
        assert has(engine, ann) == (100, 0)
        unmerge(engine, ben)
        assert (has(engine, ann), has(engine, ben)) == ((100, 0), (0, 0))
    assert books_are_right(engine, ann, ben)


@pytest.mark.parametrize("name", ["ann", "ben"])
def test_who_is_erased_after_a_merge_that_died_between_its_two_postings_leaves_nothing_on_the_way(
    engine, ann, ben, name
):
    buys(engine, ben, 70, "t-b")
    with dying_before(engine, ".in"):
        merge(engine, ann, ben)
    assert not books_are_right(engine, ann, ben)
    erase_member(engine, {"ann": ann, "ben": ben}[name])
    assert books_are_right(engine, ann, ben)


@contextmanager
def dying_before(engine, move):
    """Let what is done die before this half of a move is posted."""
    store = engine.memberships.store

    def dying(change):
        if change.new and change.new[0].reference.id.endswith(move):
            raise ConnectionError
        return store(change)

    with patch.object(engine.memberships, "store", dying), pytest.raises(ConnectionError):
        yield


def test_an_unmerge_that_died_between_its_two_postings_gives_what_it_took(engine, ann, ben):
    buys(engine, ann, 100, "t-a")
    buys(engine, ben, 70, "t-b")
    merge(engine, ann, ben)
    returns(engine, "t-b")
    with dying_before(engine, ".out.back"):
        unmerge(engine, ben)
    spends(engine, ann, 40, "s-1")
    reverse_booked(engine, asked("r-1"), Reference("demo", "s-1"))
    unmerge(engine, ben)
    assert (has(engine, ann), has(engine, ben)) == ((100, 0), (0, 0))
    assert books_are_right(engine, ann, ben)
