"""The port ``SendBudget``, on every adapter."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.adapters.memory_send_budget import MemorySendBudget
from chalicelib.domain.pace import OPEN, Permit, pace_of

HOUR = timedelta(hours=1)
MILLISECOND = timedelta(milliseconds=1)
PACE = pace_of(14)

asked = st.tuples(
    st.sampled_from([1.0, 14.0, 60.0]),  # a quota that changes is asked about by both its rates
    st.integers(1, 80),
    st.integers(0, 1_500),
)


def take(stores, wanted, later=0, pace=PACE, patience=HOUR):
    now = stores.clock.now() + later * MILLISECOND
    return stores.budget.take(pace, wanted, now, now + patience)


def leave(stores, mails, opens_after=0 * MILLISECOND):
    opens = stores.clock.now() + opens_after
    return Permit(mails, opens, opens + OPEN)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asks=st.lists(asked, min_size=1, max_size=8))
def test_every_adapter_gives_the_same_leave(new_stores, asks):
    stores, model = new_stores(), MemorySendBudget()
    now = stores.clock.now()
    for per_second, wanted, later in asks:
        now += later * MILLISECOND
        until = now + 2 * timedelta(seconds=1)
        ours = stores.budget.take(pace_of(per_second), wanted, now, until)
        assert ours == model.take(pace_of(per_second), wanted, now, until)


def test_the_first_window_opens_at_once_and_has_room_for_a_quota(stores):
    assert take(stores, 100) == leave(stores, 14)


def test_senders_who_ask_at_one_time_share_a_window_then_get_the_next(stores):
    assert take(stores, 10) == leave(stores, 10)
    assert take(stores, 10, later=50) == leave(stores, 4)
    assert take(stores, 10, later=60) == leave(stores, 10, PACE.every)
    assert take(stores, 10, later=70) == leave(stores, 4, PACE.every)
    assert take(stores, 10, later=80) == leave(stores, 10, 2 * PACE.every)


def test_nothing_is_taken_when_no_window_opens_in_time(stores):
    take(stores, 14)
    assert take(stores, 1, patience=PACE.every) is None
    assert take(stores, 1, patience=PACE.every + MILLISECOND) == leave(stores, 1, PACE.every)


def test_a_sender_whose_clock_is_behind_waits_for_the_window_of_the_others(stores):
    assert take(stores, 5, later=3000) == leave(stores, 5, timedelta(seconds=3))
    assert take(stores, 5) == leave(stores, 5, timedelta(seconds=3))
