"""A function dies before every call that it makes, or gets no answer to it: all promises hold.

Two golden scenarios, told again for each of their calls: members' whole chains with an
unsubscribing, a bounce and a gift; and two journeys that compete, with every message twice, a
pause and an erasing. What is tried is found by itself, so that nobody has to look for a seed.
"""

from dataclasses import replace
from functools import cache

import pytest

from chalicelib.simulation.faults import Fault
from chalicelib.simulation.plan import Habits, Options, Plan
from chalicelib.simulation.record import Accepted, Answered, Erased, Heard, Paused, Stored
from chalicelib.simulation.run import run_seed

NOBODY = Habits(**dict.fromkeys(Habits.__dataclass_fields__, 0.0))
CHAIN = replace(
    Plan.quiet(0, members=2, days=8),
    options=Options(holdout=0.0, hours=True, quiet_hours=False, caps="none"),
    habits=replace(NOBODY, goals=0.8, opens=0.3, bounces=0.15, unsubscribes=0.15, batches=0.2),
)
COMPETING = replace(
    Plan.quiet(0, members=2, days=5),
    options=Options(
        holdout=0.0,
        hours=True,
        second_journey=True,
        retry_once=True,
        quiet_hours=False,
        caps="tight",
        pauses=1,
        erasures=1,
    ),
    habits=replace(NOBODY, goals=0.8, complaints=0.1, unsubscribes=0.1, updates=0.5, early=0.3),
    rates={Fault.DUPLICATE: 1.0, Fault.FEEDBACK_TWICE: 1.0},
)
PLANS = {"chain": CHAIN, "competing": COMPETING}
SHARES = 4
"""Parts in which the calls are tried, so that several processes can share the work."""
FEWEST, MOST = 150, 260
"""Calls of a scenario: enough to meet every kind, few enough to try each."""
SEEDS = 500


class Once:
    """Strikes the call of one number, and no other; ``calls`` is how many could be struck."""

    def __init__(self, number=0, fault=None):
        self.number, self.fault, self.where, self.calls = number, fault, "", 0

    def __call__(self, number, where):
        self.calls = number
        if number != self.number:
            return None
        self.where = where
        return self.fault


def seen(run, type_, /, **facts):
    found = run.record.of(type_)
    return [s for s in found if all(getattr(s, name) == value for name, value in facts.items())]


def is_chain(run):
    return (
        len(seen(run, Accepted)) >= 5
        and seen(run, Answered, what="unsubscribe", status=200)
        and seen(run, Heard, kind="hard_bounced")
        and seen(run, Stored, what="GRANT")
    )


def is_competing(run):
    journeys = {each.mail.tags["journey"] for each in seen(run, Accepted)}
    left = seen(run, Answered, what="unsubscribe", status=200)
    return len(journeys) == 2 and left and seen(run, Paused) and seen(run, Erased)


@cache
def golden(name):
    """Return the first plan of this kind in which everything happens, and its calls."""
    fits = {"chain": is_chain, "competing": is_competing}[name]
    for seed in range(SEEDS):
        plan, once = replace(PLANS[name], seed=seed), Once()
        run = run_seed(plan, once)
        if FEWEST <= once.calls <= MOST and fits(run):
            return plan, once.calls
    raise AssertionError(f"no seed below {SEEDS} tells the scenario '{name}'")


@pytest.mark.parametrize("name", PLANS)
def test_the_scenario_itself_breaks_no_promise(name):
    plan, _ = golden(name)
    assert [str(violation) for violation in run_seed(plan, Once()).violations] == []


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("fault", [Fault.DIE_BEFORE, Fault.LOSE_REPLY])
@pytest.mark.parametrize("name", PLANS)
def test_wherever_a_function_fails_all_promises_hold(name, fault, share):
    plan, calls = golden(name)
    for number in range(1 + share, calls + 1, SHARES):
        once = Once(number, fault)
        run = run_seed(plan, once)
        assert once.where, f"there was no call {number}"
        told = [str(violation) for violation in run.violations]
        assert not told, f"{fault} at call {number}, {once.where}"
