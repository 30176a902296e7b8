"""The port ``Members``, on every adapter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from strategies import members

from chalicelib.domain.identity import Alias, AliasType, Suspect
from chalicelib.domain.member import (
    Consent,
    ConsentStatus,
    Member,
    Suppression,
    SuppressionCause,
    Tombstone,
)
from chalicelib.domain.merging import MergeStone, absorb

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


# What is known of names.

LATER = NOW + timedelta(days=1)
EMAIL = Alias(AliasType.EMAIL, "anna@example.com")


def the_fact(stores, member_id=ANNA):
    [fact] = stores.members.aliases_of(member_id)
    return fact


def test_nothing_is_known_of_the_names_of_a_member_who_has_none(stores):
    stores.members.note_alias(BORIS, EMAIL, since=NOW)
    assert stores.members.aliases_of(ANNA) == []


def test_what_is_noted_of_a_name_is_read_back_without_the_name(stores):
    stores.members.note_alias(ANNA, EMAIL, since=NOW, verified=True)
    fact = the_fact(stores)
    assert (fact.member_id, fact.type, fact.since, fact.until, fact.verified, fact.version) == (
        *(ANNA, AliasType.EMAIL, NOW, None, True, 1),
    )
    assert "anna" not in fact.digest
    assert "example" not in fact.digest


def test_what_is_noted_again_is_stored_once(stores):
    for _ in range(2):
        stores.members.note_alias(ANNA, EMAIL, since=NOW)
    assert the_fact(stores).version == 1


def test_a_name_that_is_given_up_is_former_and_one_that_comes_back_is_not(stores):
    stores.members.note_alias(ANNA, EMAIL, since=NOW, verified=True)
    stores.members.note_alias(ANNA, EMAIL, until=LATER)
    assert (the_fact(stores).since, the_fact(stores).until) == (NOW, LATER)
    stores.members.note_alias(ANNA, EMAIL, since=LATER + timedelta(days=1))
    assert (the_fact(stores).since, the_fact(stores).until) == (NOW, None)
    assert the_fact(stores).verified


def test_a_name_of_which_only_the_end_is_known_has_no_beginning(stores):
    stores.members.note_alias(ANNA, EMAIL, until=LATER)
    assert (the_fact(stores).since, the_fact(stores).until) == (None, LATER)


def test_the_names_of_a_member_are_facts_of_their_own(stores):
    stores.members.note_alias(ANNA, EMAIL, since=NOW)
    stores.members.note_alias(ANNA, CARD, since=NOW)
    facts = stores.members.aliases_of(ANNA)
    assert {fact.type for fact in facts} == {AliasType.EMAIL, AliasType.CARD}
    assert len({fact.digest for fact in facts}) == 2


def test_of_one_suspicion_the_first_time_stays_and_another_name_is_another(stores):
    first = Suspect(member_id=ANNA, other=BORIS, type=AliasType.EMAIL, since=NOW)
    other_name = replace(first, type=AliasType.PHONE, since=LATER)
    for suspect in (first, replace(first, since=LATER), other_name):
        stores.members.suspect(suspect)
    assert set(stores.members.suspects()) == {first, other_name}


# Erasing.

FULL = {
    "attributes": {"email": "anna@example.com", "first_name": "Anna"},
    "balances": {"miles": 7},
    "granted": {"miles": 500},
    "goals": {"account_registered": NOW},
    "set_at": {"email": NOW},
    "suppression": Suppression(SuppressionCause.COMPLAINT, NOW),
    "left_at": NOW,
    "address_owner": BORIS,
}


def test_a_tombstone_takes_the_place_of_the_profile(stores):
    stores.members.save(a_member(**FULL))
    assert not stores.members.is_erased(ANNA)
    assert stores.members.erase(ANNA, NOW)
    assert stores.members.is_erased(ANNA)
    assert stores.members.load(ANNA) is None
    assert stores.members.tombstone(ANNA) == Tombstone(member_id=ANNA, erased_at=NOW, version=2)
    assert list(stores.members.every()) == []


def test_erasing_again_keeps_the_first_time(stores):
    stores.members.save(a_member())
    assert stores.members.erase(ANNA, NOW)
    assert stores.members.erase(ANNA, NOW + timedelta(days=1))
    assert stores.members.tombstone(ANNA).erased_at == NOW


def test_nobody_can_not_be_erased(stores):
    assert not stores.members.erase(ANNA, NOW)
    assert not stores.members.is_erased(ANNA)
    assert stores.members.tombstone(ANNA) is None
    assert stores.members.save(a_member())
    assert not stores.members.is_erased(ANNA)
    assert stores.members.tombstone(ANNA) is None


def test_no_profile_is_stored_over_a_tombstone(stores):
    stores.members.save(a_member())
    read = stores.members.load(ANNA)
    stores.members.erase(ANNA, NOW)
    for version in (0, read.version, read.version + 1):
        if version != stores.members.tombstone(ANNA).version:  # which nobody can have read
            assert not stores.members.save(replace(read, version=version))
    assert stores.members.is_erased(ANNA)


def test_an_alias_of_an_erased_member_stays_theirs(stores):
    stores.members.claim_alias(CARD, ANNA)
    stores.members.save(a_member())
    stores.members.erase(ANNA, NOW)
    assert stores.members.claim_alias(CARD, BORIS) == ANNA
    assert stores.members.member_of(CARD) == ANNA


def test_an_erased_member_has_no_case(stores):
    stores.members.save(a_member())
    stores.members.erase(ANNA, NOW)
    assert stores.enrolments.load_case(ANNA, ["welcome"]) is None


# Merging.


def stored_both(stores):
    """Store both members; return them as they are read, and the stone of their merge."""
    for member in (a_member(), a_member(BORIS, **(FULL | {"address_owner": ANNA}))):
        stores.members.save(member)
    survivor, absorbed = stores.members.load(ANNA), stores.members.load(BORIS)
    stone = MergeStone(profile=absorbed, survivor=survivor, merged_at=NOW, version=2)
    return survivor, absorbed, stone


def merged(stores):
    survivor, absorbed, stone = stored_both(stores)
    mails = {("welcome", "reminder"): (NOW, LATER)}
    assert stores.members.merge(absorb(survivor, absorbed, mails), stone)
    return survivor, absorbed, stone


def test_a_stone_takes_the_place_of_the_absorbed_profile_and_leads_to_the_survivor(stores):
    survivor, absorbed, stone = merged(stores)
    assert stores.members.load(BORIS) is None
    assert stores.members.tombstone(BORIS) is None
    assert stores.members.merge_stone(BORIS) == stone
    assert stores.members.merge_stone(ANNA) is None
    assert [stores.members.resolve(each) for each in (ANNA, BORIS, "c" * 26)] == [
        *(ANNA, ANNA, "c" * 26)
    ]
    mails = {("welcome", "reminder"): (NOW, LATER)}
    now = replace(absorb(survivor, absorbed, mails), version=2)
    assert stores.members.load(ANNA) == now
    assert list(stores.members.every()) == [now]


def test_an_absorbed_member_has_no_case_and_no_place_for_a_profile(stores):
    _, absorbed, _ = merged(stores)
    assert stores.enrolments.load_case(BORIS, ["welcome"]) is None
    assert not any(stores.members.save(replace(absorbed, version=each)) for each in (0, 1, 3))


def test_parted_members_are_stored_as_they_are_told_and_lead_to_themselves(stores):
    survivor, absorbed, stone = merged(stores)
    now = stores.members.load(ANNA)
    back = replace(absorbed, version=stone.version)
    assert stores.members.unmerge(replace(survivor, version=now.version), back)
    assert stores.members.load(ANNA) == replace(survivor, version=3)
    assert stores.members.load(BORIS) == replace(absorbed, version=3)
    assert stores.members.resolve(BORIS) == BORIS
    assert stores.members.merge_stone(BORIS) is None


def test_a_merge_stores_both_or_neither(stores):
    survivor, absorbed, stone = stored_both(stores)
    for member in (survivor, absorbed):
        stores.members.save(member)
        known = [stores.members.load(each) for each in (ANNA, BORIS)]
        assert not stores.members.merge(survivor, stone)
        assert [stores.members.load(each) for each in (ANNA, BORIS)] == known


def test_of_two_who_part_the_same_members_one_wins(stores):
    _, absorbed, stone = merged(stores)
    now, back = stores.members.load(ANNA), replace(absorbed, version=stone.version)
    assert [stores.members.unmerge(now, back) for _ in range(2)] == [True, False]


def test_erasing_leaves_nothing_of_a_merge_but_ids(stores):
    merged(stores)
    assert stores.members.erase(ANNA, NOW)
    assert stores.members.tombstone(ANNA).absorbed == (BORIS,)
    assert stores.members.erase(BORIS, NOW)
    assert stores.members.is_erased(BORIS)
    assert stores.members.merge_stone(BORIS) is None
    assert stores.members.tombstone(BORIS).into == ANNA
    assert stores.members.resolve(BORIS) == ANNA
