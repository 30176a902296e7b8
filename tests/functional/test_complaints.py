"""What people complain about where miles are collected: each complaint, and that it has no ground.

Everything goes through the front doors: events as partners tell them, and what partners ask for.
"""

import json
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from random import Random

import pytest
from functional.worlds import ANN, START, ask, batch, event, play, post
from hypothesis import given, settings
from hypothesis import strategies as st
from usecases.engines import ann, memory_engine, run_interleaved, tell

from chalicelib.domain.earning_rules import EarningRule, EarningRules, PerTransaction
from chalicelib.domain.events import EventOutcome
from chalicelib.domain.ledger import LedgerRefusal, Reference, balances_as_of, totals
from chalicelib.domain.ledger_expiry import Expiry, ExpiryKind, UnitRules
from chalicelib.domain.transaction import Line, Transaction
from chalicelib.operations.statement_words import stated
from chalicelib.usecases.book import book
from chalicelib.usecases.partner_acts import Asked, reserve_request, spend_request
from chalicelib.usecases.post_transaction import post_transaction

BEN = {"card": "7000000002", "email": "ben@example.com"}
UNIT = "redeemable"
TODAY = START.date()
DAY = timedelta(days=1)


@pytest.fixture
def stage():
    with play() as stage:
        stage.join()
        yield stage


def purchase(miles):
    return {"kind": "purchase", "amount": miles * 100, "currency": "EUR"}


def buy(stage, miles, reference="t-1", member=ANN):
    stage.tell("transaction.posted", member, transaction=reference, lines=[purchase(miles)])


def give_back(stage, reference="t-1", lines=()):
    told = [{"line": place, "quantity": quantity} for place, quantity in lines]
    stage.tell("transaction.returned", transaction=reference, lines=told)


def asked(act, reference, member=ANN, **body):
    """Ask at once; return the status and what is told."""
    whose = {} if act == "reverse" else {"member": member}
    answer = ask(act, {"reference": reference, **whose, **body})
    return answer.status, json.loads(answer.body)


def spend(reference, amount, member=ANN):
    status, told = asked("redeem", reference, member, unit=UNIT, amount=amount)
    return status if status == 200 else told["type"].rpartition(":")[2]


def statement(stage, member=ANN):
    told = stated(stage.engine, member["card"])
    assert told["chain"] == "whole"
    return told


def balance(stage, unit=UNIT, member=ANN):
    return statement(stage, member)["units"][unit]["balance"]


def owed(stage):
    return statement(stage)["units"][UNIT]["owed"]


def tallies(stage):
    wallet = stage.engine.memberships.load(stage.id_of()).membership.wallet
    return {name: count for name, count in wallet.tallies.items() if count}


def on(stage, day):
    while stage.world.now().date() < day:
        stage.advance(days=1)


# Buy, return, keep the points, and once more


def test_who_buys_and_returns_again_and_again_keeps_nothing(stage):
    for number in range(3):
        buy(stage, 100, f"t-{number}")
        assert balance(stage) == 100
        give_back(stage, f"t-{number}")
        assert balance(stage) == 0
    issued = totals(stage.engine.memberships.every_posting())[UNIT]
    assert not any(issued.values())
    assert tallies(stage) == {}


def test_points_spent_before_the_return_are_owed_and_later_earnings_pay_them_first(stage):
    buy(stage, 100)
    assert spend("s-1", 80) == 200
    give_back(stage)
    assert (balance(stage), owed(stage)) == (0, 80)
    buy(stage, 60, "t-2")
    assert (balance(stage), owed(stage)) == (0, 20)
    assert spend("s-2", 1) == "not-enough"
    buy(stage, 50, "t-3")
    assert (balance(stage), owed(stage)) == (30, 0)


def test_returning_one_of_two_takes_back_what_that_one_brought(stage):
    two = {**purchase(100), "quantity": 2}
    stage.tell("transaction.posted", transaction="t-1", lines=[two, purchase(7)])
    give_back(stage, lines=[(0, 1)])
    assert balance(stage) == 57
    give_back(stage, lines=[(0, 1)])
    assert balance(stage) == 7


