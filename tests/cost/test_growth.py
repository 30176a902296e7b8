"""Growth: each size runs whole, and a member costs the same at every size."""

from dataclasses import replace

import pytest

from chalicelib.cost import due_lag as due_lag_module
from chalicelib.cost.due_lag import due_lag
from chalicelib.cost.growth import grow
from chalicelib.usecases.queue_due import queue_due


def test_a_member_costs_the_same_in_a_greater_crowd(plan):
    small, large = grow(plan, (20, 60))
    assert (small.members, large.members) == (20, 60)
    assert small.mails == pytest.approx(5 * 20, abs=5)
    assert large.mails == pytest.approx(5 * 60, abs=10)
    assert large.write_units_a_member == pytest.approx(small.write_units_a_member, rel=0.05)
    assert large.usd_a_member == pytest.approx(small.usd_a_member, rel=0.05)
    assert small.cpu_ms_a_member > 0
    assert small.peak_memory_mb > 10


def test_a_step_waits_for_the_minutes_tick_and_its_turn(sample):
    lag = due_lag(sample, 50, minutes=2)
    assert lag.mails == 50 * 60 * 2
    assert 30 < lag.median_seconds < 150  # a busy machine's senders are slower
    assert lag.median_seconds <= lag.p99_seconds <= lag.longest_seconds < 600
    assert 0 < lag.tick_seconds < 55


def test_mails_beyond_the_rate_of_the_mail_service_come_again(sample, monkeypatch):
    """Every message is there at once, so that too many senders meet too small a rate."""
    monkeypatch.setattr(due_lag_module, "queue_due", at_once)
    lag = due_lag(sample, 20, minutes=1)
    assert lag.mails == 20 * 60
    assert lag.throttled > 0
    assert lag.longest_seconds > 120


def at_once(engine):
    queued = queue_due(engine)
    twin = engine.send_queue._client  # noqa: SLF001
    twin.delays_seconds = [0] * len(twin.delays_seconds)
    return queued


def test_every_step_is_sent_once_and_the_index_is_empty_then(sample):
    other = replace(sample, plan=replace(sample.plan, seed=9))
    first, second = due_lag(sample, 10, minutes=1), due_lag(other, 10, minutes=1)
    assert first.mails == second.mails == 600
