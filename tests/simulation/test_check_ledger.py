"""The checkers of the ledger: what the engine posts passes, and each kind of mistake is seen."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from simulation.ledger_stories import START, UNIT, booked_one_by_one, name, posted
from simulation.runs import drawn
from simulation.stories import ANN, Story

from chalicelib.domain.ledger import Account, Entry, LedgerRefusal, LotChange, PostingKind
from chalicelib.domain.ledger_wallet import Wallet
from chalicelib.domain.membership import Membership
from chalicelib.domain.news import News, NewsKind
from chalicelib.domain.transaction import Line, Transaction
from chalicelib.simulation.checkers.history import History
from chalicelib.simulation.checkers.ledger_books import (
    l5_what_was_told_is_booked,
    s13_the_books_add_up,
    s14_a_reference_stands,
)
from chalicelib.simulation.checkers.ledger_earnings import s15_transactions_bring_what_they_should
from chalicelib.simulation.checkers.ledger_sometimes import ON_WALLETS, on_wallets
from chalicelib.simulation.record import Answered, Record, Stored
from chalicelib.usecases.membership_ports import ReferenceRecord

LAPSES = (("earn", 50), ("wait", 40))
HELD = (("earn", 50), ("reserve", 30), ("capture", 20))
HELD_OVER = (("earn", 50), ("reserve", 30), ("wait", 1))
TAKEN_BACK = (("earn", 50), ("spend", 40), ("reverse", 30))
RECORD = ReferenceRecord(reference=name(1), member_id=ANN, body_hash="f", kept_at=START, number=1)


def history_of(*seen):
    record = Record(lambda: START, lambda: "queue_events#1")
    for kind, facts in seen:
        record.add(kind, **facts)
    return History.of(record)


def stored(what, key, after, before=None):
    return Stored, {"what": what, "key": key, "before": before, "after": after}


def books(postings, wallet=None):
    seen = [stored("POSTING", f"{ANN}#{each.number}", each) for each in postings]
    if wallet is not None:
        seen.append(stored("MEMBERSHIP", ANN, Membership(member_id=ANN, wallet=wallet)))
    return [fault.text for fault in s13_the_books_add_up(history_of(*seen))]


@pytest.mark.parametrize("acts", [LAPSES, HELD, HELD_OVER, TAKEN_BACK])
def test_what_the_engine_posts_adds_up(acts):
    *_, (wallet, _) = booked_one_by_one(acts)
    postings = posted(*acts)
    assert books(postings, wallet) == []
    assert books(postings, Wallet())


def broken(acts, place, changes):
    postings = posted(*acts)
    postings[place] = replace(postings[place], **changes)
    return " ".join(books(postings))


@pytest.mark.parametrize(
    ("acts", "at", "changes", "told"),
    [
        (LAPSES, 1, {"number": 3}, "does not follow"),
        (LAPSES, 1, {"previous": "x"}, "does not follow"),
        (LAPSES, 0, {"hash": ""}, "has no hash"),
        (LAPSES, 0, {"entries": (Entry(UNIT, Account.AVAILABLE, 50),)}, "come to"),
        (LAPSES, 1, {"on": date(2027, 3, 31)}, "that last until"),
        (LAPSES, 1, {"kind": PostingKind.SPENT}, "that lapsed after"),
        (LAPSES, 1, {"reference": name(1)}, "posted twice"),
        (LAPSES, 0, {"lots": (LotChange(UNIT, None, 40),)}, "in lots"),
        (HELD, 2, {"reverses": name(9)}, "that is over"),
        (HELD, 2, {"at": START + timedelta(days=1)}, "due was"),
        (HELD_OVER, 2, {"at": START}, "due was"),
        (HELD, 2, {"amounts": {UNIT: 31}}, "more than the 30"),
        (HELD, 1, {"amounts": {UNIT: 29}}, "reserved"),
        (TAKEN_BACK, 2, {"amounts": {UNIT: 51}}, "takes back more"),
        (TAKEN_BACK, 2, {"amounts": {UNIT: 29}}, "not what moves"),
        (TAKEN_BACK, 2, {"owed": {}}, "not what moves"),
        (TAKEN_BACK, 2, {"reverses": name(9)}, "never posted"),
        (TAKEN_BACK, 1, {"owed": {UNIT: 1}}, "owed"),
    ],
)
def test_each_mistake_in_a_posting_is_seen(acts, at, changes, told):
    assert told in broken(acts, at, changes)


def test_a_posting_that_is_changed_is_seen():
    [first] = posted(("earn", 50))
    history = history_of(stored("POSTING", f"{ANN}#1", first, before=first))
    assert "was changed" in next(s13_the_books_add_up(history)).text


@pytest.mark.parametrize(
    "changes",
    [
        {"body_hash": "0"},
        {"number": 2},
        {"member_id": "b" * 26},
        {"number": 0, "refusal": LedgerRefusal.NOT_ENOUGH},
    ],
)
def test_a_reference_that_stands_for_something_else_is_seen(changes):
    returned = replace(RECORD, reversed={UNIT: 5})
    same = stored("REFERENCE", "demo#r1", returned, before=RECORD)
    assert list(s14_a_reference_stands(history_of(same))) == []
    other = stored("REFERENCE", "demo#r1", replace(RECORD, **changes), before=RECORD)
    assert list(s14_a_reference_stands(history_of(other)))


def answered(status=200, page=b"{}", **body):
    facts = {"what": "ledger", "status": status, "webhook_id": "r1", "body": body, "page": page}
    return Answered, facts


@pytest.mark.parametrize(
    ("second", "fine"),
    [
        (answered(amount=5), True),
        (answered(amount=6), False),
        (answered(amount=5, page=b"{1}"), False),
        (answered(409, b"", amount=6), True),
        (answered(503, b"", amount=5), True),
    ],
)
def test_who_asks_twice_is_told_the_same(second, fine):
    found = s14_a_reference_stands(history_of(answered(amount=5), second))
    assert (not list(found)) == fine


def test_who_was_refused_stays_refused():
    assert list(
        s14_a_reference_stands(history_of(answered(409, b"", amount=5), answered(amount=5)))
    )


BOUGHT = {
    "type": "transaction.posted",
    "timestamp": START.isoformat(),
    "data": {"member": {"card": "7"}, "transaction": "r1", "lines": [{"kind": "flight"}]},
}


def left_over(story, **final):
    return [each.text for each in l5_what_was_told_is_booked(story.history, story.final(**final))]


def test_what_was_told_is_posted_once():
    story = Story()
    story.webhook("w1", BOUGHT)
    story.conclude("w1", BOUGHT)
    [first] = posted(("earn", 50))
    assert left_over(story, postings=[first]) == []
    assert left_over(story) == ["r1 was posted 0 times"]
    assert left_over(story, postings=[first, first]) == ["r1 was posted 2 times"]


FLIGHT = Transaction(
    partner="demo", reference="r1", on=START.date(), lines=(Line(kind="flight", quantity=1),)
)


def brought(amounts, transaction=FLIGHT):
    """Return what is wrong with a flight that brought so much."""
    story = Story()
    story.webhook("w1", BOUGHT)
    [posting] = posted(("earn", 50))
    story.store("REFERENCE", "demo#r1", replace(RECORD, transaction=transaction))
    story.store("POSTING", f"{ANN}#1", replace(posting, amounts=amounts))
    return [each.text for each in s15_transactions_bring_what_they_should(story.history)]


def test_a_flight_brings_what_is_declared_and_nothing_else():
    assert brought({UNIT: 100, "qualifying": 10}) == []
    assert "should be" in brought({UNIT: 150, "qualifying": 10})[0]
    assert "should be" in brought({UNIT: 100})[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"on": START.date() + timedelta(days=1)},
        {"lines": (Line(kind="flight", quantity=2),)},
        {"lines": (Line(kind="hotel_night", quantity=1),)},
    ],
)
def test_a_transaction_that_nobody_told_is_seen(changes):
    found = brought({UNIT: 100, "qualifying": 10}, replace(FLIGHT, **changes))
    assert found == ["r1 is a transaction that nobody told"]


NEWS = News(kind=NewsKind.MILES_EXPIRING, on=START.date(), detail=UNIT)


@pytest.mark.parametrize(
    ("changes", "later", "told"),
    [
        ({}, timedelta(0), []),
        ({"news": (NEWS,)}, timedelta(0), ["1 news were never told"]),
        ({"due_at": START}, timedelta(minutes=20), []),
        ({"due_at": START}, timedelta(minutes=21), ["nobody looked, and it was due at"]),
        ({}, timedelta(hours=8), ["a reservation is open that was over at"]),
        ({}, timedelta(days=31), ["a reservation is open", "redeemable are there"]),
    ],
)
def test_what_is_left_to_do_at_the_end_is_seen(changes, later, told):
    wallet = list(booked_one_by_one((("earn", 50), ("reserve", 30))))[-1][0]
    known = replace(Membership(member_id=ANN, wallet=wallet), **changes)
    found = left_over(Story(), memberships=[known], now=START + later)
    assert len(found) == len(told)
    assert all(text in each for text, each in zip(told, found, strict=True))


def test_every_situation_of_a_wallet_happens_within_a_few_runs():
    missing = set(ON_WALLETS)
    for seed in range(120):
        missing -= set(on_wallets(History.of(drawn(seed).record)))
        if not missing:
            break
    assert not missing
