"""The port ``Stock``, on every adapter."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.adapters.memory_stock import MemoryStock
from chalicelib.domain.benefits import Benefit

KEY = "voucher@app_installed"


def of(stock, name="voucher"):
    return Benefit(name=name, title="An upgrade", goal="app_installed", stock=stock)


takes = st.lists(
    st.tuples(
        st.sampled_from(["voucher", "bag"]),
        st.integers(0, 12),  # a stock that is raised or lowered is said anew
        st.sampled_from([KEY, f"{KEY}.2"]),
        st.integers(0, 9).map(lambda number: f"member{number}"),
    ),
    max_size=25,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asks=takes)
def test_every_adapter_gives_the_same(new_stores, asks):
    stock, model = new_stores().stock, MemoryStock()
    for name, most, key, member_id in asks:
        benefit = of(most, name)
        assert stock.take(benefit, f"{name}.{key}", member_id) == model.take(
            benefit, f"{name}.{key}", member_id
        )
        assert stock.left(benefit) == model.left(benefit)


@pytest.mark.parametrize("most", [1, 3, 8, 13])
def test_a_stock_is_given_to_the_last_one_and_no_further(stores, most):
    given_to = [stores.stock.take(of(most), KEY, f"member{n}") for n in range(most + 3)]
    assert given_to == [True] * most + [False] * 3
    assert stores.stock.left(of(most)) == 0


def test_what_is_taken_again_under_its_key_is_the_same_one(stores):
    assert stores.stock.take(of(2), KEY, "anna")
    assert stores.stock.take(of(2), KEY, "anna")
    assert stores.stock.left(of(2)) == 1
    assert stores.stock.take(of(2), f"{KEY}.2", "anna")
    assert not stores.stock.take(of(2), KEY, "boris")
    assert stores.stock.take(of(2), KEY, "anna")


def test_of_what_nobody_asked_for_all_is_left(stores):
    assert stores.stock.left(of(1000)) == 1000
    assert stores.stock.left(of(0)) == 0
    assert not stores.stock.take(of(0), KEY, "anna")


def test_without_a_stock_there_is_no_bound(stores):
    assert all(stores.stock.take(of(None), KEY, f"member{n}") for n in range(20))
    assert stores.stock.left(of(None)) is None
    assert stores.stock.left(of(5)) == 5


def test_a_stock_that_is_raised_goes_on_and_a_lowered_one_stops(stores):
    assert [stores.stock.take(of(2), KEY, name) for name in "abc"] == [True, True, False]
    assert stores.stock.take(of(3), KEY, "c")
    assert stores.stock.left(of(1)) == 0
    assert not stores.stock.take(of(1), KEY, "d")
