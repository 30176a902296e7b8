"""The port ``Enrolments``, on every adapter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import enrolments, members

from chalicelib.adapters.memory_enrolments import MemoryEnrolments
from chalicelib.domain.arms import Arm
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.member import Consent, ConsentStatus, Member

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
ANNA = "a" * 26
HOUR = timedelta(hours=1)


def an_enrolment(member_id: str = ANNA, journey: str = "welcome", **changes) -> Enrolment:
    enrolment = Enrolment(
        member_id=member_id,
        journey=journey,
        journey_version=1,
        entry=1,
        arm=Arm.TREATED,
        entered_at=NOW,
        step="greeting",
        ready_at=NOW,
        due_at=NOW,
    )
    return replace(enrolment, **changes)


def a_member() -> Member:
    return Member(member_id=ANNA, joined_at=NOW, consent=Consent(ConsentStatus.UNSAID, NOW))


def member_id_of(number: int) -> str:
    return f"{'abcdefghij'[number // 10]}{'abcdefghij'[number % 10]}" + "x" * 24


def all_due(stores, until=NOW, limit=100) -> list[StepKey]:
    shards = [stores.enrolments.due(shard, until, limit) for shard in range(stores.shards)]
    return [step.key for steps in shards for step in steps]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(member=members, enrolment=enrolments)
def test_whatever_is_saved_is_read_back_with_the_next_version(new_stores, member, enrolment):
    stores = new_stores()
    enrolment = replace(enrolment, member_id=member.member_id)
    assert stores.members.save(member)
    assert stores.enrolments.save(enrolment)
    case = stores.enrolments.load_case(member.member_id, [enrolment.journey])
    stored = replace(enrolment, version=1)
    assert case.member == replace(member, version=1)
    assert case.enrolments == {enrolment.journey: stored}
    assert stores.enrolments.load(member.member_id, enrolment.journey) == stored
    assert list(stores.enrolments.every()) == [stored]


def test_there_is_no_case_without_a_profile(stores):
    stores.enrolments.save(an_enrolment())
    assert stores.enrolments.load_case(ANNA, ["welcome"]) is None


def test_a_case_has_the_enrolments_that_there_are_in_the_journeys_asked_for(stores):
    stores.members.save(a_member())
    for journey in ("welcome", "birthday"):
        stores.enrolments.save(an_enrolment(journey=journey))
    case = stores.enrolments.load_case(ANNA, ["welcome", "return", "welcome"])
    assert set(case.enrolments) == {"welcome"}
    assert stores.enrolments.load_case(ANNA, []).enrolments == {}


def test_a_case_is_what_was_written_last(stores):
    stores.members.save(a_member())
    for version in range(3):
        stores.enrolments.save(an_enrolment(version=version, journey_version=version + 1))
        case = stores.enrolments.load_case(ANNA, ["welcome"])
        assert case.enrolments["welcome"].journey_version == version + 1


def test_an_enrolment_that_there_is_not_is_none(stores):
    stores.enrolments.save(an_enrolment())
    assert stores.enrolments.load(ANNA, "birthday") is None
    assert stores.enrolments.load("b" * 26, "welcome") is None


def between_the_reads(stores, monkeypatch, act):
    """Let something happen when a case's enrolments were read and its profile was not yet."""
    enrolments, acts = stores.enrolments, [act]
    port, method = (
        (enrolments._members, "load")  # noqa: SLF001 - there is no other place between the two
        if isinstance(enrolments, MemoryEnrolments)
        else (enrolments._table, "get_many")  # noqa: SLF001
    )
    read = getattr(port, method)

    def interrupted(asked):
        if acts and ANNA in str(asked) and "ENROLMENT" not in str(asked):
            acts.pop()()
        return read(asked)

    monkeypatch.setattr(port, method, interrupted)


def test_whoever_has_the_older_profile_can_not_store_over_the_touched_enrolment(
    stores, monkeypatch
):
    """No snapshot is promised, but an order: the enrolment first, the profile after it."""
    stores.members.save(a_member())
    stores.enrolments.save(an_enrolment())

    def change_and_touch():
        known = stores.members.load(ANNA)
        stores.members.save(replace(known, attributes={"email": "new@example.com"}))
        stores.enrolments.save(an_enrolment(version=1))

    between_the_reads(stores, monkeypatch, change_and_touch)
    case = stores.enrolments.load_case(ANNA, ["welcome"])
    assert case.member.attribute("email") == "new@example.com"
    assert not stores.enrolments.save(case.enrolments["welcome"].claimed("a1", NOW))


def test_of_two_claims_of_one_step_one_wins(stores):
    stores.enrolments.save(an_enrolment())
    read = an_enrolment(version=1)
    claims = [read.claimed(attempt, NOW) for attempt in ("one", "two")]
    assert [stores.enrolments.save(claim) for claim in claims] == [True, False]
    [stored] = stores.enrolments.every()
    assert stored.standing().attempt == "one"


@pytest.mark.parametrize("version", [1, 7])
def test_a_version_that_is_not_stored_can_not_be_followed(stores, version):
    assert not stores.enrolments.save(an_enrolment(version=version))
    assert not all_due(stores)


def test_nobody_enters_twice_at_once(stores):
    assert [stores.enrolments.save(an_enrolment()) for _ in range(2)] == [True, False]


def test_a_refused_save_leaves_the_index_as_it_was(stores):
    stores.enrolments.save(an_enrolment())
    stores.enrolments.save(an_enrolment(due_at=NOW + HOUR))
    assert len(all_due(stores)) == 1


