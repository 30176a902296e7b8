"""What pollers ask of a queue is bounded by what is plain: idle, saturated, and in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.cost.deployment import Source
from chalicelib.cost.traffic import Traffic, idle_receives

PLAIN = Source(batch=10, window_seconds=0, pollers=2)
WINDOWED = Source(batch=10, window_seconds=20, pollers=2)
MONTH = 30


def test_an_idle_queue_is_asked_by_each_poller_every_twenty_seconds():
    assert idle_receives(PLAIN, MONTH) == pytest.approx(2 * 30 * 86_400 / 20.1)


def test_a_trickle_is_received_one_by_one():
    queue = Traffic(PLAIN, 30_000, MONTH)  # one in a minute and a half
    assert queue.receives == pytest.approx(idle_receives(PLAIN, MONTH) + 30_000 / 2, rel=0.1)
    assert queue.batch == 1
    assert queue.deletes == 30_000


def test_a_flood_is_received_by_the_ten():
    queue = Traffic(PLAIN, 10**10, MONTH)
    assert queue.receives == 10**9


def test_a_window_fills_a_batch_as_far_as_the_traffic_goes():
    a_second = 86_400 * MONTH
    assert Traffic(WINDOWED, 0, MONTH).batch == 1
    assert Traffic(WINDOWED, 0.3 * a_second, MONTH).batch == 1 + 3
    assert Traffic(WINDOWED, 10 * a_second, MONTH).batch == 10
    assert Traffic(WINDOWED, 10 * a_second, MONTH).deletes == a_second


def test_a_batch_over_ten_is_deleted_by_the_ten():
    large = Source(batch=100, window_seconds=60, pollers=2)
    queue = Traffic(large, 3 * 86_400 * MONTH, MONTH)
    assert queue.batch == 91
    assert queue.deletes == queue.messages / 10


@given(st.floats(0, 1e9), st.floats(1, 1e9), st.floats(0.01, 100))
def test_more_traffic_never_asks_less(messages, more, days):
    fewer, greater = Traffic(PLAIN, messages, days), Traffic(PLAIN, messages + more, days)
    assert greater.receives >= fewer.receives * (1 - 1e-9)
    assert fewer.receives >= messages / 10
    assert fewer.receives >= idle_receives(PLAIN, days) * (1 - 1e-9)
    assert 1 <= fewer.batch <= greater.batch <= PLAIN.batch
