"""Rules of earning as marketers write them: what the engine gets, and what they are told."""

from datetime import date

import pytest
from programme.editing import SHIPPED

from chalicelib.domain.currency import DECIMALS
from chalicelib.domain.earning import Earner, earn
from chalicelib.domain.earning_rules import (
    NO_EARNING,
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
from chalicelib.domain.transaction import Line, Transaction
from chalicelib.programme.compiled_earning import earning_data, earning_of
from chalicelib.programme.earning_notations import (
    Price,
    parse_booking_class,
    parse_carrier,
    parse_day,
    parse_partner,
    parse_per,
    parse_percentage,
    parse_price,
)
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.loader import load_programme
from chalicelib.programme.notations import NotationError

START = "# What transactions bring"
END = "# What mails name as programme.name"


@pytest.fixture
def written(edited):
    """Put rules in the place of the shipped programme's, each a line of its own."""

    def write(*rules):
        text = edited.file.read_text(encoding="utf-8")
        before, _, rest = text.partition(START)
        after = rest.partition(END)[2]
        section = "\n".join(["earning:", *(f"  {rule}" for rule in rules)]) if rules else ""
        edited.file.write_text(f"{before}{section}\n\n{END}{after}", encoding="utf-8")
        return edited

    return write


def rules_of(edited):
    return load_programme(edited.folder).earning


def problems_of(edited):
    with pytest.raises(ProgrammeError) as refused:
        load_programme(edited.folder)
    return refused.value.problems


FLIGHT = "flight_miles: {gives: redeemable, per_mile: 100%, kinds: [flight]}"


def test_a_programme_without_rules_earns_nothing(written):
    assert rules_of(written()) == NO_EARNING


def test_what_is_written_of_a_flight_is_what_the_engine_gets(written):
    rules = rules_of(
        written(
            "miles: {gives: redeemable, per_mile: 100%, by_class: {J: 150%, M: 33.33%}, least: 500,"
            " kinds: [flight], partners: [airline], carriers: [SU], classes: [J, M],"
            " tiers: {silver: 25%}, rounding: half_up, when: channel == 'online',"
            " since: 2027-03-01, until: 2027-03-01,"
            " caps: [{most: 900, per: day}, {most: 5000, per: lifetime}]}"
        )
    )
    (rule,) = rules.rules
    assert rule == EarningRule(
        name="miles",
        basis=PerMile(rate=10_000, by_class={"J": 15_000, "M": 3_333}, least=500),
        gives="redeemable",
        scope=Scope(
            partners=("airline",),
            kinds=("flight",),
            carriers=("SU",),
            classes=("J", "M"),
            since=date(2027, 3, 1),
            until=date(2027, 3, 1),
            when=rule.scope.when,
        ),
        tiers={"silver": 2_500},
        caps=(Cap(900, CapPeriod.DAY), Cap(5000, CapPeriod.LIFETIME)),
        rounding=Rounding.HALF_UP,
    )
    assert rule.scope.when({"channel": "online"})


def test_the_other_ways_to_say_how_much_are_what_the_engine_gets(written):
    rules = rules_of(
        written(
            "fuel: {gives: redeemable, each: 3, per: 100.5 EUR}",
            "nights: {gives: redeemable, each: 200}",
            "segments: {counts: segments, each: 1, per: piece}",
            "visit: {gives: qualifying, each: 7, per: transaction}",
            "double: {gives: redeemable, bonus: 100%, of: [fuel, nights]}",
            "no_cards: {excludes: true, kinds: [gift_card], of: [fuel, double]}",
        )
    )
    assert rules == EarningRules(
        rules=(
            EarningRule(
                name="fuel",
                gives="redeemable",
                basis=PerMoney(each=3, amount=10_050, currency="EUR"),
            ),
            EarningRule(name="nights", gives="redeemable", basis=PerPiece(each=200)),
            EarningRule(name="segments", counts="segments", basis=PerPiece(each=1)),
            EarningRule(name="visit", gives="qualifying", basis=PerTransaction(each=7)),
            EarningRule(
                name="double", gives="redeemable", basis=Bonus(rate=10_000, of=("fuel", "nights"))
            ),
        ),
        exclusions=(
            Exclusion(name="no_cards", scope=Scope(kinds=("gift_card",)), of=("fuel", "double")),
        ),
    )


ONE_FAULT = [
    ("a: {gives: redeemable}", "`earning.a` does not say how much",
     "Add one of `per_mile`, `each`, `bonus` and `excludes: true`"),
    ("a: {gives: redeemable, excludes: false}", "`earning.a` does not say how much",
     "Add one of `per_mile`, `each`, `bonus` and `excludes: true`"),
    ("a: {gives: redeemable, each: 1, per_mile: 0%}",
     "`earning.a` says how much by `per_mile` and `each`",
     "Keep one; make a rule of its own of the other"),
    ("a: {each: 1}", "`earning.a` does not say what it gives",
     "Add `gives` with a unit, or `counts` with what is counted"),
    ("a: {each: 1, gives: redeemable, counts: segments}", "`earning.a` both gives and counts",
     "Keep one; make a rule of its own of the other"),
    ("a: {each: 1, gives: redemable}",
     "`earning.a.gives` names the unit `redemable`, which is unknown", "Did you mean redeemable?"),
    ("a: {each: 1, counts: qualifying}", "`earning.a.counts` is `qualifying`, which is a unit",
     "Write `gives`, or count under another name"),
    ("a: {each: 1, gives: redeemable, tiers: {sliver: 25%}}",
     "`earning.a.tiers.sliver` names the tier `sliver`, which is unknown", "Did you mean silver?"),
    ("a: {each: 1, gives: redeemable, when: tier == 'glod'}",
     "`earning.a.when` names the tier `glod`, which is unknown", "Did you mean gold?"),
    ("a: {each: 1, gives: redeemable, least: 5}", "`earning.a.least` says nothing beside `each`",
     "Delete it; it goes with `per_mile`"),
    ("a: {per_mile: 5%, gives: redeemable, per: piece}",
     "`earning.a.per` says nothing beside `per_mile`", "Delete it; it goes with `each`"),
    ("a: {excludes: true, caps: [{most: 1, per: day}]}",
     "`earning.a.caps` says nothing beside `excludes`",
     "Delete it; it goes with `per_mile` or `each` or `bonus`"),
    ("a: {each: 1, gives: redeemable, of: [flight_miles]}",
     "`earning.a.of` says nothing beside `each`", "Delete it; it goes with `bonus` or `excludes`"),
    ("a: {bonus: 50%, gives: redeemable}", "`earning.a` does not say what it is a bonus of",
     "Add `of` with the rules whose miles it multiplies, like [flight_miles]"),
    ("a: {bonus: 50%, gives: redeemable, of: [flight_mile]}",
     "`earning.a.of[1]` names the rule `flight_mile`, which is unknown",
     "Did you mean flight_miles?"),
    ("a: {bonus: 50%, gives: redeemable, of: [a]}",
     "`earning.a.of[1]` is `a`, of which there can be no bonus",
     "Name rules with `per_mile` or `each`"),
    ("a: {bonus: 50%, gives: redeemable, of: [flight_miles, flight_miles]}",
     "`earning.a.of` has `flight_miles` twice", "Keep one, or give it another name"),
    ("a: {bonus: 50%, gives: redeemable, of: [flight_miles], tiers: {gold: 5%}}",
     "`earning.a.tiers` says nothing beside `bonus`",
     "Delete it; it goes with `per_mile` or `each`"),
    ("a: {excludes: true, of: [a]}", "`earning.a.of[1]` names the rule `a`, which is unknown",
     "Known: flight_miles"),
    ("a: {bonus: 0%, gives: redeemable, of: [flight_miles]}",
     "`earning.a.bonus` is 0%, so that the rule never gives anything",
     "Write more, or delete the rule"),
    ("a: {per_mile: 0%, gives: redeemable, by_class: {J: 0%}}",
     "`earning.a.per_mile` is 0%, so that the rule never gives anything",
     "Write more, or delete the rule"),
    ("a: {each: 1, gives: redeemable, since: 2027-03-02, until: 2027-03-01}",
     "`earning.a` is over before it begins", "Write 2027-03-02 or a later day"),
    ("a: {each: 1, gives: redeemable, since: 2027-02-29}",
     "`earning.a.since`: '2027-02-29' is no day", "Write year, month and day, like 2027-03-01"),
    ("a: {each: 1, gives: redeemable, caps: [{most: 0, per: day}]}",
     "`earning.a.caps[1].most` is too small", "Write 1 or more"),
    ("a: {each: 1, gives: redeemable, caps: [{most: 5, per: moth}]}",
     "`earning.a.caps[1].per` can't be 'moth'", "Did you mean month?"),
    ("a: {each: 1, gives: redeemable, caps: [{most: 5, per: day}, {most: 6, per: day}]}",
     "`earning.a.caps` has two caps per day", "Keep the lower one"),
    ("a: {each: 0, gives: redeemable}", "`earning.a.each` is too small", "Write 1 or more"),
    ("a: {each: 1, gives: redeemable, per: 100.00 EURO}",
     "`earning.a.per`: '100.00 EURO' is no price",
     "Write an amount and a currency, like 100.00 EUR, or piece or transaction"),
    ("a: {each: 1, gives: redeemable, per: 100 EUT}",
     "`earning.a.per`: there is no currency 'EUT'", "Did you mean EUR?"),
    ("a: {each: 1, gives: redeemable, kinds: [fuel, fuel]}", "`earning.a.kinds` has `fuel` twice",
     "Keep one, or give it another name"),
    ("a: {each: 1, gives: redeemable, classes: [y]}",
     "`earning.a.classes[1]`: 'y' is no booking class", "Write its letter in capitals, like Y"),
    ("a: {each: 1, givs: redeemable}", "`earning.a` has no field called `givs`",
     "Did you mean gives?"),
    ("flight_miles: {each: 1}", "`flight_miles` stands here twice", "Keep one"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "what", "cure"), ONE_FAULT)
def test_a_fault_is_told_at_its_line_with_its_cure(written, rule, what, cure):
    edited = written(FLIGHT, rule)
    (problem,) = problems_of(edited)
    assert problem.what == what
    assert problem.cure.startswith(cure)
    assert problem.line == edited.line_of(f"  {rule}")


def test_what_is_nearly_a_fault_is_none(written):
    rules = rules_of(
        written(
            FLIGHT,
            "a: {per_mile: 0%, gives: redeemable, by_class: {J: 1%}}",
            "b: {each: 1, gives: redeemable, since: 2027-03-01, until: 2027-03-01}",
            "c: {each: 1, gives: redeemable, caps: [{most: 1, per: day}, {most: 1, per: month}]}",
            "d: {excludes: true, of: [e], since: 2027-03-01}",
            "e: {bonus: 0.01%, gives: qualifying, of: [flight_miles, b]}",
        )
    )
    assert [rule.name for rule in rules.rules] == ["flight_miles", "a", "b", "c", "e"]


NOTATIONS = [
    (parse_percentage, "150%", 15_000),
    (parse_percentage, "0.5 %", 50),
    (parse_percentage, "33.33%", 3_333),
    (parse_percentage, "1000%", 100_000),
    (parse_price, "100.00 EUR", Price(10_000, "EUR")),
    (parse_price, "0.5 RUB", Price(50, "RUB")),
    (parse_price, "100 JPY", Price(100, "JPY")),
    (parse_price, "1.005 KWD", Price(1_005, "KWD")),
    (parse_per, "transaction", "transaction"),
    (parse_per, "1 EUR", Price(100, "EUR")),
    (parse_day, "2028-02-29", date(2028, 2, 29)),
    (parse_day, "1900-01-01", date(1900, 1, 1)),
    (parse_day, "2999-12-31", date(2999, 12, 31)),
    (parse_carrier, "S7", "S7"),
    (parse_booking_class, "Y", "Y"),
    (parse_partner, "Shop_1-a", "Shop_1-a"),
]


@pytest.mark.parametrize(("parse", "text", "value"), NOTATIONS)
def test_each_notation_becomes_whole_numbers_and_codes(parse, text, value):
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "said"),
    [
        (parse_percentage, "1000.01%", "is no percentage. Write per cent from 0% to 1000%"),
        (parse_percentage, "5", "is no percentage"),
        (parse_percentage, 5, "is no percentage"),
        (parse_percentage, "0.005%", "is no percentage"),
        (parse_price, "1.5 JPY", "has more decimals than JPY has. Write 0 at most"),
        (parse_price, "1.005 EUR", "has more decimals than EUR has. Write 2 at most"),
        (parse_price, "0.00 EUR", "is no money"),
        (parse_price, 100, "is no price"),
        (parse_price, "1 QQQ", "there is no currency 'QQQ'. Write a code of ISO 4217"),
        (parse_per, "pieces", "like 100.00 EUR, or piece or transaction"),
        (parse_day, "2027-3-1", "is no day"),
        (parse_day, "20270301", "is no day"),
        (parse_day, 2027, "is no day"),
        (parse_day, "2027-02-29", "is no day"),
        (parse_day, "9999-12-31", "is too far off. Write a year from 1900 to 2999"),
        (parse_day, "3000-01-01", "is too far off"),
        (parse_day, "1899-12-31", "is too far off"),
        (parse_carrier, "su", "is no carrier"),
        (parse_carrier, 77, "is no carrier"),
        (parse_booking_class, "ECO", "is no booking class"),
        (parse_partner, "my shop", "is no partner"),
    ],
)
def test_what_is_none_of_them_is_refused_with_a_cure(parse, text, said):
    with pytest.raises(NotationError) as refused:
        parse(text)
    assert said in str(refused.value)


