"""The same world on the adapters of AWS: what stores in memory promise, DynamoDB's keep, too."""

from dataclasses import replace
from functools import cache

import pytest

from chalicelib.simulation.faults import Fault
from chalicelib.simulation.plan import Plan
from chalicelib.simulation.record import Accepted, Died, Faulted, Stored
from chalicelib.simulation.run import run_seed

SEEDS = range(25)
SMALL = {"members": 2, "days": 6}
KINDS = ("memory", "moto")


def stored(run, what):
    """Return what was stored under each key, in its order; the order of keys may differ."""
    by_key = {}
    for seen in run.record.of(Stored):
        if seen.what == what:
            by_key.setdefault(seen.key, []).append(seen.after)
    return by_key


@cache
def undisturbed(on):
    return run_seed(Plan.quiet(4, 3, 10), on=on)


@pytest.mark.parametrize("what", ["PROFILE", "ENROLMENT", "EVENT", "COUNT"])
def test_without_faults_both_kinds_of_stores_are_given_the_same(what):
    memory, moto = (stored(undisturbed(on), what) for on in KINDS)
    assert memory == moto
    assert memory


def test_without_faults_both_kinds_send_the_same_mails():
    memory, moto = (
        [own(seen.mail) for seen in undisturbed(on).record.of(Accepted)] for on in KINDS
    )
    assert memory == moto
    assert memory


def own(mail):
    """Leave out the tags that the adapter adds for the mail service itself."""
    tags = {name: value for name, value in mail.tags.items() if not name.startswith("ses:")}
    return replace(mail, tags=tags)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_promise_is_broken_under_faults_of_the_real_adapters(seed):
    run = run_seed(Plan.drawn(seed, **SMALL), on="moto")
    assert run.violations == []
    assert run.final.quiet


@pytest.mark.parametrize(
    "fault", [Fault.DIE_BEFORE, Fault.DIE_AFTER, Fault.REFUSE, Fault.LOSE_REPLY]
)
@pytest.mark.parametrize("call", ["dynamodb.PutItem", "dynamodb.Query", "sqs.SendMessageBatch"])
def test_a_call_of_the_client_is_struck_by_its_name(call, fault):
    struck = []

    def strike(number, where):
        if where.endswith(f":{call}") and len(struck) < 2:
            struck.append(where)
            return fault
        return None

    run = run_seed(Plan.quiet(4, 3, 6), strike, on="moto")
    assert [seen.kind for seen in run.record.of(Faulted)] == [fault] * len(struck)
    assert struck
    assert bool(run.record.of(Died)) == fault.startswith("die")
    assert run.violations == []
