"""The port ``Memberships``, on every adapter."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import member_ids, memberships, postings, reference_records, times

from chalicelib.adapters.keys import shard_of
from chalicelib.domain.gifts import GIFTS
from chalicelib.domain.ledger import LedgerRefusal, LotChange, Posting, PostingKind, Reference
from chalicelib.domain.ledger_wallet import Wallet
from chalicelib.domain.member import Consent, ConsentStatus, Member
from chalicelib.domain.membership import Membership
from chalicelib.domain.membership_look import MOST_OVERDUE
from chalicelib.domain.news import News, NewsKind
from chalicelib.usecases.membership_ports import Account, Change, ReferenceRecord

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
ANNA, BORIS, ERASED, GONE = "a" * 26, "b" * 26, "c" * 26, "d" * 26
ORDER = Reference("shop", "order#7")
MEMBER = Member(member_id=ANNA, joined_at=NOW, consent=Consent(ConsentStatus.UNSAID, NOW))
EMPTY = Membership(member_id=ANNA)
RECORD = ReferenceRecord(reference=ORDER, member_id=ANNA, body_hash="f" * 64, kept_at=NOW, number=1)
REFUSED = replace(RECORD, number=0, refusal=LedgerRefusal.NOT_ENOUGH)
CHANGED = replace(EMPTY, wallet=Wallet(lots={"miles": {None: 5}}))
SLOW = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


def a_posting(number: int, member_id: str = ANNA) -> Posting:
    return Posting(
        member_id=member_id,
        number=number,
        kind=PostingKind.EARNED,
        at=NOW,
        on=NOW.date(),
        amounts={"miles": 5},
        lots=(LotChange("miles", None, 5),),
    ).chained("")


def with_member(stores, member_id: str = ANNA):
    assert stores.members.save(replace(MEMBER, member_id=member_id))
    return stores


def is_as_new(stores) -> bool:
    """Whether a refused change has left nothing: neither wallet, nor posting, nor record."""
    kept = stores.memberships
    wallets, changes = list(kept.every()), list(kept.every_posting())
    return not wallets and not changes and kept.find(ORDER) is None


@SLOW
@given(membership=memberships)
def test_a_membership_comes_back_as_it_was_stored(new_stores, membership):
    stores = new_stores()
    assert stores.memberships.store(Change(membership=membership))
    stored = replace(membership, version=1)
    assert stores.memberships.load(membership.member_id) == Account(member=None, membership=stored)
    assert list(stores.memberships.every()) == [stored]


@SLOW
@given(posting=postings, record=reference_records)
def test_postings_and_references_come_back_as_they_were_stored(new_stores, posting, record):
    kept = new_stores().memberships
    membership = Membership(member_id=posting.member_id)
    assert kept.store(Change(membership=membership, postings=[posting], new=[record]))
    assert kept.posting(posting.member_id, posting.number) == posting
    assert list(kept.postings(posting.member_id)) == list(kept.every_posting()) == [posting]
    assert kept.find(record.reference) == record


def test_of_who_was_never_heard_nothing_is_there(stores):
    kept = stores.memberships
    assert kept.load(ANNA) is None
    assert kept.find(ORDER) is None
    assert kept.posting(ANNA, 1) is None
    assert list(kept.postings(ANNA)) == []


def test_who_has_a_profile_alone_has_an_empty_membership(stores):
    account = with_member(stores).memberships.load(ANNA)
    assert account == Account(member=replace(MEMBER, version=1), membership=EMPTY)


def test_who_was_erased_has_a_membership_and_no_profile(stores):
    with_member(stores)
    assert stores.memberships.store(Change(membership=CHANGED))
    stores.members.erase(ANNA, NOW)
    stored = replace(CHANGED, version=1)
    assert stores.memberships.load(ANNA) == Account(member=None, membership=stored)
    assert stores.memberships.store(Change(membership=stored, postings=[a_posting(1)]))
    assert stores.memberships.load(ANNA).membership.version == 2


def test_who_was_erased_without_a_membership_has_an_empty_one(stores):
    with_member(stores)
    stores.members.erase(ANNA, NOW)
    assert stores.memberships.load(ANNA) == Account(member=None, membership=EMPTY)


def test_an_account_is_whoever_has_a_profile_or_a_membership(stores):
    for member_id in (ANNA, BORIS, ERASED, GONE):
        with_member(stores, member_id)
    for member_id in (BORIS, ERASED):
        assert stores.memberships.store(Change(membership=Membership(member_id=member_id)))
    for member_id in (ERASED, GONE):
        stores.members.erase(member_id, NOW)
    accounts = {each.membership.member_id: each for each in stores.memberships.accounts()}
    assert sorted(accounts) == [ANNA, BORIS, ERASED]
    for member_id, account in accounts.items():
        assert account == stores.memberships.load(member_id)


def test_the_profile_is_stored_with_the_wallet(stores):
    read = with_member(stores).memberships.load(ANNA).member
    mirrored = replace(read, granted={"miles": 5})
    assert stores.memberships.store(Change(membership=CHANGED, member=mirrored))
    assert stores.members.load(ANNA) == replace(mirrored, version=2)
    assert stores.memberships.load(ANNA).member == replace(mirrored, version=2)


def test_a_change_without_a_profile_leaves_it_alone(stores):
    with_member(stores)
    assert stores.memberships.store(Change(membership=CHANGED))
    assert stores.members.load(ANNA) == replace(MEMBER, version=1)


def test_of_two_writers_of_a_wallet_one_wins_and_nothing_of_the_other_is_kept(stores):
    with_member(stores)
    assert stores.memberships.store(Change(membership=CHANGED))
    read = stores.memberships.load(ANNA)
    winner = Change(membership=replace(read.membership, wallet=Wallet(owed={"miles": 1})))
    late = Change(
        membership=replace(read.membership, wallet=Wallet(owed={"miles": 2})),
        member=replace(read.member, granted={"miles": 2}),
        postings=[a_posting(1)],
        new=[RECORD],
    )
    assert [stores.memberships.store(each) for each in (winner, late)] == [True, False]
    assert stores.memberships.load(ANNA).membership.wallet.owed == {"miles": 1}
    assert stores.members.load(ANNA) == read.member
    assert list(stores.memberships.every_posting()) == []
    assert stores.memberships.find(ORDER) is None


def test_of_two_first_writers_of_a_wallet_one_wins(stores):
    results = [stores.memberships.store(Change(membership=CHANGED)) for _ in range(2)]
    assert results == [True, False]


@pytest.mark.parametrize("version", [1, 2])
def test_a_wallet_that_was_never_stored_has_no_later_version(stores, version):
    change = Change(membership=replace(CHANGED, version=version), postings=[a_posting(1)])
    assert not stores.memberships.store(change)
    assert is_as_new(stores)


@pytest.mark.parametrize("version", [0, 2])
def test_a_profile_of_another_version_stops_everything(stores, version):
    with_member(stores)
    member = replace(MEMBER, version=version, granted={"miles": 5})
    change = Change(membership=CHANGED, member=member, postings=[a_posting(1)], new=[RECORD])
    assert not stores.memberships.store(change)
    assert is_as_new(stores)
    assert stores.members.load(ANNA) == replace(MEMBER, version=1)


@pytest.mark.parametrize("version", [0, 1])
def test_a_profile_is_never_made_by_a_change(stores, version):
    change = Change(membership=CHANGED, member=replace(MEMBER, version=version))
    assert not stores.memberships.store(change)
    assert is_as_new(stores)
    assert stores.members.load(ANNA) is None


@pytest.mark.parametrize("version", [1, 2])
def test_no_profile_comes_back_in_an_erased_one_s_place(stores, version):
    with_member(stores)
    stores.members.erase(ANNA, NOW)
    change = Change(membership=CHANGED, member=replace(MEMBER, version=version), new=[RECORD])
    assert not stores.memberships.store(change)
    assert is_as_new(stores)
    assert stores.members.is_erased(ANNA)


def test_who_read_the_profile_before_the_change_can_not_undo_it(stores):
    read = with_member(stores).members.load(ANNA)
    mirrored = replace(read, granted={"miles": 5})
    assert stores.memberships.store(Change(membership=CHANGED, member=mirrored))
    assert not stores.members.save(read)


def test_a_posting_that_is_there_already_stops_everything(stores):
    kept, first = stores.memberships, a_posting(1)
    assert kept.store(Change(membership=CHANGED, postings=[first]))
    other = replace(first, amounts={"miles": 900})
    read = kept.load(ANNA).membership
    assert not kept.store(Change(membership=read, postings=[a_posting(2), other], new=[RECORD]))
    assert kept.load(ANNA).membership == read
    assert list(kept.postings(ANNA)) == [first]
    assert kept.find(ORDER) is None


def test_a_reference_that_is_there_already_stops_everything(stores):
    kept = stores.memberships
    assert kept.store(Change(membership=CHANGED, new=[RECORD]))
    read = kept.load(ANNA).membership
    again = replace(RECORD, number=2)
    assert not kept.store(Change(membership=read, postings=[a_posting(2)], new=[again]))
    assert kept.load(ANNA).membership == read
    assert kept.find(ORDER) == RECORD
    assert list(kept.postings(ANNA)) == []


def test_another_member_s_reference_is_one_for_all_members(stores):
    assert stores.memberships.store(Change(membership=CHANGED, new=[RECORD]))
    of_boris = replace(RECORD, member_id=BORIS)
    change = Change(membership=Membership(member_id=BORIS), new=[of_boris])
    assert not stores.memberships.store(change)


def test_a_known_reference_is_stored_over_what_was_there(stores):
    kept = stores.memberships
    assert kept.store(Change(membership=CHANGED, new=[RECORD]))
    returned = replace(RECORD, reversed={"miles": 3})
    assert kept.store(Change(membership=kept.load(ANNA).membership, known=[returned]))
    assert kept.find(ORDER) == returned


def test_a_known_reference_that_is_not_there_stops_everything(stores):
    change = Change(membership=CHANGED, postings=[a_posting(1)], known=[RECORD])
    assert not stores.memberships.store(change)
    assert is_as_new(stores)


def test_a_refusal_is_remembered_once(stores):
    kept = stores.memberships
    assert [kept.remember(REFUSED) for _ in range(2)] == [True, False]
    assert not kept.remember(replace(REFUSED, refusal=LedgerRefusal.OVER_HOLD))
    assert kept.find(ORDER) == REFUSED


def test_what_was_posted_can_not_become_a_refusal_nor_the_other_way(stores):
    kept, other = stores.memberships, Reference("shop", "8")
    assert kept.store(Change(membership=CHANGED, new=[RECORD]))
    assert not kept.remember(REFUSED)
    assert kept.remember(replace(REFUSED, reference=other))
    late = Change(membership=kept.load(ANNA).membership, new=[replace(RECORD, reference=other)])
    assert not kept.store(late)
    assert kept.find(ORDER) == RECORD


def test_the_same_id_of_another_caller_is_another_reference(stores):
    kept, other = stores.memberships, Reference("bank", ORDER.id)
    assert kept.remember(REFUSED)
    assert kept.find(other) is None
    assert kept.remember(replace(REFUSED, reference=other))


def test_a_member_s_postings_are_read_in_the_order_of_their_numbers(stores):
    numbers = [10, 2, 1, 9, 100]
    changes = [Change(membership=CHANGED, postings=[a_posting(n) for n in numbers])]
    changes += [Change(membership=Membership(member_id=BORIS), postings=[a_posting(1, BORIS)])]
    assert all(stores.memberships.store(change) for change in changes)
    assert [each.number for each in stores.memberships.postings(ANNA)] == sorted(numbers)
    assert len(list(stores.memberships.every_posting())) == 6


def due_at(stores, member_id: str, due_at: datetime | None) -> None:
    account = stores.memberships.load(member_id)
    membership = account.membership if account else Membership(member_id=member_id)
    assert stores.memberships.store(Change(membership=replace(membership, due_at=due_at)))


def all_due(stores, until: datetime, limit: int = 100) -> list[str]:
    shards = range(stores.shards)
    return [each for shard in shards for each in stores.memberships.due(shard, until, limit)]


@SLOW
@given(when=st.dictionaries(member_ids, st.none() | times, max_size=6), until=times)
def test_what_is_due_is_read_with_the_longest_overdue_first(new_stores, when, until):
    stores = new_stores()
    for member_id, at in when.items():
        due_at(stores, member_id, at)
    for shard in range(stores.shards):
        mine = [each for each in when.items() if shard_of(each[0], stores.shards) == shard]
        overdue = sorted((at, member_id) for member_id, at in mine if at and at <= until)
        expected = [member_id for _, member_id in overdue]
        assert stores.memberships.due(shard, until, 100) == expected
        assert stores.memberships.due(shard, until, 2) == expected[:2]


def test_a_membership_is_due_at_its_very_moment_and_not_before(stores):
    due_at(stores, ANNA, NOW)
    assert all_due(stores, NOW - timedelta(microseconds=1)) == []
    assert all_due(stores, NOW) == [ANNA]


def test_a_membership_is_in_the_index_once_and_no_longer_than_it_is_due(stores):
    due_at(stores, ANNA, NOW)
    due_at(stores, ANNA, NOW + timedelta(days=1))
    assert all_due(stores, NOW) == []
    assert all_due(stores, NOW + timedelta(days=1)) == [ANNA]
    due_at(stores, ANNA, None)
    assert all_due(stores, NOW + timedelta(days=2)) == []


def test_a_change_that_lost_moves_nothing_in_the_index(stores):
    due_at(stores, ANNA, NOW)
    late = replace(CHANGED, due_at=NOW - timedelta(days=1))
    assert not stores.memberships.store(Change(membership=late))
    assert all_due(stores, NOW - timedelta(days=1)) == []


def test_steps_of_journeys_and_memberships_are_due_apart(stores):
    due_at(stores, ANNA, NOW)
    shard = shard_of(ANNA, stores.shards)
    assert stores.enrolments.due(shard, NOW, 10) == []


def test_news_are_kept_until_they_are_told(stores):
    news = News(kind=NewsKind.MILES_EXPIRING, on=date(2026, 11, 21), detail="miles")
    assert stores.memberships.store(Change(membership=EMPTY.with_news([news])))
    read = stores.memberships.load(ANNA).membership
    assert read.news == (news,)
    assert stores.memberships.store(Change(membership=read.told([news])))
    assert stores.memberships.load(ANNA).membership.news == ()


GIFT = replace(RECORD, reference=Reference(GIFTS, f"{ANNA}.welcome.1.reminder"))


def test_a_gift_is_given_once_like_anything_else(stores):
    kept = stores.memberships
    assert kept.find(GIFT.reference) is None
    assert kept.store(Change(membership=CHANGED, new=[GIFT]))
    assert kept.find(GIFT.reference) == GIFT
    assert not kept.store(Change(membership=kept.load(ANNA).membership, new=[GIFT]))


def test_everything_that_can_be_over_at_one_time_fits_into_one_change(stores):
    postings = [a_posting(number) for number in range(1, MOST_OVERDUE + 2)]
    change = Change(
        membership=CHANGED, member=with_member(stores).members.load(ANNA), postings=postings
    )
    change = replace(change, new=[RECORD])
    assert stores.memberships.store(change)
    assert list(stores.memberships.postings(ANNA)) == postings