def test_a_step_is_due_from_its_moment_on(stores):
    stores.enrolments.save(an_enrolment())
    key = StepKey(member_id=ANNA, journey="welcome", entry=1, step="greeting")
    assert all_due(stores, NOW) == [key]
    assert all_due(stores, NOW + HOUR) == [key]
    assert not all_due(stores, NOW - timedelta(microseconds=1))


def test_what_waits_for_an_event_is_not_due(stores):
    stores.enrolments.save(an_enrolment())
    stores.enrolments.save(an_enrolment(version=1, due_at=None))
    assert not all_due(stores, NOW + HOUR)


def test_what_is_put_off_is_due_once_and_later(stores):
    stores.enrolments.save(an_enrolment())
    stores.enrolments.save(an_enrolment(version=1, due_at=NOW + HOUR, step="reminder"))
    assert not all_due(stores, NOW)
    assert [key.step for key in all_due(stores, NOW + HOUR)] == ["reminder"]


def test_the_longest_overdue_come_first_up_to_the_limit(stores):
    waits = {member_id_of(number): timedelta(minutes=number * 7 % 30) for number in range(30)}
    for member_id, wait in waits.items():
        stores.enrolments.save(an_enrolment(member_id, due_at=NOW - wait))
    for shard in range(stores.shards):
        found = [due.key.member_id for due in stores.enrolments.due(shard, NOW, 100)]
        assert found == sorted(found, key=waits.__getitem__, reverse=True)
        assert [due.key.member_id for due in stores.enrolments.due(shard, NOW, 3)] == found[:3]


def test_the_shards_part_the_members(stores):
    for number in range(30):
        stores.enrolments.save(an_enrolment(member_id_of(number)))
    found = [key.member_id for key in all_due(stores)]
    assert sorted(found) == sorted(map(member_id_of, range(30)))
    assert all(stores.enrolments.due(shard, NOW, 100) for shard in range(stores.shards))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(waits=st.lists(st.none() | st.integers(-3, 3), min_size=1, max_size=6))
def test_only_the_last_word_on_an_enrolment_is_in_the_index(new_stores, waits):
    stores = new_stores()
    for version, wait in enumerate(waits):
        due_at = None if wait is None else NOW + wait * HOUR
        assert stores.enrolments.save(an_enrolment(version=version, due_at=due_at))
    last = waits[-1]
    assert bool(all_due(stores)) is (last is not None and last <= 0)
    assert len(all_due(stores, NOW + 3 * HOUR)) == (last is not None)


def test_all_enrolments_of_a_member_are_read_and_nobody_elses(stores):
    assert stores.enrolments.of(ANNA) == []
    for member_id in (ANNA, "b" * 26):
        for journey in ("welcome", "gone"):
            assert stores.enrolments.save(an_enrolment(member_id, journey))
    found = stores.enrolments.of(ANNA)
    assert [(each.member_id, each.journey) for each in found] == [(ANNA, "gone"), (ANNA, "welcome")]
    assert {each.version for each in found} == {1}


def followed(stores, entry=1, **changes):
    """Store an entry and another that takes its place."""
    former = stores.enrolments.load(ANNA, "welcome")
    if former is None:
        stores.enrolments.save(an_enrolment(due_at=None))
        former = stores.enrolments.load(ANNA, "welcome")
    fresh = an_enrolment(entry=entry + 1, version=former.version, **changes)
    kept = replace(former, replaced_at=NOW)
    assert stores.enrolments.follow(kept, fresh)
    return kept, replace(fresh, version=fresh.version + 1)


def test_a_later_entry_is_what_is_read_and_the_former_one_is_kept(stores):
    stores.members.save(a_member())
    former, fresh = followed(stores)
    assert stores.enrolments.load(ANNA, "welcome") == fresh
    assert stores.enrolments.load(ANNA, "welcome", 2) == fresh
    assert stores.enrolments.load(ANNA, "welcome", 1) == former
    assert stores.enrolments.load(ANNA, "welcome", 3) is None
    assert stores.enrolments.load_case(ANNA, ["welcome"]).enrolments == {"welcome": fresh}


def test_all_entries_are_among_a_member_s_and_among_all(stores):
    first, _ = followed(stores)
    second, third = followed(stores, entry=2)
    for found in (stores.enrolments.of(ANNA), list(stores.enrolments.every())):
        assert sorted(found, key=lambda each: each.entry) == [first, second, third]


def test_what_is_heard_of_a_former_entry_is_stored_with_it_under_its_version(stores):
    former, fresh = followed(stores)
    heard = replace(former, goals={"app_installed": NOW})
    assert stores.enrolments.save(heard)
    assert not stores.enrolments.save(heard)
    stored = replace(heard, version=former.version + 1)
    assert stores.enrolments.load(ANNA, "welcome", 1) == stored
    assert stores.enrolments.load(ANNA, "welcome") == fresh


def test_whoever_read_the_former_entry_can_not_store_over_the_later_one(stores):
    former, fresh = followed(stores)
    assert not stores.enrolments.save(replace(former, replaced_at=None))
    assert stores.enrolments.load(ANNA, "welcome") == fresh


def test_of_two_later_entries_one_takes_the_place_and_of_the_other_nothing_is_stored(stores):
    former, fresh = followed(stores)
    another = replace(fresh, version=former.version, journey_version=9)
    assert not stores.enrolments.follow(former, another)
    third = replace(fresh, entry=3, version=former.version)
    assert not stores.enrolments.follow(replace(fresh, replaced_at=NOW), third)
    assert stores.enrolments.load(ANNA, "welcome") == fresh
    assert len(stores.enrolments.of(ANNA)) == 2


def test_a_later_entry_is_due_under_its_own_number(stores):
    _, fresh = followed(stores)
    assert all_due(stores) == [fresh.key("greeting")]
