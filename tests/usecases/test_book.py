"""Who can have something booked: a member who is there, and nobody who was erased."""

from datetime import timedelta

import pytest
from usecases.benefit_lives import ANN_CARD
from usecases.engines import memory_engine
from usecases.test_merge_wallets import UNIT, asked, buys, returns, spends, wallet
from usecases.test_post_transaction import joins

from chalicelib.domain.ledger import Reference
from chalicelib.usecases.book import NoMemberError, book
from chalicelib.usecases.erase_member import erase_member
from chalicelib.usecases.partner_acts import reserve_request, reverse_booked

ACTS = {
    "earn": lambda engine, ann: buys(engine, ann, 100, "t-2"),
    "give back": lambda engine, _: returns(engine, "t-1"),
    "spend": lambda engine, ann: spends(engine, ann, 1, "s-2"),
    "reserve": lambda engine, ann: book(
        engine, reserve_request(engine, ann, asked("h-1"), (UNIT, 1), timedelta(hours=1))
    ),
    "take back": lambda engine, _: reverse_booked(engine, asked("r-1"), Reference("demo", "s-1")),
}


@pytest.mark.parametrize("act", ACTS)
def test_for_who_was_erased_nothing_is_booked_and_no_reference_is_used_up(act):
    engine = memory_engine()
    ann = joins(engine, ANN_CARD)
    buys(engine, ann, 100, "t-1")
    spends(engine, ann, 40, "s-1")
    erase_member(engine, ann)
    before = wallet(engine, ann)
    with pytest.raises(NoMemberError):
        ACTS[act](engine, ann)
    assert wallet(engine, ann) == before
    for name in ("t-2", "s-2", "h-1", "r-1", "back.t-1"):
        assert engine.memberships.find(Reference("demo", name)) is None


def test_who_was_erased_is_told_the_first_answer_still():
    engine = memory_engine()
    ann = joins(engine, ANN_CARD)
    first = buys(engine, ann, 100, "t-1")
    erase_member(engine, ann)
    again = buys(engine, ann, 100, "t-1")
    assert (again.posting, again.repeated) == (first.posting, True)
