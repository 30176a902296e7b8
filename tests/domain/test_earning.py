"""What transactions bring: every amount explained, no cap exceeded, nothing lost by a return."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.earning import (
    CLASS_EARNS_NOTHING,
    EXCLUDED,
    LEAST,
    NO_RULE,
    RETURNED,
    TOO_LITTLE,
    Earner,
    Standpoint,
    earn,
    judge,
    standpoint_of,
)
from chalicelib.domain.earning_rules import (
    NO_EARNING,
    WHOLE,
    Bonus,
    Cap,
    CapPeriod,
    EarningRule,
    EarningRules,
    Exclusion,
    PerMile,
    PerMoney,
    PerPiece,
    PerTransaction,
    Rounding,
    Scope,
)
from chalicelib.domain.ledger import Reasoned
from chalicelib.domain.transaction import Line, Transaction

TODAY = date(2026, 3, 5)
DAY = timedelta(days=1)
BASIC = Earner(tier="basic")
GOLD = Earner(tier="gold")
KINDS = ("flight", "fuel", "gift_card")
PARTNERS = ("airline", "shop")
RULES = ("one", "two", "three")
UNITS = ("redeemable", "qualifying")


def of(*lines, on=TODAY, partner="airline"):
    return Transaction(partner=partner, reference="r-1", on=on, lines=lines)


def flight(distance=1000, booking_class="Y", **more):
    return Line(kind="flight", distance=distance, booking_class=booking_class, **more)


def bought(amount, kind="fuel", currency="EUR", **more):
    return Line(kind=kind, amount=amount, currency=currency, **more)


def rule(basis, name="one", gives="redeemable", **more):
    return EarningRule(name=name, basis=basis, gives=gives, **more)


def rules_of(*each):
    return EarningRules(rules=each)


def amounts(rules, transaction, earner=BASIC, tallies=None):
    return earn(rules, transaction, earner, tallies or {}).amounts


def notes(earned):
    return [(each.rule, each.line, each.amount, each.note) for each in earned.why]


# Strategies.

lines = st.builds(
    Line,
    kind=st.sampled_from(KINDS),
    quantity=st.integers(1, 4),
    amount=st.integers(0, 5000),
    currency=st.sampled_from(["EUR", "RUB"]),
    distance=st.integers(0, 3000),
    booking_class=st.sampled_from(["Y", "J", ""]),
    carrier=st.sampled_from(["SU", ""]),
)
days = st.dates(date(2026, 2, 27), date(2026, 3, 3))
transactions = st.builds(
    Transaction,
    partner=st.sampled_from(PARTNERS),
    reference=st.just("r-1"),
    on=days,
    lines=st.lists(lines, max_size=5).map(tuple),
)
percentages = st.sampled_from([0, 1, 3333, 5000, WHOLE, 15_000, 33_333])


def some(names):
    return st.just(()) | st.lists(st.sampled_from(names), min_size=1, unique=True).map(tuple)


scopes = st.builds(
    Scope,
    partners=some(PARTNERS),
    kinds=some(KINDS),
    carriers=some(["SU"]),
    classes=some(["Y", "J"]),
    since=st.none() | days,
    until=st.none() | days,
    when=st.none() | st.sampled_from([lambda facts: facts["tier"] == "gold", lambda _: False]),
)
plain_bases = (
    st.builds(PerMoney, each=st.integers(1, 9), amount=st.integers(1, 999), currency=st.just("EUR"))
    | st.builds(
        PerMile,
        rate=percentages,
        by_class=st.dictionaries(st.just("J"), percentages),
        least=st.sampled_from([0, 500]),
    )
    | st.builds(PerPiece, each=st.integers(1, 500))
    | st.builds(PerTransaction, each=st.integers(1, 500))
)
bonuses = st.builds(Bonus, rate=percentages, of=st.just(("one", "two")) | st.just(("two",)))
caps = st.lists(
    st.builds(Cap, st.integers(1, 1500), st.sampled_from(CapPeriod)),
    max_size=2,
    unique_by=lambda cap: cap.per,
).map(tuple)


@st.composite
def earning(draw):
    """Two plain rules, perhaps a bonus on them, perhaps an exclusion."""
    made = []
    for name, basis in zip(RULES, (plain_bases, plain_bases, bonuses), strict=True):
        counts = draw(st.booleans())
        each = EarningRule(
            name=name,
            basis=draw(basis),
            gives="" if counts else draw(st.sampled_from(UNITS)),
            counts="segments" if counts else "",
            scope=draw(scopes),
            tiers=draw(st.dictionaries(st.just("gold"), percentages)),
            caps=draw(caps),
            rounding=draw(st.sampled_from(Rounding)),
        )
        made.append(each)
    barring = draw(
        st.lists(st.builds(Exclusion, name=st.just("no"), scope=scopes, of=some(RULES)), max_size=1)
    )
    return EarningRules(rules=tuple(draw(st.permutations(made))), exclusions=tuple(barring))


earners = st.sampled_from([BASIC, GOLD])
tally_keys = [
    f"cap.{name}@{period}"
    for name in RULES
    for period in ("2026-02-28", "2026-03-01", "2026-02", "2026-03", "2026", "ever")
]
tallied = st.dictionaries(st.sampled_from(tally_keys), st.integers(-100, 2000), max_size=6)


# Properties.


@given(earning(), transactions, earners, tallied)
def test_what_is_said_sums_to_what_is_given_exactly(rules, transaction, earner, tallies):
    earned = earn(rules, transaction, earner, tallies)
    said = Counter()
    for each in earned.why:
        said[each.unit] += each.amount
    assert +said == Counter(earned.amounts) + Counter(earned.counts)
    assert all(each.amount >= 0 for each in earned.why)
    assert all(amount > 0 for part in parts_of(earned) for amount in part.values())


def parts_of(earned):
    return (earned.amounts, earned.counts, earned.tallies)


@given(earning(), transactions, earners, tallied)
def test_of_every_line_something_is_said(rules, transaction, earner, tallies):
    earned = earn(rules, transaction, earner, tallies)
    told = {each.line for each in earned.why}
    assert told >= set(range(len(transaction.lines))) or None in told


@given(
    earning(),
    st.lists(st.tuples(transactions, earners), min_size=2, max_size=8),
    st.lists(st.booleans()),
)
def test_no_cap_is_exceeded_over_any_number_of_transactions_and_returns(rules, told, returns):
    tallies, given_by = Counter(), Counter()
    for place, (transaction, earner) in enumerate(told):
        earned = earn(rules, transaction, earner, tallies)
        tallies.update(earned.tallies)
        for each in rules.rules:
            amount = sum(said.amount for said in earned.why if said.rule == each.name)
            for cap in each.caps:
                key = cap.key(each.name, transaction.on) or f"{each.name} in {place}"
                given_by[key] += amount
                assert given_by[key] <= cap.most
        if place < len(returns) and returns[place]:
            tallies.subtract(earned.tallies)
            given_by.subtract(earned.tallies)


@given(earning(), transactions, earners, tallied)
def test_rules_that_are_not_in_force_on_the_day_say_and_give_nothing(
    rules, transaction, earner, tallies
):
    earned = earn(rules, transaction, earner, tallies)
    names = {each.rule for each in earned.why}
    for each in (*rules.rules, *rules.exclusions):
        since, until = each.scope.since, each.scope.until
        if (since and transaction.on < since) or (until and transaction.on > until):
            assert each.name not in names
    for each in rules.rules:
        if each.name not in names:
            assert not any(key.startswith(f"cap.{each.name}@") for key in earned.tallies)


@given(earning(), transactions, earners, tallied, st.data())
def test_more_distance_never_earns_less(rules, transaction, earner, tallies, data):
    further = tuple(
        replace(line, distance=line.distance + data.draw(st.integers(0, 900)))
        for line in transaction.lines
    )
    less = earn(rules, transaction, earner, tallies)
    more = earn(rules, replace(transaction, lines=further), earner, tallies)
    assert not any(vars_of(difference(less, more)))


JUDGED = ("amounts", "counts", "tallies")


def difference(before, after):
    """Return what a return takes back when it leaves ``after`` of ``before``: positive alone."""
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in JUDGED)
    taken = {name: Counter(some) - Counter(others) for name, some, others in pairs}
    return SimpleNamespace(**taken)


def vars_of(taken):
    return (taken.amounts, taken.counts, taken.tallies)


def returned_in_steps(data, transaction):
    """Return how many of each line have come back in all, step by step, to the last piece."""
    steps, returned = [], [0] * len(transaction.lines)
    for _ in range(data.draw(st.integers(0, 3))):
        for place, line in enumerate(transaction.lines):
            returned[place] = data.draw(st.integers(returned[place], line.quantity))
        steps.append(tuple(returned))
    return [*steps, tuple(line.quantity for line in transaction.lines)]


@given(earning(), transactions, earners, tallied, st.data())
def test_returning_everything_in_any_steps_takes_back_exactly_everything(
    rules, transaction, earner, tallies, data
):
    first = before = earn(rules, transaction, earner, tallies)
    taken = (Counter(), Counter(), Counter())
    for returned in returned_in_steps(data, transaction):
        after = judge(rules, transaction.without(returned), first.by)
        for total, part in zip(taken, vars_of(difference(before, after)), strict=True):
            total.update(part)
        assert not any(vars_of(difference(after, before))), "what is left earns more"
        before = after
    assert taken == parts_of(first)


@given(earning(), transactions, earners, tallied)
def test_a_transaction_judged_again_by_its_standpoint_brings_the_same(
    rules, transaction, earner, tallies
):
    earned = earn(rules, transaction, earner, tallies)
    assert judge(rules, transaction, earned.by) == earned
    assert not any(vars_of(difference(earned, earned)))


# Ways to earn.


def test_without_rules_nothing_is_earned_and_that_is_said():
    earned = earn(NO_EARNING, of(flight()), BASIC, {})
    assert (earned.amounts, earned.counts, earned.tallies, earned.cut) == ({}, {}, {}, {})
    assert earned.why == (Reasoned("", "", 0, 0, NO_RULE),)


@pytest.mark.parametrize(
    ("rounding", "amount", "units"),
    [("down", 9_999, 0), ("down", 10_000, 1), ("down", 19_999, 1), ("half_up", 4_999, 0),
     ("half_up", 5_000, 1), ("half_up", 14_999, 1), ("half_up", 15_000, 2)],
)  # fmt: skip
def test_money_earns_by_its_smallest_unit_and_rounds_as_declared(rounding, amount, units):
    basis = PerMoney(each=1, amount=10_000, currency="EUR")
    rules = rules_of(rule(basis, rounding=Rounding(rounding)))
    earned = earn(rules, of(bought(amount)), BASIC, {})
    assert earned.amounts.get("redeemable", 0) == units
    assert earned.why == (Reasoned("one", "redeemable", units, 0, "" if units else TOO_LITTLE),)


def test_several_units_for_money_come_in_proportion():
    basis = PerMoney(each=5, amount=100, currency="EUR")
    assert amounts(rules_of(rule(basis)), of(bought(50))) == {"redeemable": 2}


def test_a_basket_earns_what_its_sum_earns():
    basis = PerMoney(each=1, amount=100, currency="EUR")
    earned = earn(rules_of(rule(basis)), of(bought(60), bought(60), bought(90)), BASIC, {})
    assert earned.amounts == {"redeemable": 2}
    assert [each.amount for each in earned.why] == [0, 1, 1]


@pytest.mark.parametrize("line", [bought(100, currency="RUB"), bought(0), flight()])
def test_money_of_another_currency_or_none_earns_nothing(line):
    rules = rules_of(rule(PerMoney(each=1, amount=100, currency="EUR")))
    earned = earn(rules, of(line), BASIC, {})
    assert notes(earned) == [("", 0, 0, NO_RULE)]


MILES = PerMile(rate=WHOLE, by_class={"M": 5_000, "J": 15_000, "X": 0}, least=500)


@pytest.mark.parametrize(
    ("line", "miles", "note"),
    [
        (flight(1000), 1000, ""),
        (flight(1000, "M"), 500, ""),
        (flight(999, "M"), 500, LEAST),
        (flight(1001, "J"), 1501, ""),
        (flight(1), 500, LEAST),
        (flight(1, quantity=3), 1500, LEAST),
        (flight(501), 501, ""),
        (flight(500), 500, ""),
        (flight(1000, quantity=2), 2000, ""),
        (flight(5000, "X"), 0, CLASS_EARNS_NOTHING),
        (flight(5000, ""), 5000, ""),
    ],
)
def test_flights_earn_by_distance_and_class_and_no_less_than_the_least(line, miles, note):
    earned = earn(rules_of(rule(MILES)), of(line), BASIC, {})
    assert notes(earned) == [("one", 0, miles, note)]


def test_a_flight_of_unknown_distance_earns_no_minimum():
    assert notes(earn(rules_of(rule(MILES)), of(flight(0)), BASIC, {})) == [("", 0, 0, NO_RULE)]


def test_flights_are_rounded_one_by_one():
    half = rule(PerMile(rate=5_000))
    assert amounts(rules_of(half), of(flight(3), flight(3))) == {"redeemable": 2}
    assert amounts(rules_of(half), of(flight(3, quantity=2))) == {"redeemable": 2}
    up = replace(half, rounding=Rounding.HALF_UP)
    assert amounts(rules_of(up), of(flight(3), flight(3))) == {"redeemable": 4}


def test_a_piece_earns_as_often_as_there_are_of_it_and_a_transaction_once():
    rules = rules_of(rule(PerPiece(each=7)), rule(PerTransaction(each=100), "two"))
    earned = earn(rules, of(bought(1, quantity=3), bought(1)), BASIC, {})
    assert notes(earned) == [("one", 0, 21, ""), ("one", 1, 7, ""), ("two", None, 100, "")]


def test_two_rules_give_two_units_and_a_third_counts():
    rules = rules_of(
        rule(MILES),
        rule(PerMile(rate=WHOLE), "two", gives="qualifying"),
        EarningRule(name="three", basis=PerPiece(each=1), counts="segments"),
    )
    earned = earn(rules, of(flight(2000, "J", quantity=2)), BASIC, {})
    assert earned.amounts == {"redeemable": 6000, "qualifying": 4000}
    assert earned.counts == {"segments": 2}
    assert earned.tallies == {}
    assert rules.counted == {"segments"}
    assert earned.why[2] == Reasoned("three", "segments", 2, 0)


# Tiers.


def test_a_tier_bonus_is_a_reason_of_its_own():
    rules = rules_of(rule(MILES, tiers={"gold": 5_000, "silver": 2_500}))
    earned = earn(rules, of(flight(1500)), GOLD, {})
    assert notes(earned) == [("one", 0, 1500, ""), ("one", 0, 750, "tier bonus of gold")]
    assert amounts(rules, of(flight(1500)), Earner(tier="silver")) == {"redeemable": 1875}
    assert notes(earn(rules, of(flight(1500)), BASIC, {})) == [("one", 0, 1500, "")]


def test_a_tier_bonus_is_rounded_once_for_the_whole_transaction():
    rules = rules_of(rule(PerPiece(each=1), tiers={"gold": 5_000}))
    earned = earn(rules, of(*[bought(1)] * 3), GOLD, {})
    assert earned.amounts == {"redeemable": 4}
    up = rules_of(rule(PerPiece(each=1), tiers={"gold": 5_000}, rounding=Rounding.HALF_UP))
    assert amounts(up, of(*[bought(1)] * 3), GOLD) == {"redeemable": 5}


# Scopes.


@pytest.mark.parametrize(
    ("scope", "line"),
    [
        (Scope(kinds=("fuel",)), flight()),
        (Scope(carriers=("SU",)), flight(carrier="LH")),
        (Scope(classes=("J",)), flight(booking_class="Y")),
        (Scope(partners=("shop",)), flight()),
    ],
)
def test_a_rule_is_only_about_what_it_names(scope, line):
    named = Scope(kinds=("flight",), carriers=("SU",), classes=("Y",), partners=("airline",))
    assert amounts(rules_of(rule(PerPiece(each=1), scope=scope)), of(line)) == {}
    theirs = rules_of(rule(PerPiece(each=1), scope=named))
    assert amounts(theirs, of(flight(carrier="SU"))) == {"redeemable": 1}


def test_both_days_of_validity_belong_to_it():
    scope = Scope(since=TODAY, until=TODAY + 2 * DAY)
    rules = rules_of(rule(PerPiece(each=1), scope=scope))
    given_on = [day for day in range(-1, 4) if amounts(rules, of(flight(), on=TODAY + day * DAY))]
    assert given_on == [0, 1, 2]


def test_a_condition_is_asked_with_the_tier_of_the_day_and_its_answer_is_kept():
    asked = []

    def gold_from_moscow(facts):
        asked.append(facts)
        return facts["tier"] == "gold" and facts["city"] == "Moscow"

    rules = rules_of(rule(PerPiece(each=1), scope=Scope(when=gold_from_moscow)))
    facts = {"city": "Moscow", "tier": "basic"}
    earned = earn(rules, of(flight(), flight()), Earner(tier="gold", facts=facts), {})
    assert earned.amounts == {"redeemable": 2}
    assert earned.by == Standpoint(tier="gold", met=frozenset({"one"}))
    assert judge(rules, of(flight()), earned.by).amounts == {"redeemable": 1}
    assert asked == [{"city": "Moscow", "tier": "gold"}]
    assert amounts(rules, of(flight()), Earner(tier="basic", facts=facts)) == {}


def test_a_condition_of_a_rule_that_is_over_is_not_asked():
    def unanswerable(_):
        raise AssertionError

    scope = Scope(when=unanswerable, until=TODAY - DAY)
    assert amounts(rules_of(rule(PerPiece(each=1), scope=scope)), of(flight())) == {}


# Exclusions.


def test_an_excluded_line_earns_nothing_and_says_so():
    barring = Exclusion(name="no_cards", scope=Scope(kinds=("gift_card",)))
    rules = EarningRules(
        rules=(rule(PerPiece(each=5)), rule(PerTransaction(each=9), "two")), exclusions=(barring,)
    )
    earned = earn(rules, of(bought(1, "gift_card"), bought(1)), BASIC, {})
    assert notes(earned) == [
        ("no_cards", 0, 0, EXCLUDED),
        ("one", 1, 5, ""),
        ("two", None, 9, ""),
    ]
    assert amounts(rules, of(bought(1, "gift_card"))) == {}


def test_an_exclusion_from_one_rule_leaves_the_others():
    rules = EarningRules(
        rules=(rule(PerPiece(each=5)), rule(PerPiece(each=3), "two")),
        exclusions=(Exclusion(name="no", of=("two",)),),
    )
    earned = earn(rules, of(bought(1)), BASIC, {})
    assert notes(earned) == [("no", 0, 0, EXCLUDED), ("one", 0, 5, "")]


def test_an_exclusion_that_keeps_nothing_from_a_line_is_not_said():
    fuel = Scope(kinds=("fuel",))
    rules = EarningRules(
        rules=(rule(PerPiece(each=5), scope=fuel),), exclusions=(Exclusion(name="no"),)
    )
    assert notes(earn(rules, of(flight()), BASIC, {})) == [("", 0, 0, NO_RULE)]
    over = EarningRules(
        rules=(rule(PerPiece(each=5)),),
        exclusions=(Exclusion(name="no", scope=Scope(until=TODAY - DAY)),),
    )
    assert notes(earn(over, of(flight()), BASIC, {})) == [("one", 0, 5, "")]


# Bonuses.


def test_a_bonus_is_of_what_the_rules_gave_without_their_tier_bonus():
    double = rule(Bonus(rate=WHOLE, of=("one",)), "spring", scope=Scope(since=TODAY, until=TODAY))
    rules = rules_of(double, rule(MILES, tiers={"gold": 5_000}))
    earned = earn(rules, of(flight(1000)), GOLD, {})
    assert notes(earned) == [
        ("one", 0, 1000, ""),
        ("one", 0, 500, "tier bonus of gold"),
        ("spring", 0, 1000, ""),
    ]
    assert amounts(rules, of(flight(1000), on=TODAY + DAY), GOLD) == {"redeemable": 1500}


def test_a_bonus_is_only_of_the_lines_that_it_is_about():
    bonus = rule(Bonus(rate=WHOLE, of=("one",)), "two", scope=Scope(carriers=("SU",)))
    rules = rules_of(rule(PerPiece(each=10)), bonus)
    earned = earn(rules, of(flight(carrier="LH"), flight(carrier="SU")), BASIC, {})
    assert notes(earned)[2:] == [("two", 1, 10, "")]
    assert amounts(rules, of(flight(carrier="LH"))) == {"redeemable": 10}


def test_a_bonus_on_a_whole_transaction_needs_a_line_that_it_is_about():
    bonus = rule(Bonus(rate=WHOLE, of=("one",)), "two", scope=Scope(kinds=("fuel",)))
    rules = rules_of(rule(PerTransaction(each=10)), bonus)
    assert amounts(rules, of(flight())) == {"redeemable": 10}
    assert amounts(rules, of(flight(), bought(1))) == {"redeemable": 20}


def test_what_a_cap_cut_off_a_rule_earns_no_bonus_and_is_cut_off_other_lines_first():
    bonus = rule(Bonus(rate=WHOLE, of=("one",)), "two", scope=Scope(carriers=("SU",)))
    capped = rule(PerPiece(each=10), caps=(Cap(12, CapPeriod.TRANSACTION),))
    earned = earn(rules_of(capped, bonus), of(flight(), flight(carrier="SU")), BASIC, {})
    assert notes(earned)[2:] == [("two", 1, 10, "")]
    both = of(flight(carrier="SU"), flight(carrier="SU"))
    assert amounts(rules_of(capped, bonus), both) == {"redeemable": 24}


def test_a_bonus_of_several_rules_is_of_their_sum():
    bonus = rule(Bonus(rate=5_000, of=("one", "two", "gone")), "three", gives="qualifying")
    rules = rules_of(rule(PerPiece(each=1)), rule(PerPiece(each=2), "two"), bonus)
    assert amounts(rules, of(flight(), flight())) == {"redeemable": 6, "qualifying": 3}


# Caps.


@pytest.mark.parametrize(
    ("per", "key", "said"),
    [
        (CapPeriod.DAY, "cap.one@2026-03-05", "700 a day"),
        (CapPeriod.MONTH, "cap.one@2026-03", "700 a month"),
        (CapPeriod.YEAR, "cap.one@2026", "700 a year"),
        (CapPeriod.LIFETIME, "cap.one@ever", "700 in all"),
    ],
)
def test_what_still_fits_under_a_cap_is_given_and_what_was_cut_is_said(per, key, said):
    rules = rules_of(rule(PerPiece(each=500), caps=(Cap(700, per),)))
    earned = earn(rules, of(flight(), flight()), BASIC, {key: 100, "cap.two@ever": 5})
    assert notes(earned) == [
        ("one", 0, 500, ""),
        ("one", 1, 100, f"400 cut off by the cap of {said}"),
    ]
    assert earned.tallies == {key: 600}
    assert earned.cut == {"one": 400}
    assert earned.by.tallies == {key: 100}


def test_a_cap_on_each_transaction_needs_no_tally():
    rules = rules_of(rule(PerPiece(each=500), caps=(Cap(700, CapPeriod.TRANSACTION),)))
    earned = earn(rules, of(flight(), flight()), BASIC, {})
    assert (earned.amounts, earned.tallies) == ({"redeemable": 700}, {})
    assert earned.why[1].note == "300 cut off by the cap of 700 a transaction"


def test_of_several_caps_the_one_with_the_least_room_counts_and_each_keeps_its_tally():
    both = (Cap(100, CapPeriod.DAY), Cap(1000, CapPeriod.MONTH))
    rules = rules_of(rule(PerPiece(each=300), caps=both))
    earned = earn(rules, of(flight()), BASIC, {"cap.one@2026-03": 950})
    assert earned.tallies == {"cap.one@2026-03": 50, "cap.one@2026-03-05": 50}
    assert "250 cut off by the cap of 1000 a month" in earned.why[0].note
    assert earn(rules, of(flight()), BASIC, {}).amounts == {"redeemable": 100}


@pytest.mark.parametrize(("used", "left"), [(699, 1), (700, 0), (800, 0), (-5, 700)])
def test_a_cap_that_is_reached_or_passed_gives_nothing_and_takes_nothing(used, left):
    rules = rules_of(rule(PerPiece(each=900), caps=(Cap(700, CapPeriod.LIFETIME),)))
    earned = earn(rules, of(flight()), BASIC, {"cap.one@ever": used})
    assert earned.amounts.get("redeemable", 0) == left
    assert earned.cut == {"one": 900 - left}


def test_a_cap_cuts_the_tier_bonus_before_what_it_is_of():
    rules = rules_of(
        rule(PerPiece(each=500), tiers={"gold": WHOLE}, caps=(Cap(1200, CapPeriod.MONTH),))
    )
    earned = earn(rules, of(flight(), flight()), GOLD, {})
    assert notes(earned) == [
        ("one", 0, 500, ""),
        ("one", 1, 500, ""),
        ("one", 0, 200, "tier bonus of gold; 300 cut off by the cap of 1200 a month"),
        ("one", 1, 0, "tier bonus of gold; 500 cut off by the cap of 1200 a month"),
    ]
    assert earned.cut == {"one": 800}


def test_a_cap_counts_in_the_period_of_the_transaction():
    cap = Cap(100, CapPeriod.MONTH)
    assert cap.key("one", date(2026, 3, 31)) == "cap.one@2026-03"
    assert cap.key("one", date(2026, 4, 1)) == "cap.one@2026-04"


# Returns.


def test_a_return_takes_back_what_only_the_returned_earned():
    rules = rules_of(rule(MILES, caps=(Cap(2500, CapPeriod.YEAR),)))
    flown = of(flight(1000, quantity=2), flight(2000))
    before = earn(rules, flown, BASIC, {"cap.one@2026": 100})
    assert before.amounts == {"redeemable": 2400}
    after = judge(rules, flown.without((1, 0)), before.by)
    assert not difference(before, after).amounts, "what the cap had cut off came in for it"
    after = judge(rules, flown.without((2, 1)), before.by)
    assert notes(after) == [("", 0, 0, RETURNED), ("", 1, 0, RETURNED)]
    taken = difference(before, after)
    assert taken.amounts == {"redeemable": 2400}
    assert taken.tallies == {"cap.one@2026": 2400}


def test_what_is_left_of_a_flight_keeps_its_minimum():
    rules = EarningRules(
        rules=(rule(MILES), EarningRule(name="two", basis=PerPiece(each=1), counts="segments"))
    )
    flown = of(flight(100, quantity=2))
    before = earn(rules, flown, BASIC, {})
    taken = difference(before, judge(rules, flown.without((1,)), before.by))
    assert (taken.amounts, taken.counts, taken.tallies) == (
        {"redeemable": 500},
        {"segments": 1},
        {},
    )


def test_rules_that_give_more_since_then_take_nothing_back():
    cheap, dear = rules_of(rule(PerPiece(each=1))), rules_of(rule(PerPiece(each=9)))
    before = earn(cheap, of(flight(quantity=2)), BASIC, {})
    after = judge(dear, of(flight(quantity=1)), before.by)
    assert difference(before, after).amounts == {}


def test_a_standpoint_keeps_only_the_tallies_that_its_caps_look_at():
    rules = rules_of(rule(PerPiece(each=1), caps=(Cap(5, CapPeriod.YEAR),)))
    told = {"cap.one@2026": 3, "cap.one@2025": 5, "segments@2026-01-01": 7}
    by = standpoint_of(rules, of(flight()), GOLD, told)
    assert by == Standpoint(tier="gold", tallies={"cap.one@2026": 3})
    assert standpoint_of(rules, of(flight()), GOLD, {"cap.one@2026": 0}).tallies == {}