def by_line(stage):
    give_back(stage, lines=[(0, 1)])


def by_reversal(stage):
    asked("reverse", "r-1", original="t-1")


def by_one_event(stage):
    body = {"type": "transaction.returned", "timestamp": START.isoformat()}
    post({**body, "data": {"member": ANN, "transaction": "t-1"}}, "return-1")
    stage.world.run_now()


@pytest.mark.parametrize("first", [give_back, by_line, by_reversal, by_one_event])
@pytest.mark.parametrize("second", [give_back, by_line, by_reversal, by_one_event])
def test_a_return_that_is_told_twice_takes_the_points_once(stage, first, second):
    buy(stage, 100)
    buy(stage, 30, "t-2")
    first(stage)
    assert balance(stage) == 30
    second(stage)
    assert (balance(stage), owed(stage)) == (30, 0)


def test_a_spend_that_is_taken_back_twice_comes_back_once(stage):
    buy(stage, 100)
    assert spend("s-1", 40) == 200
    assert asked("reverse", "r-1", original="s-1")[0] == 200
    assert asked("reverse", "r-1", original="s-1")[0] == 200
    status, told = asked("reverse", "r-2", original="s-1", amount=1)
    assert (status, told["type"]) == (409, "urn:milepost:problem:over-original")
    assert balance(stage) == 100


# Twenty at one time got a hundred each of one hundred


def with_a_hundred():
    engine = memory_engine()
    tell(engine)
    line = Line(kind="purchase", amount=100_00, currency="EUR")
    bought = Transaction(partner="demo", reference="t-1", on=TODAY, lines=(line,))
    post_transaction(engine, ann(engine), bought)
    return engine


def wanting(number, member_id):
    """Return the act of one of the twenty: half of them spend, half of them reserve."""
    what = Asked(reference=Reference("demo", f"s-{number}"), body_hash=str(number))

    def act(engine):
        if number % 2:
            request = reserve_request(engine, member_id, what, (UNIT, 100), DAY)
        else:
            request = spend_request(engine, member_id, what, UNIT, 100)
        return book(engine, request).record.refusal

    return act


@pytest.mark.parametrize("seed", range(10))
def test_of_twenty_who_want_a_hundred_of_one_hundred_at_one_time_exactly_one_gets_it(seed):
    engine = with_a_hundred()
    order = [who for who in range(20) for _ in range(4)]
    Random(seed).shuffle(order)  # noqa: S311 - it is to be the same each time
    acts = [wanting(number, ann(engine)) for number in range(20)]
    answers, _ = run_interleaved(engine, acts, order)
    assert sorted(map(str, answers.values())) == ["None"] + [LedgerRefusal.NOT_ENOUGH] * 19
    postings = list(engine.memberships.postings(ann(engine)))
    assert len(postings) == 2
    assert balances_as_of(postings, TODAY)[UNIT] == 0


# The same order was told again and paid twice

ORDER = event("transaction.posted", transaction="t-1", lines=[purchase(100)])
LATER = {**ORDER, "timestamp": (START + timedelta(hours=2)).isoformat()}
SPELLED = event(
    "transaction.posted",
    transaction="t-1",
    on=TODAY.isoformat(),
    lines=[{**purchase(100), "quantity": 1, "distance": 0}],
)
AT_ONCE = {"reference": "t-1", "member": ANN, "on": TODAY.isoformat(), "lines": [purchase(100)]}
TELLINGS = {
    "one delivery": partial(post, ORDER, "w1"),
    "another delivery": partial(post, ORDER, "w2"),
    "another event at another time": partial(post, LATER, "w3"),
    "another event in other words": partial(post, SPELLED, "w4"),
    "in a batch": partial(post, batch(ORDER), "w5"),
    "in another batch": partial(post, batch({**LATER, "id": "later"}, ORDER), "w6"),
    "asked for at once": partial(ask, "post", AT_ONCE),
}


