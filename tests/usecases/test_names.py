"""What is kept of names: whose, since when, until when, how sure, and who may be one person."""

from dataclasses import replace
from datetime import timedelta

import pytest
from functional.worlds import ANN, START
from usecases.engines import ann, memory_engine, partner_event, tell

from chalicelib.domain.events import EventOutcome, EventType
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.usecases.apply_event import handle_event
from chalicelib.usecases.erase_member import erase_member

BEN = "7000000002"
DAY = timedelta(days=1)
UPDATED = EventType.MEMBER_UPDATED


@pytest.fixture
def engine():
    engine = memory_engine()
    tell(engine, facts={"channel": "offline", **ANN})
    return engine


def update(engine, days, **facts):
    event_id = f"update-{days}-{sorted(facts.items())}"
    return tell(engine, UPDATED, event_id=event_id, at=START + days * DAY, facts=facts)


def facts_of(engine, type_=None):
    every = engine.members.aliases_of(ann(engine))
    return [fact for fact in every if type_ in (None, fact.type)]


def owner(engine, type_, value):
    return engine.members.member_of(alias_of(type_, value))


def test_joining_under_names_in_use_needs_no_fact_of_its_own(engine):
    assert facts_of(engine) == []


def test_who_changes_the_address_keeps_the_former_one_as_theirs(engine):
    update(engine, 3, email="ann.lee@example.com")
    [former] = facts_of(engine)
    assert (former.type, former.until) == (AliasType.EMAIL, START + 3 * DAY)
    for address in (ANN["email"], "ann.lee@example.com"):
        assert owner(engine, AliasType.EMAIL, address) == ann(engine)


def test_an_address_that_comes_back_is_in_use_again_and_the_other_is_former(engine):
    update(engine, 3, email="ann.lee@example.com")
    update(engine, 5, email=ANN["email"])
    assert {fact.until for fact in facts_of(engine)} == {None, START + 5 * DAY}


def test_an_address_in_another_spelling_is_the_same(engine):
    update(engine, 3, email=ANN["email"].upper())
    assert [fact.until for fact in facts_of(engine)] == [None]


def test_what_a_late_event_tells_makes_nothing_former(engine):
    update(engine, 3, email="ann.lee@example.com")
    update(engine, 1, email="ann.old@example.com")
    assert engine.members.load(ann(engine)).attribute("email") == "ann.lee@example.com"
    assert [fact.until for fact in facts_of(engine)] == [START + 3 * DAY]


def test_a_name_is_verified_when_the_partner_says_so_and_stays_so(engine):
    tell(engine, UPDATED, event_id="v", facts={"email": ANN["email"]}, verified=(AliasType.EMAIL,))
    update(engine, 3, email="ann.lee@example.com")
    [former] = facts_of(engine)
    assert former.verified
    assert (former.since, former.until) == (START, START + 3 * DAY)


def test_the_name_that_finds_the_member_can_be_verified_too(engine):
    tell(engine, UPDATED, event_id="v", verified=(AliasType.CARD,))
    assert [(fact.type, fact.verified) for fact in facts_of(engine)] == [(AliasType.CARD, True)]


def test_devices_and_vehicles_are_names_and_nothing_else(engine):
    update(engine, 1, device="phone-1", vehicle="b-ab 123")
    update(engine, 2, device="phone-2")
    assert sorted(fact.type for fact in facts_of(engine)) == ["device", "device", "vehicle"]
    assert not any(fact.until for fact in facts_of(engine))
    assert owner(engine, AliasType.VEHICLE, "BAB123") == ann(engine)
    assert engine.members.load(ann(engine)).attributes.keys() == {"channel", "card", "email"}


def test_who_joins_under_a_device_alone_is_found_by_it():
    engine = memory_engine()
    names = (alias_of(AliasType.DEVICE, "phone-1"),)
    assert tell(engine, aliases=names, facts={"channel": "online", "device": "phone-1"}) == (
        EventOutcome.APPLIED
    )
    [fact] = engine.members.aliases_of(owner(engine, AliasType.DEVICE, "phone-1"))
    assert fact.since == START


# Who may be one person.


def ben_joins(engine, **facts):
    names = (alias_of(AliasType.CARD, BEN),)
    told = {"channel": "offline", "card": BEN, **facts}
    event = partner_event(event_id=f"ben {facts}", aliases=names, facts=told)
    assert handle_event(engine, event, 1).outcome is EventOutcome.APPLIED
    return owner(engine, AliasType.CARD, BEN)


@pytest.mark.parametrize("type_", [AliasType.EMAIL, AliasType.DEVICE])
def test_two_members_with_one_name_may_be_one_person_and_stay_two(engine, type_):
    shared = {"email": ANN["email"], "device": "phone-1"}[type_]
    update(engine, 1, **{type_: shared})
    ben = ben_joins(engine, **{type_: shared})
    [suspect] = engine.members.suspects()
    assert (suspect.member_id, suspect.other, suspect.type) == (ben, ann(engine), type_)
    assert ben != ann(engine)


def test_nobody_is_suspected_to_be_an_erased_member(engine):
    erase_member(engine, ann(engine))
    ben_joins(engine, email=ANN["email"])
    assert list(engine.members.suspects()) == []


def test_members_with_names_of_their_own_are_suspected_of_nothing(engine):
    ben_joins(engine, email="ben@example.com")
    update(engine, 1, email="ann.lee@example.com", phone="+7 999 123-45-67")
    assert list(engine.members.suspects()) == []


def test_an_update_that_died_before_it_kept_the_former_name_keeps_it_the_second_time(engine):
    class DyingError(Exception):
        pass

    class Dying:
        def __getattr__(self, name):
            return getattr(engine.members, name)

        def note_alias(self, *_, **__):
            raise DyingError

    event = partner_event(UPDATED, at=START + DAY, facts={"email": "ann.lee@example.com"})
    with pytest.raises(DyingError):
        handle_event(replace(engine, members=Dying()), event, 1)
    assert handle_event(engine, event, 2).outcome is EventOutcome.APPLIED
    assert [fact.until for fact in facts_of(engine)] == [START + DAY]
