"""``milepost cost`` prints the bill, as a table for people and as JSON for machines."""

import json

import pytest
from click.testing import CliRunner

from chalicelib.cli import main
from chalicelib.cost.prices import Line


def run(*arguments):
    return CliRunner().invoke(main, ["cost", "--sample", "20", *arguments])


@pytest.fixture(scope="module")
def printed():
    return run()


@pytest.fixture(scope="module")
def told():
    return json.loads(run("--json").output)


def test_every_line_of_the_bill_is_printed_with_what_it_costs(printed):
    assert printed.exit_code == 0
    for name in ("SES mails", "DynamoDB writes", "SQS requests", "SNS publishes", "Lambda compute"):
        assert name in printed.output
    assert "1,000,000 members join in a month" in printed.output
    assert "SES without a plan" in printed.output


def test_the_table_fits_a_terminal_of_eighty_columns(printed):
    assert max(map(len, printed.output.splitlines())) <= 80
    assert "…" not in printed.output


def test_the_other_designs_are_printed_in_order_with_ours_among_them(printed):
    _, compared = printed.output.split("the same work")
    lines = [line for line in compared.splitlines() if "1." in line or "2." in line]
    assert lines[0].startswith(" SES alone")
    assert any("Milepost" in line for line in lines)
    assert "Step Functions" in compared
    assert "1.455 feedback events a mail" in compared


def test_json_has_the_same_bill(told):
    assert told["members"] == 1_000_000
    assert told["mails"] == pytest.approx(5_000_000, rel=0.05)
    assert told["usd"]["chain"] == pytest.approx(
        sum(row["usd"] for row in told["rows"] if row["part"] == "chain")
    )
    assert told["usd"]["per_mail"] == pytest.approx(told["usd"]["chain"] / told["mails"])
    assert told["times_ses_alone"] == pytest.approx(told["usd"]["chain"] / told["usd"]["ses_alone"])
    for row in told["rows"]:
        assert row["usd"] == pytest.approx(
            row["amount"] * row["price"]["usd"] / row["price"]["per"]
        )
        assert row["price"]["published"]
    assert {row["line"] for row in told["rows"]} <= set(Line)
    assert told["shape"]["write_units_a_step"] <= 4.5  # so small a sample fills few messages


def test_the_plan_and_the_members_change_the_bill(told):
    dearer = json.loads(run("--json", "--plan", "essentials", "--members", "2000000").output)
    assert dearer["usd"]["ses_alone"] == pytest.approx(3.2 * told["usd"]["ses_alone"])
    for ours, theirs in zip(dearer["compared"], told["compared"], strict=True):
        assert ours["design"] == theirs["design"]
        assert ours["times_ses_alone"] == pytest.approx(theirs["times_ses_alone"], abs=0.01)


def test_a_programmes_folder_will_do_for_its_name(tmp_path):
    answer = run("--programme", "templates/airline-bonus", "--cohort", "case", "--json")
    assert json.loads(answer.output)["cohort"] == "case"


def test_the_case_is_not_compared_with_designs_for_another_cohort():
    assert "the same work" not in run("--cohort", "case").output


def test_a_programme_that_is_not_there_is_named(tmp_path):
    answer = run("--programme", "no-such-thing")
    assert answer.exit_code == 2
    assert "no programme no-such-thing" in answer.output


def test_a_programme_with_problems_is_not_billed(tmp_path):
    (tmp_path / "programme.yaml").write_text("name: broken\n", encoding="utf-8")
    answer = run("--programme", str(tmp_path))
    assert answer.exit_code == 1
    assert "programme.yaml:" in answer.output
