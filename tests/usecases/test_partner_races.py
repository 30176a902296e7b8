"""Two partners ask for one member's miles at one time, in every order of their calls."""

from functools import partial

from functional.worlds import START
from usecases.engines import ann, memory_engine, orders, run_interleaved, tell

from chalicelib.domain.ledger import LedgerRefusal, Reference, balances_as_of, broken_link
from chalicelib.domain.transaction import Line, Transaction
from chalicelib.usecases.book import book
from chalicelib.usecases.partner_acts import Asked, reverse_booked, spend_request
from chalicelib.usecases.post_transaction import post_transaction

UNIT = "redeemable"
LAST = 100


def asked(name, partner="demo"):
    return Asked(reference=Reference(partner, name), body_hash=name)


def with_last_miles():
    engine = memory_engine()
    tell(engine)
    lines = (Line(kind="purchase", amount=LAST * 100, currency="EUR"),)
    transaction = Transaction(partner="demo", reference="t-1", on=START.date(), lines=lines)
    post_transaction(engine, ann(engine), transaction)
    return engine


def spending(request, engine):
    return book(engine, spend_request(engine, request[0], request[1], UNIT, LAST))


def balance(engine):
    postings = list(engine.memberships.postings(ann(engine)))
    assert broken_link(postings) is None
    return balances_as_of(postings, START.date())[UNIT]


def test_of_two_that_want_the_last_miles_exactly_one_gets_them():
    for order in orders(4, 4):
        engine = with_last_miles()
        member_id = ann(engine)
        requests = [(member_id, asked("r-1")), (member_id, asked("r-1", "bank"))]
        answers, _ = run_interleaved(engine, [partial(spending, each) for each in requests], order)
        refusals = [answer.record.refusal for answer in answers.values()]
        assert sorted(refusals, key=str) == [None, LedgerRefusal.NOT_ENOUGH], order
        assert balance(engine) == 0, order


def test_one_request_that_comes_twice_is_booked_once():
    for order in orders(4, 4):
        engine = with_last_miles()
        request = (ann(engine), asked("r-1"))
        answers, _ = run_interleaved(engine, [partial(spending, request)] * 2, order)
        first, second = answers.values()
        assert first.posting == second.posting, order
        assert sorted([first.repeated, second.repeated]) == [False, True], order
        assert balance(engine) == 0, order


def test_two_reversals_of_one_spend_never_take_back_more_than_it_was():
    for order in orders(5, 5):
        engine = with_last_miles()
        spending((ann(engine), asked("r-1")), engine)

        def reversing(name, engine):
            original = Reference("demo", "r-1")
            return reverse_booked(engine, asked(name), original, LAST - 1)

        acts = [partial(reversing, "b-1"), partial(reversing, "b-2")]
        answers, _ = run_interleaved(engine, acts, order)
        refusals = [answer.record.refusal for answer in answers.values()]
        assert sorted(refusals, key=str) == [None, LedgerRefusal.OVER_ORIGINAL], order
        assert balance(engine) == LAST - 1, order
