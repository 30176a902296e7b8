"""The port ``Grants``, on every adapter."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from strategies import grants

from chalicelib.domain.ledger import Grant
from chalicelib.domain.member import Consent, ConsentStatus, Member

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
ANNA = "a" * 26
GIFT = Grant(member_id=ANNA, source="welcome.1.reminder", unit="miles", amount=500, granted_at=NOW)


def with_member(stores, member_id: str = ANNA, **balances: int):
    consent = Consent(ConsentStatus.UNSAID, NOW)
    member = Member(member_id=member_id, joined_at=NOW, consent=consent, balances=balances)
    assert stores.members.save(member)
    return stores


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(grant=grants)
def test_whatever_is_granted_is_kept_and_in_the_balance(new_stores, grant):
    stores = with_member(new_stores(), grant.member_id)
    assert stores.grants.grant(grant)
    assert list(stores.grants.every()) == [grant]
    assert stores.members.load(grant.member_id).balances == {grant.unit: grant.amount}


def test_a_promise_is_kept_once_however_often_it_is_redeemed(stores):
    with_member(stores, miles=20)
    assert [stores.grants.grant(GIFT) for _ in range(3)] == [True, False, False]
    assert stores.members.load(ANNA).balances == {"miles": 520}
    assert list(stores.grants.every()) == [GIFT]


def test_the_source_decides_what_is_the_same_promise(stores):
    with_member(stores)
    assert stores.grants.grant(GIFT)
    assert not stores.grants.grant(replace(GIFT, amount=900))
    assert stores.grants.grant(replace(GIFT, source="welcome.1.app"))
    assert stores.members.load(ANNA).balances == {"miles": 1000}


def test_other_balances_stay(stores):
    with_member(stores, points=3)
    stores.grants.grant(GIFT)
    assert stores.members.load(ANNA).balances == {"points": 3, "miles": 500}


def test_a_writer_who_read_the_profile_before_the_grant_can_not_undo_it(stores):
    with_member(stores)
    read = stores.members.load(ANNA)
    stores.grants.grant(GIFT)
    assert not stores.members.save(replace(read, attributes={"tier": "gold"}))
    assert stores.members.save(stores.members.load(ANNA))
    assert stores.members.load(ANNA).balances == {"miles": 500}


def test_without_a_profile_nothing_is_kept(stores):
    with pytest.raises(LookupError, match="no profile"):
        stores.grants.grant(GIFT)
    assert not list(stores.grants.every())
