"""What each fault does to a call: whether it took effect, and what the caller hears."""

from datetime import timedelta

import pytest

from chalicelib.adapters.lockstep import Lockstep
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.faults import DEATHS, ON_CALLS, Fault, seeded
from chalicelib.simulation.plan import START
from chalicelib.simulation.proxies import Gate, Proxy
from chalicelib.simulation.record import Died, Faulted, Record
from chalicelib.simulation.scheduler import Invocation, Scheduler
from chalicelib.usecases.ports import UnavailableError

EFFECT = {
    Fault.DIE_BEFORE: False,
    Fault.DIE_AFTER: True,
    Fault.DIE_MIDWAY: True,
    Fault.REFUSE: False,
    Fault.REFUSE_PART: False,
    Fault.LOSE_REPLY: True,
    Fault.SLOW: True,
    Fault.STUCK: True,
    Fault.TORN_READ: True,
}


class Store:
    """A port that keeps what is saved."""

    def __init__(self):
        self.kept = []

    def save(self, thing):
        self.kept.append(thing)
        return True

    def every(self):
        return iter(self.kept)

    def refuse(self):
        raise LookupError("as the port does")


class Bench:
    """One function that calls one store, struck as wanted."""

    def __init__(self, *faults, name="members"):
        self.faults = list(faults)
        self.scheduler = Scheduler(START)
        self.record = Record(lambda: self.scheduler.now, self.scheduler.who)
        self.gate = Gate(self.scheduler, self.record, self.strike, Chance(1, "gate"))
        self.store = Store()
        self.port = Proxy(name, self.store, self.gate)

    def strike(self, _number, _where):
        return self.faults.pop(0) if self.faults else None

    def run(self, body):
        invocation = Invocation("queue_sends", "queue_sends#1", body, START + timedelta(hours=1))
        self.scheduler.start(invocation)
        self.scheduler.run_until(START + timedelta(days=1))
        return invocation.ended


def test_every_fault_of_calls_is_known_here():
    assert set(EFFECT) == set(ON_CALLS)


@pytest.mark.parametrize("fault", EFFECT)
def test_a_struck_call_takes_effect_or_does_not(fault):
    bench = Bench(fault)
    ended = bench.run(lambda: bench.port.save("x"))
    assert bench.store.kept == (["x"] if EFFECT[fault] else [])
    assert ended.died == (fault in DEATHS)
    refused = {Fault.REFUSE, Fault.REFUSE_PART, Fault.LOSE_REPLY}
    assert isinstance(ended.error, UnavailableError) == (fault in refused)


@pytest.mark.parametrize("fault", sorted(set(EFFECT) - {Fault.TORN_READ}))
def test_a_fault_is_recorded_with_its_place(fault):
    bench = Bench(fault)
    bench.run(lambda: bench.port.save("x"))
    [seen] = bench.record.of(Faulted)
    assert (seen.kind, seen.where) == (fault, "queue_sends:members.save")
    assert len(bench.record.of(Died)) == (fault in DEATHS)


@pytest.mark.parametrize(("fault", "some"), [(Fault.DIE_MIDWAY, True), (Fault.REFUSE_PART, False)])
def test_a_batch_may_be_done_in_part(fault, some):
    bench = Bench(fault)
    things = list(range(20))
    saves = [lambda thing=thing: bench.port.save(thing) for thing in things]
    ended = bench.run(lambda: Lockstep().run(saves))
    assert 0 < len(bench.store.kept) < len(things)
    assert ended.died is some
    if not some:
        refused = [isinstance(error, UnavailableError) for error in ended.answer]
        assert [thing for thing, no in zip(things, refused, strict=True) if not no] == (
            bench.store.kept
        )


def test_acts_in_lockstep_write_with_one_call():
    bench = Bench()
    saves = [lambda number=number: bench.port.save(number) for number in range(5)]
    bench.run(lambda: Lockstep().run(saves))
    assert bench.gate.calls == 1
    assert bench.gate.sites == {"queue_sends:members.save": 1}


def test_a_long_list_is_read_in_two_calls():
    bench = Bench(None, Fault.REFUSE)
    bench.store.kept = list(range(4))
    read = []

    def read_on():
        for each in bench.port.every():
            read.append(each)  # noqa: PERF402 - it ends in the middle

    ended = bench.run(read_on)
    assert isinstance(ended.error, UnavailableError)
    assert read == [0, 1]


def test_what_a_port_raises_is_raised_where_it_was_called():
    bench = Bench()
    assert isinstance(bench.run(bench.port.refuse).error, LookupError)


@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.LOSE_REPLY, Fault.SLOW])
def test_standard_output_never_fails(fault):
    bench = Bench(fault, name="metrics")
    bench.store.flush = lambda: "written"
    assert bench.run(bench.port.flush).answer == "written"
    assert bench.record.of(Faulted) == []


def test_nothing_is_struck_once_it_is_calm():
    bench = Bench(Fault.REFUSE)
    bench.gate.calm = True
    assert bench.run(lambda: bench.port.save("x")).answer is True


def test_a_seeded_source_strikes_as_often_as_it_is_told():
    strike = seeded({Fault.REFUSE: 0.1, Fault.SLOW: 0.3}, Chance(1, "x"))
    struck = [strike(number, "") for number in range(10_000)]
    assert 900 < struck.count(Fault.REFUSE) < 1_100
    assert 2_800 < struck.count(Fault.SLOW) < 3_200
    assert set(struck) == {None, Fault.REFUSE, Fault.SLOW}