@pytest.mark.parametrize("first", TELLINGS)
@pytest.mark.parametrize("second", TELLINGS)
def test_an_order_that_is_told_twice_in_whatever_way_pays_once(stage, first, second):
    answers = []
    for telling in (first, second):
        answers.append(TELLINGS[telling]().status)
        stage.world.run_now()
    assert set(answers) <= {200, 202}
    assert balance(stage) == 100
    assert [each["reference"] for each in statement(stage)["postings"]] == ["demo/t-1"]
    assert stage.dead_letters() == []


@pytest.mark.parametrize("change", [{"lines": [purchase(101)]}, {"on": "2027-02-28"}])
def test_another_order_under_the_same_reference_pays_nothing_and_is_set_aside(stage, change):
    buy(stage, 100)
    told = {"transaction": "t-1", "lines": [purchase(100)], **change}
    stage.tell("transaction.posted", **told)
    assert balance(stage) == 100
    assert EventOutcome.PARKED_CONFLICT in stage.outcomes().values()
    assert ask("post", {**AT_ONCE, **change}).status == 409


def test_an_order_of_one_member_is_not_another_s(stage):
    stage.join(BEN)
    buy(stage, 100)
    buy(stage, 100, member=BEN)
    assert (balance(stage), balance(stage, member=BEN)) == (100, 0)
    assert EventOutcome.PARKED_CONFLICT in stage.outcomes().values()
    assert ask("post", {**AT_ONCE, "member": BEN}).status == 409


def test_the_same_reference_of_another_kind_of_request_is_refused(stage):
    buy(stage, 100)
    assert spend("t-1", 10) == "reference-taken"
    assert balance(stage) == 100


# Points with another label never lapsed; only the next day is shown

EXPIRIES = {
    "forever": Expiry(),
    "fixed": Expiry(kind=ExpiryKind.FIXED_DAY, day=date(2027, 6, 30)),
    "rolling": Expiry(kind=ExpiryKind.ROLLING, months=2),
    "monthly": Expiry(kind=ExpiryKind.MONTH_END, months=1),
    "yearly": Expiry(kind=ExpiryKind.YEAR_END),
    "idle": Expiry(kind=ExpiryKind.INACTIVITY, months=3),
}
LAST_DAYS = {
    "monthly": date(2027, 4, 30),
    "rolling": date(2027, 5, 1),
    "idle": date(2027, 6, 1),
    "fixed": date(2027, 6, 30),
    "yearly": date(2027, 12, 31),
}


def with_a_unit_of_every_kind(programme):
    """Let any transaction bring ten of each unit; each unit has a rule of its own."""
    rules = tuple(
        EarningRule(name=f"some_{name}", gives=name, basis=PerTransaction(each=10))
        for name in EXPIRIES
    )
    return replace(
        programme,
        units={name: f"Points called {name}" for name in EXPIRIES},
        unit_rules={name: UnitRules(expiry=expiry) for name, expiry in EXPIRIES.items()},
        earning=EarningRules(rules=rules),
        tier_plan=None,
    )


def test_every_unit_lapses_by_its_own_rule_whatever_it_is_called():
    with play(change=with_a_unit_of_every_kind) as stage:
        stage.join()
        buy(stage, 1)
        for last_day in sorted(LAST_DAYS.values()):
            on(stage, last_day)
            left = {unit for unit, day in LAST_DAYS.items() if day >= last_day} | {"forever"}
            assert {unit for unit in EXPIRIES if balance(stage, unit)} == left
            on(stage, last_day + DAY)
            left -= {unit for unit, day in LAST_DAYS.items() if day == last_day}
            assert {unit for unit in EXPIRIES if balance(stage, unit)} == left
        assert left == {"forever"}
        kinds = [each["kind"] for each in statement(stage)["postings"]]
        assert kinds == ["earned", *["expired"] * len(LAST_DAYS)]


