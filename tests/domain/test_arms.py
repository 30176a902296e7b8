"""Arms: the hash rule, its vectors, and that a growing ramp moves nobody back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.arms import Arm, ShareError, assign, uniform

names = st.text(max_size=40)
shares = st.floats(0, 1)


@pytest.mark.parametrize(
    ("salt", "member_id", "expected"),
    [
        ("welcome-2027", "M000001", 0.673948673831),
        ("welcome-2027", "M000002", 0.369224604074),
        ("holdout-v1", "M000001", 0.194395876994),
    ],
)
def test_the_draw_follows_the_published_vectors(salt, member_id, expected):
    assert uniform(salt, member_id) == pytest.approx(expected, abs=1e-12)


@given(names, names)
def test_a_draw_is_at_least_nought_and_below_one(salt, member_id):
    assert 0 <= uniform(salt, member_id) < 1


def test_the_highest_hash_is_still_held_out_when_everybody_is(monkeypatch):
    class HighestHash:
        def __init__(self, _data):
            pass

        def digest(self):
            return b"\xff" * 32

    monkeypatch.setattr("chalicelib.domain.arms.sha256", HighestHash)
    assert assign("any", "M1", 1.0) is Arm.CONTROL


@given(names, names, shares, shares)
def test_growing_the_treated_share_moves_nobody_from_treated_to_control(salt, member_id, one, two):
    before = assign(salt, member_id, max(one, two))
    after = assign(salt, member_id, min(one, two))
    assert (before, after) != (Arm.TREATED, Arm.CONTROL)


@given(names, names)
def test_a_draw_exactly_at_the_share_is_treated(salt, member_id):
    assert assign(salt, member_id, uniform(salt, member_id)) is Arm.TREATED


@given(names, names)
def test_no_hold_out_treats_everybody_and_a_full_one_nobody(salt, member_id):
    assert assign(salt, member_id, 0.0) is Arm.TREATED
    assert assign(salt, member_id, 1.0) is Arm.CONTROL


def test_a_tenth_held_out_is_a_tenth_of_the_members():
    held_out = sum(assign("welcome-2027", f"M{n:06}", 0.1) is Arm.CONTROL for n in range(20_000))
    assert held_out == pytest.approx(2_000, abs=4 * (20_000 * 0.1 * 0.9) ** 0.5)


def test_two_salts_draw_independently():
    members = [f"M{n:06}" for n in range(20_000)]
    in_both = sum(
        assign("welcome-2027", m, 0.5) is assign("holdout-v1", m, 0.5) is Arm.CONTROL
        for m in members
    )
    assert in_both == pytest.approx(5_000, abs=4 * (20_000 * 0.25 * 0.75) ** 0.5)


@pytest.mark.parametrize("share", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_share_outside_nought_to_one_is_refused(share):
    with pytest.raises(ShareError, match="from 0 to 1"):
        assign("welcome-2027", "M000001", share)
