"""What stands below the faults: what was stored is recorded, and the index lags behind it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.adapters.memory_brakes import MemoryBrakes
from chalicelib.adapters.memory_enrolments import MemoryEnrolments
from chalicelib.adapters.memory_members import MemoryMembers
from chalicelib.adapters.memory_memberships import MemoryMemberships
from chalicelib.domain.arms import Arm
from chalicelib.domain.brakes import NO_PAUSES, Pause
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.gifts import GIFTS
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.domain.ledger import Reference
from chalicelib.domain.ledger_booking import Earning, booked, earn
from chalicelib.domain.ledger_moves import Order
from chalicelib.domain.ledger_wallet import EMPTY
from chalicelib.domain.member import Consent, ConsentStatus, Member
from chalicelib.domain.membership import Membership
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.faults import Fault
from chalicelib.simulation.index_lag import DUE_SHARDS, LONGEST_LAG, LaggingEnrolments
from chalicelib.simulation.plan import START
from chalicelib.simulation.record import Faulted, Paused, Record, Resumed, Stored
from chalicelib.simulation.scheduler import Scheduler
from chalicelib.simulation.truth import TrueBrakes, TrueEnrolments, TrueMembers, TrueMemberships
from chalicelib.usecases.membership_ports import Change

ID = "a" * 26
ANN = Member(member_id=ID, joined_at=START, consent=Consent(ConsentStatus.UNSAID, START))
DUE = Enrolment(
    member_id=ID, journey="welcome", journey_version=1, entry=1, arm=Arm.TREATED,
    entered_at=START, step="welcome", ready_at=START, due_at=START,
)  # fmt: skip


@pytest.fixture
def scheduler():
    return Scheduler(START)


@pytest.fixture
def record(scheduler):
    return Record(lambda: scheduler.now, scheduler.who)


@pytest.fixture
def members(record):
    return TrueMembers(MemoryMembers(), record)


def lagging(scheduler, record, share):
    stored = TrueEnrolments(MemoryEnrolments(MemoryMembers(), DUE_SHARDS), record)
    chance = Chance(1, "index")
    return LaggingEnrolments(stored, record, scheduler, chance, share, lambda: NO_PAUSES)


def due(enrolments, scheduler):
    return [
        step for shard in range(DUE_SHARDS) for step in enrolments.due(shard, scheduler.now, 10)
    ]


def test_a_stored_profile_is_recorded_with_what_stood_there_before(members, record):
    members.save(ANN)
    members.save(replace(ANN, version=1, left_at=START))
    first, second = record.of(Stored)
    assert (first.what, first.key, first.before) == ("PROFILE", ID, None)
    assert second.before == first.after
    assert second.after == members.load(ID)
    assert second.after.version == 2


def test_a_write_whose_condition_did_not_hold_is_not_recorded(members, record):
    members.save(ANN)
    assert not members.save(ANN)
    assert len(record.of(Stored)) == 1


def test_a_name_that_is_owned_is_recorded_once(members, record):
    card = alias_of(AliasType.CARD, "7000000001")
    members.claim_alias(card, ID)
    members.claim_alias(card, "b" * 26)
    [stored] = record.of(Stored)
    assert (stored.what, stored.before, stored.after) == ("ALIAS", None, ID)


def test_a_gift_is_recorded_with_all_that_its_posting_changes(members, record):
    members.save(ANN)
    memberships = TrueMemberships(MemoryMemberships(members.inner, 1), record, members)
    reference = Reference(GIFTS, f"{ID}.welcome.1.reminder")
    order = Order(member_id=ID, at=START, on=START.date(), reference=reference)
    earning = Earning(amounts={"redeemable": 5}, earned_on=START.date())
    wallet, posting = booked(EMPTY, earn(EMPTY, {}, order, earning))
    change = Change(
        membership=Membership(member_id=ID, wallet=wallet),
        member=replace(members.load(ID), granted=wallet.balances()),
        postings=[posting],
    )
    assert memberships.store(change)
    assert not memberships.store(change)
    stored = ["PROFILE", "POSTING", "GRANT", "MEMBERSHIP", "PROFILE"]
    assert [each.what for each in record.of(Stored)] == stored


def test_a_pause_is_recorded_once_and_so_is_its_end(record):
    brakes = TrueBrakes(MemoryBrakes(), record)
    brakes.pause("welcome", Pause(START, "why"))
    brakes.pause("welcome", Pause(START, "again"))
    brakes.resume("welcome")
    brakes.resume("welcome")
    assert [each.journey for each in record.of(Paused)] == ["welcome"]
    assert [each.journey for each in record.of(Resumed)] == ["welcome"]


def test_an_index_that_does_not_lag_shows_everything_at_once(scheduler, record):
    enrolments = lagging(scheduler, record, 0.0)
    enrolments.save(DUE)
    assert len(due(enrolments, scheduler)) == 1
    enrolments.save(replace(DUE, version=1, due_at=None))
    assert due(enrolments, scheduler) == []
    assert record.of(Faulted) == []


def test_an_index_that_lags_shows_it_in_the_end(scheduler, record):
    enrolments = lagging(scheduler, record, 1.0)
    enrolments.save(DUE)
    assert due(enrolments, scheduler) == []
    scheduler.run_until(START + LONGEST_LAG)
    assert len(due(enrolments, scheduler)) == 1
    enrolments.save(replace(DUE, version=1, due_at=None))
    assert len(due(enrolments, scheduler)) == 1
    assert {seen.kind for seen in record.of(Faulted)} == {Fault.INDEX_LAG}


def test_the_index_shows_changes_in_the_order_in_which_they_were_made(scheduler, record):
    enrolments = lagging(scheduler, record, 0.5)
    stored = DUE
    for version in range(20):
        due_at = START if version % 2 else None
        stored = replace(DUE, version=version, due_at=due_at)
        enrolments.save(stored)
    scheduler.run_until(START + LONGEST_LAG)
    assert len(due(enrolments, scheduler)) == 1


def test_whoever_plans_a_tick_hears_of_what_is_due_and_not_paused(scheduler, record):
    pauses = [NO_PAUSES]
    enrolments = lagging(scheduler, record, 1.0)
    enrolments._pauses = lambda: pauses[0]  # noqa: SLF001 - the operator's
    assert enrolments.earliest_due() is None
    enrolments.save(replace(DUE, due_at=START + timedelta(hours=1)))
    assert enrolments.earliest_due() == START + timedelta(hours=1)
    pauses[0] = NO_PAUSES.paused("welcome", Pause(START, "why"))
    assert enrolments.earliest_due() is None