def test_the_whole_schedule_is_shown_and_not_the_next_day_alone():
    with play(change=with_a_unit_of_every_kind) as stage:
        stage.join()
        buy(stage, 1)
        on(stage, date(2027, 3, 20))
        buy(stage, 1, "t-2")
        rolling = [("2027-05-01", "rolling", 10), ("2027-05-20", "rolling", 10)]
        idle = [("2027-06-20", "idle", 20)]
        rest = [("2027-06-30", "fixed", 20), ("2027-12-31", "yearly", 20)]
        shown = statement(stage)["lapses"]
        lapses = [(each["last_day"], each["unit"], each["amount"]) for each in shown]
        assert lapses == [("2027-04-30", "monthly", 20), *rolling, *idle, *rest]
        told = json.loads(ask("statement", {"member": ANN}).body)["lapses"]
        assert told == shown


# Of two cards the second one does not work


@pytest.mark.parametrize("kind", ["memory", "moto"])
def test_both_cards_earn_and_spend_after_a_merge(kind):
    with play(kind) as stage:
        stage.join()
        stage.join(BEN)
        stage.tell("member.merged", absorbed={"card": BEN["card"]})
        buy(stage, 50)
        buy(stage, 100, "t-2", member=BEN)
        assert (balance(stage), balance(stage, member=BEN)) == (150, 150)
        assert spend("s-1", 120, member=BEN) == 200
        assert spend("s-2", 31) == "not-enough"
        assert spend("s-3", 30) == 200
        assert balance(stage, member=BEN) == 0


def test_both_cards_are_valid_and_show_one_statement_after_a_merge(stage):
    stage.join(BEN)
    stage.tell("member.merged", absorbed={"card": BEN["card"]})
    buy(stage, 50)
    for member in (ANN, BEN, {**BEN, "email": ANN["email"]}):
        assert json.loads(ask("validate", {"member": member}).body) == {"valid": True}
        told = json.loads(ask("statement", {"member": {"card": member["card"]}}).body)
        assert told["balances"][UNIT] == 50


def test_an_order_told_again_for_the_other_card_after_a_merge_pays_once(stage):
    stage.join(BEN)
    stage.tell("member.merged", absorbed={"card": BEN["card"]})
    buy(stage, 100, member=BEN)
    buy(stage, 100)
    assert balance(stage) == 100
    assert stage.dead_letters() == []


# Rewards stopped and nobody said why


def test_whatever_a_cap_cuts_off_the_statement_says_by_which_rule_and_how_much(stage):
    for number, miles in enumerate([49_900, 300, 20]):
        buy(stage, miles, f"t-{number}")
    assert balance(stage) == 50_000
    why = [each["why"] for each in statement(stage)["postings"]]
    [whole], [part], [nothing] = why
    assert (whole["rule"], whole["amount"], whole["note"]) == ("shopping", 49_900, "")
    assert (part["rule"], part["amount"]) == ("shopping", 100)
    assert part["note"] == "200 cut off by the cap of 50000 a month"
    assert (nothing["rule"], nothing["amount"]) == ("shopping", 0)
    assert nothing["note"] == "20 cut off by the cap of 50000 a month"


def test_who_asks_at_once_is_told_what_the_cap_cut_off_also_without_posting(stage):
    buy(stage, 49_900, "t-0")
    for act in ("simulate", "post"):
        told = json.loads(ask(act, {**AT_ONCE, "lines": [purchase(300)]}).body)
        assert told["amounts"] == {UNIT: 100}
        assert "200 cut off" in told["why"][0]["note"]


def test_what_brings_nothing_is_on_the_statement_with_the_reason(stage):
    lines = [{"kind": "parking"}, {"kind": "flight", "distance": 900, "booking_class": "X"}]
    stage.tell("transaction.posted", transaction="t-1", lines=lines)
    [posting] = statement(stage)["postings"]
    assert posting["amounts"] == {}
    assert {each["line"] for each in posting["why"]} == {0, 1}
    assert all(each["note"] for each in posting["why"])


# Points out of nothing, round and round


def test_a_purchase_of_no_value_brings_nothing(stage):
    buy(stage, 0)
    assert balance(stage) == 0


