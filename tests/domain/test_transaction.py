"""What a transaction says, and by what it is known again."""

from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.transaction import Line, Transaction

TICKET = Line(
    kind="flight",
    quantity=2,
    amount=19_900,
    currency="EUR",
    distance=900,
    booking_class="Y",
    carrier="VX",
)
BOUGHT = Transaction(
    partner="airline", reference="t-1", on=date(2027, 3, 1), lines=(TICKET, Line(kind="fuel"))
)
OTHERS = {
    "kind": "fuel",
    "quantity": 3,
    "amount": 19_901,
    "currency": "USD",
    "distance": 901,
    "booking_class": "M",
    "carrier": "VY",
}


def test_the_same_transaction_has_the_same_digest():
    again = Transaction(
        partner="airline",
        reference="t-1",
        on=date(2027, 3, 1),
        lines=(replace(TICKET), Line(kind="fuel", quantity=1)),
    )
    assert again.digest() == BOUGHT.digest()
    assert len(again.digest()) == 64


@pytest.mark.parametrize("name", [field.name for field in fields(Line)])
def test_a_line_that_says_anything_else_has_another_digest(name):
    changed = replace(TICKET, **{name: OTHERS[name]})
    assert replace(BOUGHT, lines=(changed, Line(kind="fuel"))).digest() != BOUGHT.digest()


@pytest.mark.parametrize(
    "change",
    [
        {"partner": "bank"},
        {"reference": "t-2"},
        {"on": date(2027, 3, 2)},
        {"lines": (TICKET,)},
        {"lines": (Line(kind="fuel"), TICKET)},
        {"lines": (TICKET, Line(kind="fuel"), Line(kind="fuel"))},
    ],
)
def test_a_transaction_that_says_anything_else_has_another_digest(change):
    assert replace(BOUGHT, **change).digest() != BOUGHT.digest()


def test_the_digest_stays_the_one_that_is_stored():
    assert BOUGHT.digest().startswith("5a5b59318f97fa80")


@given(st.text(max_size=5), st.text(max_size=5), st.integers(0, 9), st.integers(0, 9))
def test_what_differs_in_words_or_days_is_never_one(reference, partner, days, more):
    one = replace(BOUGHT, partner=partner, reference=reference, on=BOUGHT.on + timedelta(days))
    other = replace(BOUGHT, partner=reference, reference=partner, on=BOUGHT.on + timedelta(more))
    assert (one == other) == (one.digest() == other.digest())
