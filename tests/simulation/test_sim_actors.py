"""Partners, readers, operators and the clock do what real ones do, in every run."""

from collections import defaultdict
from datetime import timedelta

import pytest
from simulation.runs import drawn, quiet

from chalicelib.simulation.chance import Chance
from chalicelib.simulation.faults import MOST_SKEW, Fault
from chalicelib.simulation.people import Person, come_back, life, number_of
from chalicelib.simulation.plan import START, Plan
from chalicelib.simulation.programmes import deployments, programme_of
from chalicelib.simulation.record import (
    Accepted,
    Answered,
    Began,
    Called,
    Deployed,
    Erased,
    Faulted,
    Heard,
    Paused,
    Resumed,
    Stored,
)

SEEDS = range(50, 62)
OK = range(200, 300)


def webhooks(run):
    """Return the answers to each webhook, with what was sent, in their order."""
    answers = defaultdict(list)
    for seen in run.record.of(Answered):
        if seen.what == "webhook":
            answers[seen.webhook_id].append(seen)
    return answers


@pytest.mark.parametrize("seed", SEEDS)
def test_a_partner_repeats_until_it_hears_a_yes_or_that_it_is_wrong(seed):
    for answers in webhooks(drawn(seed)).values():
        assert any(seen.status in OK or 400 <= seen.status < 500 for seen in answers)


def test_partners_repeat_themselves_contradict_themselves_and_talk_nonsense():
    statuses, repeated = set(), 0
    for seed in SEEDS:
        for answers in webhooks(drawn(seed)).values():
            statuses |= {seen.status for seen in answers}
            repeated += sum(seen.status == 202 for seen in answers) > 1
    assert {400, 409, 422} <= statuses
    assert repeated > 3


def test_a_life_begins_with_joining_and_is_the_same_each_time():
    plan = Plan.drawn(7)
    for number in range(plan.members):
        told = life(plan, number)
        assert told[0].type == "member.joined"
        assert told == life(plan, number)


def test_nobody_shares_a_name_by_chance():
    names = [name for number in range(99) for name in Person(number).names.values()]
    assert len(names) == len(set(names))


def test_a_card_tells_whose_it_is():
    assert number_of(Person(17).names["card"]) == 17
    assert number_of("") is None


def test_whoever_comes_back_has_one_of_the_old_names():
    old = set(Person(3).names.values())
    back = [come_back(3, START, Chance(seed, "x")) for seed in range(40)]
    assert all(old & set(told.data["member"].values()) for told in back)
    assert any(not old >= set(told.data["member"].values()) for told in back)


def test_the_erased_come_back_under_their_names():
    back = 0
    for seed in range(60):
        run = drawn(seed) if Plan.drawn(seed).options.erasures else None
        if run and run.record.of(Erased):
            back += any(name.startswith("again-") for name in webhooks(run))
    assert back


@pytest.mark.parametrize("seed", SEEDS)
def test_feedback_is_about_a_mail_that_was_accepted(seed):
    run = drawn(seed)
    accepted = {seen.message_id: seen.mail for seen in run.record.of(Accepted)}
    for heard in run.record.of(Heard):
        assert accepted[heard.message_id].tags == heard.tags


def test_feedback_comes_late_twice_and_never():
    kinds = {seen.kind for seed in SEEDS for seen in drawn(seed).record.of(Faulted)}
    assert {Fault.FEEDBACK_LATE, Fault.FEEDBACK_TWICE, Fault.FEEDBACK_NEVER} <= kinds


def test_readers_leave_by_the_link_of_their_own_mail():
    left = [
        seen
        for seed in SEEDS
        for seen in drawn(seed).record.of(Answered)
        if seen.what == "unsubscribe" and seen.status == 200
    ]
    assert left
    for seed in SEEDS:
        run = drawn(seed)
        mailed = {seen.mail.tags["member"] for seen in run.record.of(Accepted)}
        for seen in run.record.of(Answered):
            assert not seen.member_id or seen.member_id in mailed


def test_pauses_are_made_and_most_are_ended():
    paused, resumed = (
        sum(len(drawn(seed).record.of(kind)) for seed in SEEDS) for kind in (Paused, Resumed)
    )
    assert paused >= resumed > 0


def test_a_later_programme_is_one_of_those_the_plan_deploys():
    for seed in SEEDS:
        run = drawn(seed)
        first = programme_of(run.plan.options)
        planned = [first, *deployments(first, run.plan.options)]
        assert all(seen.programme in planned for seen in run.record.of(Deployed))


@pytest.mark.parametrize("seed", SEEDS)
def test_workers_clocks_are_off_by_two_seconds_at_the_most(seed):
    for seen in drawn(seed).record.of(Called):
        assert abs(seen.worker_at - seen.at) <= MOST_SKEW


def test_ticks_come_at_whole_minutes_unless_they_are_late():
    for tick in quiet(4).record.of(Began):
        if tick.function == "schedule_due":
            assert (tick.at.second, tick.at.microsecond) == (0, 0)


def test_no_tick_is_missing_when_something_is_due():
    """Without faults a step is claimed within two minutes of when it was due."""
    run = quiet(4)
    for seen in run.record.of(Stored):
        before, after = seen.before, seen.after
        claimed = seen.what == "ENROLMENT" and before and before.due_at and not after.due_at
        if claimed and "queue_sends" in seen.by:
            assert seen.at - before.due_at <= timedelta(minutes=2)
