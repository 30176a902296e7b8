"""The port ``Members``, on every adapter."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from strategies import members

from chalicelib.domain.identity import Alias, AliasType
from chalicelib.domain.member import Consent, ConsentStatus, Member

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
ANNA = "a" * 26
BORIS = "b" * 26
CARD = Alias(AliasType.CARD, "1234567")


def a_member(member_id: str = ANNA, **changes) -> Member:
    member = Member(member_id=member_id, joined_at=NOW, consent=Consent(ConsentStatus.UNSAID, NOW))
    return replace(member, **changes)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(member=members)
def test_whatever_is_saved_is_read_back_with_the_next_version(new_stores, member):
    stores = new_stores()
    assert stores.members.save(member)
    assert stores.members.load(member.member_id) == replace(member, version=1)
    assert list(stores.members.every()) == [replace(member, version=1)]


def test_a_member_who_was_never_saved_is_none(stores):
    assert stores.members.load(ANNA) is None


def test_of_two_writers_who_read_the_same_version_one_wins(stores):
    assert stores.members.save(a_member())
    read = stores.members.load(ANNA)
    first, second = replace(read, attributes={"tier": "gold"}), replace(read, attributes={})
    assert stores.members.save(first)
    assert not stores.members.save(second)
    assert stores.members.load(ANNA) == replace(first, version=2)


def test_of_two_writers_of_the_very_same_change_one_wins(stores):
    assert [stores.members.save(a_member()) for _ in range(2)] == [True, False]


def test_a_version_that_is_not_stored_can_not_be_followed(stores):
    assert not stores.members.save(a_member(version=3))
    assert stores.members.load(ANNA) is None


def test_an_alias_leads_to_whom_it_was_given_first(stores):
    assert stores.members.member_of(CARD) is None
    assert stores.members.claim_alias(CARD, ANNA) == ANNA
    assert stores.members.claim_alias(CARD, BORIS) == ANNA
    assert stores.members.claim_alias(CARD, ANNA) == ANNA
    assert stores.members.member_of(CARD) == ANNA


def test_the_same_text_of_two_types_is_two_aliases(stores):
    stores.members.claim_alias(CARD, ANNA)
    assert stores.members.member_of(Alias(AliasType.PHONE, CARD.value)) is None


def test_every_member_is_read_once_and_nothing_else(stores):
    stores.members.claim_alias(CARD, ANNA)
    for member_id in (ANNA, BORIS):
        stores.members.save(a_member(member_id))
    assert sorted(member.member_id for member in stores.members.every()) == [ANNA, BORIS]
