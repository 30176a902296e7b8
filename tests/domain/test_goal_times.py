"""When goals were reached: nothing is unreached, and only an earlier time is no second one."""

from domain.builders import DAY, NOW
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.goal_times import again_reached, earliest, goal_name

times = st.integers(-3, 3).map(lambda days: NOW + days * DAY)  # few, so that they often tie
reachings = st.dictionaries(st.sampled_from(["registered", "app", "card"]), times)


@given(reachings, reachings)
def test_no_goal_is_ever_unreached(known, told):
    assert set(earliest(known, told)) == {*known, *told}


@given(reachings, reachings)
def test_the_first_time_counts_in_whatever_order_it_is_told(known, told):
    assert earliest(known, told) == earliest(told, known)


@given(reachings, reachings)
def test_what_is_known_and_not_from_later_was_reached_again(known, told):
    again = again_reached(known, told)
    assert {name for name in told if goal_name(name) in again} == {
        name for name in told if name in known and told[name] >= known[name]
    }
    assert all(again[goal_name(name)] == told[name] for name in told if goal_name(name) in again)