def test_currencies_are_told_once_with_the_decimals_of_iso():
    assert (DECIMALS["EUR"], DECIMALS["JPY"], DECIMALS["TND"]) == (2, 0, 3)
    assert {len(code) for code in DECIMALS} == {3}
    assert len(DECIMALS) > 150


def test_what_no_programme_yaml_can_say_is_not_compiled():
    rule = EarningRule(
        name="a", gives="b", basis=PerPiece(each=1), scope=Scope(when=lambda _: True)
    )
    with pytest.raises(TypeError, match=r"is no condition of a programme\.yaml"):
        earning_data(EarningRules(rules=(rule,)))
    assert earning_of(earning_data(NO_EARNING)) == NO_EARNING


# The shipped programme.


@pytest.fixture(scope="module")
def shipped():
    return load_programme(SHIPPED).earning


def flown(shipped, tier, **line):
    transaction = Transaction(
        partner="airline",
        reference="r-1",
        on=date(2027, 3, 1),
        lines=(Line(**{"kind": "flight", "distance": 1000, "booking_class": "Y", **line}),),
    )
    earned = earn(shipped, transaction, Earner(tier=tier), {})
    return earned.amounts, earned.counts


def test_the_airline_gives_miles_to_spend_and_miles_for_the_tier_and_counts_segments(shipped):
    assert flown(shipped, "basic") == (
        {"redeemable": 1000, "qualifying": 1000},
        {"segments": 1},
    )
    assert flown(shipped, "gold") == ({"redeemable": 1500, "qualifying": 1000}, {"segments": 1})
    assert flown(shipped, "platinum", booking_class="J") == (
        {"redeemable": 3000, "qualifying": 1500},
        {"segments": 1},
    )
    assert flown(shipped, "basic", distance=300) == (
        {"redeemable": 500, "qualifying": 300},
        {"segments": 1},
    )


