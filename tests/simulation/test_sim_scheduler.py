"""Functions run side by side in one thread, up to their deadlines."""

from datetime import timedelta

import pytest

from chalicelib.simulation.faults import DeathError
from chalicelib.simulation.plan import START
from chalicelib.simulation.scheduler import Invocation, Scheduler

SECOND = timedelta(seconds=1)
END = START + timedelta(days=1)


@pytest.fixture
def scheduler():
    return Scheduler(START)


@pytest.fixture
def told():
    return []


def start(scheduler, name, body, timeout=60 * SECOND):
    invocation = Invocation(name, f"{name}#1", body, scheduler.now + timeout)
    scheduler.at(scheduler.now, lambda: scheduler.start(invocation))
    return invocation


def test_acts_happen_in_the_order_of_time_and_then_of_arrival(scheduler, told):
    for name, seconds in (("late", 2), ("first", 1), ("second", 1)):
        scheduler.after(seconds * SECOND, lambda name=name: told.append(name))
    assert scheduler.come_to_rest(END)
    assert told == ["first", "second", "late"]


def test_what_is_after_the_end_is_left(scheduler, told):
    scheduler.after(3 * SECOND, lambda: told.append("too late"))
    scheduler.run_until(START + SECOND)
    assert (told, scheduler.now) == ([], START + SECOND)
    assert not scheduler.come_to_rest(START + SECOND)


def test_a_function_that_waits_lets_others_go_on(scheduler, told):
    def body(name, seconds):
        told.append(f"{name} begins")
        scheduler.wait(seconds * SECOND)
        told.append(f"{name} ends")

    start(scheduler, "slow", lambda: body("slow", 2))
    start(scheduler, "quick", lambda: body("quick", 1))
    scheduler.come_to_rest(END)
    assert told == ["slow begins", "quick begins", "quick ends", "slow ends"]
    assert scheduler.now == START + 2 * SECOND


def test_a_function_dies_at_its_deadline_and_not_before(scheduler, told):
    def body():
        scheduler.wait(9 * SECOND)
        told.append("still here")
        scheduler.wait(9 * SECOND)
        told.append("never")

    invocation = start(scheduler, "slow", body, timeout=10 * SECOND)
    scheduler.come_to_rest(END)
    assert told == ["still here"]
    assert invocation.ended.died
    assert scheduler.now == START + 10 * SECOND


def test_a_dead_function_can_do_nothing_more(scheduler, told):
    def body():
        try:
            scheduler.kill()
        finally:
            scheduler.still_alive()
            told.append("a dead function wrote this")

    invocation = start(scheduler, "dying", body)
    scheduler.come_to_rest(END)
    assert invocation.ended.died
    assert told == []


def test_death_is_not_caught_as_an_error(scheduler, told):
    def body():
        try:
            scheduler.kill()
        except Exception:  # noqa: BLE001 - what use cases do
            told.append("survived")

    start(scheduler, "dying", body)
    scheduler.come_to_rest(END)
    assert told == []
    assert not issubclass(DeathError, Exception)


def test_how_a_function_ended_is_told(scheduler):
    def fail():
        raise ValueError("as it happens")

    answers = start(scheduler, "one", lambda: 7)
    fails = start(scheduler, "other", fail)
    scheduler.come_to_rest(END)
    assert answers.ended.answer == 7
    assert isinstance(fails.ended.error, ValueError)


def test_each_function_finds_its_own_process_again(scheduler, told):
    process = []

    def body(name):
        process[:] = [name]
        scheduler.wait(SECOND)
        told.append((name, *process))

    for name in ("one", "other"):
        kept = []
        invocation = start(scheduler, name, lambda name=name: body(name))
        invocation.enter = lambda kept=kept: process.__setitem__(slice(None), kept)
        invocation.leave = lambda kept=kept: kept.__setitem__(slice(None), process)
    scheduler.come_to_rest(END)
    assert told == [("one", "one"), ("other", "other")]


def test_only_a_function_can_wait(scheduler):
    with pytest.raises(RuntimeError, match="only a function"):
        scheduler.wait(SECOND)
