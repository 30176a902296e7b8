"""A run holds what its plan says, and its record what happened."""

import gc
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from greenlet import greenlet
from simulation.runs import drawn, quiet

from chalicelib.domain.enrolment import Enrolment
from chalicelib.simulation.faults import DEATHS, Fault
from chalicelib.simulation.plan import START, Plan
from chalicelib.simulation.record import (
    Accepted,
    Answered,
    Began,
    Called,
    Calm,
    Deployed,
    Died,
    Faulted,
    Logged,
    Stored,
)
from chalicelib.simulation.run import run_seed

SEEDS = range(50, 62)


def test_a_run_without_faults_breaks_no_promise_and_comes_to_rest():
    run = quiet(4)
    assert run.violations == []
    assert run.final.quiet
    assert run.record.of(Faulted) == []
    assert run.record.of(Died) == []


def test_a_run_without_faults_joins_everybody_and_mails_somebody():
    run = quiet(4)
    assert len(run.final.members) == run.plan.members
    assert run.record.of(Accepted)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_record_is_numbered_and_in_the_order_of_time(seed):
    seen = drawn(seed).record.seen
    assert [each.number for each in seen] == list(range(len(seen)))
    assert all(one.at <= other.at for one, other in pairwise(seen))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_stored_last_is_what_is_there_at_the_end(seed):
    run = drawn(seed)
    last = {each.key: each.after for each in run.record.of(Stored) if each.what == "ENROLMENT"}
    there = {f"{e.member_id}#{e.journey}#{e.entry}": e for e in run.final.enrolments}
    assert last == there
    assert all(isinstance(each, Enrolment) for each in last.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_no_fault_happens_after_the_calm(seed):
    run = drawn(seed)
    [calm] = run.record.of(Calm)
    assert calm.at == START + timedelta(days=run.plan.days)
    assert all(each.number < calm.number for each in run.record.of(Faulted))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_off_in_the_plan_never_happens(seed):
    run = drawn(seed)
    off = {fault for fault in Fault if not run.plan.rates.get(fault)}
    may = {Fault.MAIL_LOSE_REPLY} if run.plan.rates.get(Fault.LOSE_REPLY) else set()
    may |= {Fault.MEET} if run.plan.habits.coincidences else set()
    assert not {each.kind for each in run.record.of(Faulted)} & (off - may)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_dead_function_leaves_no_trace(seed):
    """After its death nothing is stored, called or logged by it."""
    dead = set()
    for seen in drawn(seed).record.seen:
        if isinstance(seen, Died):
            dead.add(seen.by)
        else:
            assert seen.by not in dead, seen


@pytest.mark.parametrize("seed", SEEDS)
def test_every_call_of_the_mail_service_is_made_by_a_sender(seed):
    run = drawn(seed)
    functions = {each.by: each.function for each in run.record.of(Began)}
    assert {functions[each.by] for each in run.record.of(Called)} <= {"queue_sends"}


def test_two_functions_are_under_way_at_once():
    """Else no race could ever be seen."""
    overlaps = 0
    for seed in SEEDS:
        by = [each.by for each in drawn(seed).record.seen if "#" in each.by]
        stretches = sum(one != other for one, other in pairwise(by))
        overlaps += stretches + 1 - len(set(by))
    assert overlaps > 50


def test_functions_die_in_many_places():
    places = Counter(each.where for seed in SEEDS for each in drawn(seed).record.of(Died))
    assert len(places) > 20
    assert any(where.endswith(tuple(DEATHS)) for where in places)


def test_what_is_deployed_later_is_recorded():
    assert len(drawn(1).record.of(Deployed)) > 1


def test_partners_are_answered_with_everything_there_is():
    statuses = {each.status for seed in SEEDS for each in drawn(seed).record.of(Answered)}
    assert {0, 200, 202, 409, 502, 503} <= statuses
    assert 500 not in statuses


def test_the_log_is_recorded():
    assert any("mails sent" in each.text for each in quiet(4).record.of(Logged))


def test_a_strike_of_ones_own_takes_the_place_of_chance():
    calls = []

    def strike(number, where):
        calls.append((number, where))
        return Fault.DIE_BEFORE if number == 5 else None

    run = run_seed(Plan.quiet(4), strike)
    [died] = run.record.of(Died)
    assert [number for number, _ in calls] == list(range(1, len(calls) + 1))
    assert died.where == f"{calls[4][1].partition(':')[2]} {Fault.DIE_BEFORE}"
    assert run.violations == []


def suspended():
    gc.collect()
    return sum(isinstance(each, greenlet) and not each.dead for each in gc.get_objects())


def test_nothing_is_left_of_a_run():
    """A function that was killed has acts half done: their memory must not stay for ever."""
    before = suspended()
    runs = [run_seed(Plan.drawn(seed)) for seed in SEEDS]
    assert sum(len(run.record.of(Died)) for run in runs) > 20
    del runs
    assert suspended() <= before
