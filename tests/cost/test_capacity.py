"""Sizes and units are those of DynamoDB's developer guide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.cost.capacity import (
    index_write_units,
    item_bytes,
    read_units,
    value_bytes,
    write_units,
)

texts = st.text(max_size=20)
values = st.recursive(
    st.builds(lambda text: {"S": text}, texts)
    | st.builds(lambda number: {"N": str(number)}, st.integers(-(10**30), 10**30))
    | st.builds(lambda flag: {"BOOL": flag}, st.booleans()),
    lambda inner: (
        st.builds(lambda m: {"M": m}, st.dictionaries(texts, inner, max_size=3))
        | st.builds(lambda several: {"L": several}, st.lists(inner, max_size=3))
    ),
)


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0),
        ({"S": "mile"}, 4),
        ({"S": "миля"}, 8),
        ({"N": "0"}, 1),
        ({"N": "7"}, 2),
        ({"N": "12"}, 2),
        ({"N": "123"}, 3),
        ({"N": "-123"}, 4),
        ({"N": "1200000"}, 2),
        ({"N": "0.0012"}, 2),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"M": {}}, 3),
        ({"L": []}, 3),
        ({"M": {"ab": {"S": "cde"}}}, 3 + 1 + 2 + 3),
        ({"L": [{"S": "cde"}, {"BOOL": False}]}, 3 + 1 + 3 + 1 + 1),
    ],
)
def test_a_value_has_the_size_that_the_guide_gives(value, size):
    assert value_bytes(value) == size


def test_a_type_without_a_size_is_an_error_and_no_guess():
    with pytest.raises(ValueError, match="no size for the type SS"):
        value_bytes({"SS": ["a"]})


@given(st.dictionaries(texts, values, max_size=5), texts, values)
def test_an_attribute_adds_its_name_and_its_value(item, name, value):
    without = {key: each for key, each in item.items() if key != name}
    grown = item_bytes({**without, name: value}) - item_bytes(without)
    assert grown == len(name.encode()) + value_bytes(value)


@given(texts, values)
def test_in_a_map_an_element_costs_one_byte_more_than_in_an_item(name, value):
    assert value_bytes({"M": {name: value}}) == item_bytes({name: value}) + 4


@pytest.mark.parametrize(
    ("size", "units"), [(0, 1), (1, 1), (1024, 1), (1025, 2), (2048, 2), (409_600, 400)]
)
def test_a_write_unit_is_a_kilobyte_begun(size, units):
    assert write_units(size) == units


@pytest.mark.parametrize(("size", "units"), [(0, 1), (4096, 1), (4097, 2), (8192, 2)])
def test_a_read_unit_is_four_kilobytes_begun_and_half_when_eventual(size, units):
    assert read_units(size, consistent=True) == units
    assert read_units(size, consistent=False) == units / 2


HERE, THERE = ("DUE#01", "2027"), ("DUE#01", "2028")


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [(None, None, 0), (None, HERE, 1), (HERE, None, 1), (HERE, HERE, 0), (HERE, THERE, 2)],
)
def test_the_index_costs_a_put_a_delete_both_or_nothing(before, after, units):
    assert index_write_units(before, after, 200) == units
