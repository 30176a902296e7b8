"""Every line of a bill has a price, with its unit, its region and when it was last published."""

import json
import re

import pytest

from chalicelib.cost.prices import FILE, Line, Plan, PricesError, load_prices
from chalicelib.cost.reference import load_reference


@pytest.mark.parametrize("line", Line)
def test_each_line_has_a_price_a_unit_and_a_date(line):
    price = load_prices().by_line[line]
    assert price.usd > 0
    assert price.unit
    assert re.fullmatch(r"20\d\d-\d\d", price.published)


def test_the_list_is_of_one_region():
    assert load_prices().region == "us-east-1"


@pytest.mark.parametrize(
    ("line", "amount", "usd"),
    [
        (Line.MAILS, 1_000_000, 100),
        (Line.MAILS_ESSENTIALS, 1_000_000, 160),
        (Line.WRITES, 1_000_000, 0.625),
        (Line.READS, 1_000_000, 0.125),
        (Line.STORAGE, 4, 1.0),
        (Line.QUEUES, 1_000_000, 0.4),
        (Line.TOPICS, 1_000_000, 0.5),
        (Line.INVOCATIONS, 1_000_000, 0.2),
        (Line.COMPUTE, 1_000_000, 13.3334),
        (Line.API, 1_000_000, 3.5),
        (Line.LOGS, 1, 0.5),
    ],
)
def test_amounts_cost_what_aws_publishes(line, amount, usd):
    assert load_prices().of(line, amount) == pytest.approx(usd)


def test_the_plan_sets_the_price_of_a_mail():
    assert Plan.NONE.mails is Line.MAILS
    assert Plan.ESSENTIALS.mails is Line.MAILS_ESSENTIALS


def changed(tmp_path, change):
    told = json.loads(FILE.read_text(encoding="utf-8"))
    change(told)
    file = tmp_path / "prices.json"
    file.write_text(json.dumps(told), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda all_: all_["prices"].pop("traces"), "has no price for traces"),
        (lambda all_: all_["prices"].update(miles={}), "'miles' is not a valid Line"),
        (lambda all_: all_["prices"]["traces"].pop("published"), "published"),
        (lambda all_: all_["prices"]["traces"].update(usd=0), "greater than 0"),
        (lambda all_: all_["prices"]["traces"].update(published="lately"), "pattern"),
        (lambda all_: all_.pop("region"), "region"),
    ],
)
def test_a_list_with_a_hole_in_it_is_refused(tmp_path, change, told):
    with pytest.raises(PricesError, match=told):
        load_prices(changed(tmp_path, change))


def test_a_list_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(PricesError, match="can't be read"):
        load_prices(tmp_path / "none.json")


def test_the_reference_designs_begin_with_the_mail_service_alone():
    reference = load_reference()
    mails = reference.members * reference.mails_per_member
    assert reference.designs[0].usd == load_prices().of(Line.MAILS, mails)
    assert reference.times_ses(527) == pytest.approx(1.054)