def test_buying_and_returning_in_turn_brings_no_tier_and_uses_up_no_cap(stage):
    flight = {"kind": "flight", "distance": 9000, "booking_class": "Y", "quantity": 2}
    for number in range(6):
        stage.tell("transaction.posted", transaction=f"t-{number}", lines=[flight])
        give_back(stage, f"t-{number}", lines=[(0, 1)])
        give_back(stage, f"t-{number}")
    assert (balance(stage), balance(stage, "qualifying")) == (0, 0)
    assert tallies(stage) == {}
    buy(stage, 50_000, "t-last")
    assert balance(stage) == 50_000


def test_spending_and_taking_it_back_in_turn_brings_nothing(stage):
    buy(stage, 100)
    for number in range(5):
        assert spend(f"s-{number}", 100) == 200
        assert asked("reverse", f"r-{number}", original=f"s-{number}")[0] == 200
    assert (balance(stage), owed(stage)) == (100, 0)


def test_a_gift_comes_once_however_often_its_goal_is_told(stage):
    stage.advance(days=4)
    for _ in range(3):
        stage.tell("account.registered")
    assert balance(stage) == 500
    told = [each["reference"] for each in statement(stage)["postings"]]
    assert told == [f"gift/{stage.id_of()}.welcome.1.reminder"]


acts = st.lists(
    st.tuples(st.sampled_from(["buy", "return one", "spend", "reverse"]), st.integers(0, 2)),
    max_size=12,
)


@settings(max_examples=15)
@given(acts)
def test_once_everything_is_returned_nothing_is_left_whatever_went_on_before(plan):
    with play() as stage:
        stage.join()
        for name, number in plan:
            if name == "buy":
                lines = [{**purchase(30 + number), "quantity": 3}]
                stage.tell("transaction.posted", transaction=f"t-{number}", lines=lines)
            elif name == "return one":
                give_back(stage, f"t-{number}", lines=[(0, 1)])
            elif name == "spend":
                spend(f"s-{number}", 10 + number)
            else:
                asked("reverse", f"r-{number}", original=f"s-{number}")
        for number in range(3):
            give_back(stage, f"t-{number}")
            asked("reverse", f"back-{number}", original=f"s-{number}")
        assert (balance(stage), owed(stage), tallies(stage)) == (0, 0, {})


# One day my tier was gone


def test_a_tier_is_lost_after_a_warning_and_its_grace_and_by_one_step():
    with play() as stage:
        stage.join()
        far = {"kind": "flight", "distance": 20_000, "booking_class": "Y", "quantity": 3}
        stage.tell("transaction.posted", transaction="t-1", lines=[far])
        seen = {}
        for day in (
            date(2028, 10, 31),
            date(2028, 11, 3),
            date(2029, 3, 1),
            date(2029, 3, 3),
            date(2030, 3, 1),
            date(2030, 3, 3),
        ):
            on(stage, day)
            counts = stage.engine.metrics.counts
            warned, lost = (counts[f"news_tier_{kind}"] for kind in ("at_risk", "lost"))
            seen[day.isoformat()] = (stage.profile().attribute("tier"), warned, lost)
        assert seen == {
            "2028-10-31": ("gold", 0, 0),
            "2028-11-03": ("gold", 1, 0),
            "2029-03-01": ("gold", 1, 0),
            "2029-03-03": ("silver", 1, 1),
            "2030-03-01": ("silver", 2, 1),
            "2030-03-03": ("basic", 2, 2),
        }


def test_who_flies_enough_in_the_grace_keeps_the_tier():
    with play() as stage:
        stage.join()
        far = {"kind": "flight", "distance": 25_000, "booking_class": "Y"}
        stage.tell("transaction.posted", transaction="t-1", lines=[far])
        on(stage, date(2029, 2, 20))
        stage.tell("transaction.posted", transaction="t-2", lines=[far])
        on(stage, date(2029, 3, 5))
        assert stage.profile().attribute("tier") == "silver"
        assert stage.engine.metrics.counts["news_tier_lost"] == 0
