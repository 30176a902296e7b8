"""The port ``Grants``, on every adapter."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import grants

from chalicelib.domain.gifts import Grant
from chalicelib.domain.member import Consent, ConsentStatus, Member

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
ANNA, BORIS = "a" * 26, "b" * 26
GIFT = Grant(member_id=ANNA, source="welcome.1.reminder", unit="miles", amount=500, granted_at=NOW)


def with_member(stores, member_id: str = ANNA, **balances: int):
    consent = Consent(ConsentStatus.UNSAID, NOW)
    member = Member(member_id=member_id, joined_at=NOW, consent=consent, balances=balances)
    assert stores.members.save(member)
    return stores


def balance(stores, unit: str = "miles", member_id: str = ANNA) -> int:
    return stores.members.load(member_id).balance(unit)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(grant=grants)
def test_whatever_is_granted_is_kept_and_in_the_balance(new_stores, grant):
    stores = with_member(new_stores(), grant.member_id)
    assert stores.grants.grant(grant)
    assert list(stores.grants.every()) == [grant]
    assert stores.members.load(grant.member_id).granted == {grant.unit: grant.amount}


def test_a_promise_is_kept_once_however_often_it_is_redeemed(stores):
    with_member(stores, miles=20)
    assert [stores.grants.grant(GIFT) for _ in range(3)] == [True, False, False]
    assert balance(stores) == 520
    assert list(stores.grants.every()) == [GIFT]


def test_the_source_decides_what_is_the_same_promise(stores):
    with_member(stores)
    assert stores.grants.grant(GIFT)
    assert not stores.grants.grant(replace(GIFT, amount=900))
    assert stores.grants.grant(replace(GIFT, source="welcome.1.app"))
    assert balance(stores) == 1000


def test_what_was_told_and_what_was_granted_stay_apart(stores):
    with_member(stores, points=3, miles=20)
    stores.grants.grant(GIFT)
    known = stores.members.load(ANNA)
    assert known.balances == {"points": 3, "miles": 20}
    assert known.granted == {"miles": 500}


news = st.integers(1, 1000) | st.integers(-1000, 1000).map(str)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(news, max_size=6))
def test_a_balance_is_what_was_told_last_and_all_grants_in_whatever_order(new_stores, story):
    """Numbers are granted, texts are told."""
    stores, granted, last = with_member(new_stores()), 0, 0
    for number, each in enumerate(story):
        if isinstance(each, str):
            last = int(each)
            known = replace(stores.members.load(ANNA), balances={"miles": last})
            assert stores.members.save(known)
        else:
            assert stores.grants.grant(replace(GIFT, source=f"promise-{number}", amount=each))
            granted += each
        assert balance(stores) == last + granted


def test_a_writer_who_read_the_profile_before_the_grant_can_not_undo_it(stores):
    with_member(stores)
    read = stores.members.load(ANNA)
    stores.grants.grant(GIFT)
    assert not stores.members.save(replace(read, attributes={"tier": "gold"}))
    assert stores.members.save(stores.members.load(ANNA))
    assert balance(stores) == 500


def test_without_a_profile_nothing_is_kept(stores):
    assert not stores.grants.grant(GIFT)
    assert not list(stores.grants.every())


def test_nothing_is_granted_to_an_erased_member_and_what_was_granted_is_kept(stores):
    with_member(stores)
    stores.grants.grant(GIFT)
    stores.members.erase(ANNA, NOW)
    assert not stores.grants.grant(replace(GIFT, source="welcome.1.app"))
    assert stores.grants.of(ANNA) == [GIFT]


def test_a_members_own_grants_are_read_and_no_others(stores):
    assert stores.grants.of(ANNA) == []
    for member_id in (ANNA, BORIS):
        with_member(stores, member_id)
        stores.grants.grant(replace(GIFT, member_id=member_id))
        stores.grants.grant(replace(GIFT, member_id=member_id, source="welcome.1.app"))
    assert [each.source for each in stores.grants.of(ANNA)] == ["welcome.1.app", GIFT.source]
    assert {each.member_id for each in stores.grants.of(ANNA)} == {ANNA}