def test_a_ticket_that_was_paid_for_with_miles_earns_none(shipped):
    assert flown(shipped, "gold", booking_class="X") == ({}, {})


def test_the_airline_gives_a_mile_for_each_euro_spent_with_partners(shipped):
    night = {"kind": "hotel_night", "distance": 0, "booking_class": "", "currency": "EUR"}
    assert flown(shipped, "gold", amount=12_399, **night) == ({"redeemable": 123}, {})
    assert flown(shipped, "gold", amount=9_999_999, **night) == ({"redeemable": 50_000}, {})


# The how-to.


def told(name):
    """Return the fenced block of the how-to that begins with the text."""
    page = (SHIPPED.parents[1] / "docs" / "how-to" / "write-earning-rules.md").read_text("utf-8")
    (block,) = [each for each in page.split("```") if each.partition("\n")[2].startswith(name)]
    return block.partition("\n")[2]


def test_the_example_of_the_how_to_can_be_run(written):
    example = told("earning:\n").removeprefix("earning:\n").splitlines()
    rules = rules_of(written(*(line.removeprefix("  ") for line in example)))
    assert [rule.name for rule in rules.rules] == [
        "flight_miles",
        "segments",
        "shopping",
        "first_visit",
    ]


def test_members_get_what_the_how_to_says(shipped):
    spring = EarningRule(
        name="double_spring",
        basis=Bonus(rate=10_000, of=("flight_miles",)),
        gives="redeemable",
        scope=Scope(carriers=("SU",)),
        caps=(Cap(10_000, CapPeriod.LIFETIME),),
    )
    flights = (
        Line(kind="flight", distance=1000, booking_class="Y", carrier="SU"),
        Line(kind="flight", distance=300, booking_class="Y", carrier="LH"),
    )
    transaction = Transaction(
        partner="airline", reference="r-1", on=date(2027, 3, 1), lines=flights
    )
    rules = EarningRules(rules=(*shipped.rules, spring), exclusions=shipped.exclusions)
    earned = earn(rules, transaction, Earner(tier="gold"), {})
    assert [
        (each.rule, (each.line or 0) + 1, each.unit, each.amount, each.note) for each in earned.why
    ] == [
        ("flight_miles", 1, "redeemable", 1000, ""),
        ("flight_miles", 2, "redeemable", 500, "the least for a flight"),
        ("flight_miles", 1, "redeemable", 500, "tier bonus of gold"),
        ("flight_miles", 2, "redeemable", 250, "tier bonus of gold"),
        ("flight_qualifying", 1, "qualifying", 1000, ""),
        ("flight_qualifying", 2, "qualifying", 300, ""),
        ("segments", 1, "segments", 1, ""),
        ("segments", 2, "segments", 1, ""),
        ("double_spring", 1, "redeemable", 1000, ""),
    ]
