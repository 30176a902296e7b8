"""What a posting may ask of AWS, held without a clock: one transaction of eight actions at most."""

from datetime import timedelta

import pytest

from bench.postings import MONTHS, UNIT, WatchedTwin, on_twin
from bench.programme import make_programme
from chalicelib.cost.meter import Meter
from chalicelib.domain.ledger_lots import MOST_LOTS
from chalicelib.domain.membership_look import MOST_OVERDUE
from chalicelib.usecases.book import book
from chalicelib.usecases.partner_acts import reserve_request

BUDGET = 8
"""The wallet, the profile, three postings for what is over, one, its reference, and another's."""
PLAIN = 4


@pytest.fixture(scope="module")
def mails(tmp_path_factory):
    return make_programme(tmp_path_factory.mktemp("postings"))


@pytest.fixture
def grown(mails):
    """Three members with five years behind them."""
    ledgers, twin = on_twin(mails)
    ledgers.grow_up(3)
    twin.transactions.clear()
    return ledgers, twin


def wallet_of(ledgers, member_id):
    return ledgers.engine.memberships.load(member_id).membership.wallet


def hold(ledgers, member_id):
    asked = ledgers.asked("h")
    span = timedelta(minutes=15)
    assert book(
        ledgers.engine, reserve_request(ledgers.engine, member_id, asked, (UNIT, 10), span)
    ).posting


def test_whatever_members_of_five_years_do_a_transaction_is_small_and_no_item_is_shared(grown):
    ledgers, twin = grown
    ledgers.live(150)
    assert len(twin.transactions) > 100
    assert max(map(len, twin.transactions)) <= BUDGET
    assert sorted(map(len, twin.transactions))[len(twin.transactions) // 2] == PLAIN
    assert twin.shared_items() == 0


def test_members_of_five_years_have_a_lot_for_each_month_and_no_more(grown):
    ledgers, _ = grown
    for member_id in ledgers.told:
        wallet = wallet_of(ledgers, member_id)
        assert len(wallet.lots[UNIT]) == MONTHS == MOST_LOTS
        assert wallet.number == MONTHS


def test_a_spend_over_forty_lots_is_one_small_transaction(grown):
    ledgers, twin = grown
    member_id = next(iter(ledgers.told))
    lots = sorted(wallet_of(ledgers, member_id).lots[UNIT].items())[:40]
    posting = ledgers.spend(member_id, sum(amount for _, amount in lots)).posting
    assert len(posting.lots) == 40
    assert list(map(len, twin.transactions)) == [PLAIN]


def test_the_largest_transaction_is_a_return_after_reservations_that_lapsed(grown):
    ledgers, twin = grown
    member_id = next(iter(ledgers.told))
    for _ in range(MOST_OVERDUE + 1):
        hold(ledgers, member_id)
    ledgers.clock.advance(timedelta(hours=1))
    twin.transactions.clear()
    assert ledgers.give_back(member_id).posting
    assert list(map(len, twin.transactions)) == [BUDGET]
    assert len(wallet_of(ledgers, member_id).holds) == 1


def test_the_twin_tells_when_two_members_write_to_one_item():
    twin = WatchedTwin(Meter())
    twin.transactions = [["MEMBER#a MEMBERSHIP", "REF#1 R"], ["MEMBER#b MEMBERSHIP", "REF#1 R"]]
    assert twin.shared_items() == 1
    twin.transactions = [["MEMBER#a MEMBERSHIP", "REF#1 R"], ["MEMBER#b MEMBERSHIP", "REF#2 R"]]
    assert twin.shared_items() == 0
