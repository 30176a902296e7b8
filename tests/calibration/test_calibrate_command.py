import json

import pytest
from click.testing import CliRunner

from chalicelib.calibration.campaign import calibrate
from chalicelib.calibration.summary import Summary
from chalicelib.cli import main
from chalicelib.commands import calibrate as calibrate_command

SMALL = ("--runs", "2", "--members", "40", "--joining-days", "2")


def told(*words):
    return CliRunner().invoke(main, ["calibrate", *SMALL, *words])


@pytest.fixture(autouse=True)
def few_counts(monkeypatch):
    monkeypatch.setattr(
        calibrate_command, "run_all", lambda *plan: calibrate(*plan, runs_of_counts=5)
    )


def test_a_person_reads_what_was_claimed_and_that_every_promise_held():
    result = told()
    assert result.exit_code == 0, result.output
    assert "2 runs (seeds 1 to 2) of 40 members and 32 daily looks; effect: none" in result.output
    goals = ["account_registered", "home_airport_given", "cobrand_card_issued", "app_installed"]
    rows = [
        line.split()[:2] for line in result.output.splitlines() if line.split()[1:2] == ["none"]
    ]
    assert rows == [[goal, "none"] for goal in goals]
    assert "Members who changed their arm: 0." in result.output
    assert "Every promise held." in result.output


def test_a_program_reads_the_plan_and_every_share():
    result = told("--json", "--effect", "case", "--start", "7", "--ramp", "20", "--jobs", "2")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    plan = {"effect": "case", "start": 7, "members": 40, "joining_days": 2, "channel": "online"}
    assert summary.items() >= {**plan, "ramp_to_holdout": 0.2, "runs": 2, "looks": 32}.items()
    truth = {goal: each["effect"] for goal, each in summary["goals"].items()}
    assert truth == {
        "account_registered": False,
        "home_airport_given": True,
        "cobrand_card_issued": False,
        "app_installed": True,
    }
    assert summary["faults"] == []


def test_a_broken_promise_is_told_and_is_the_exit_status(monkeypatch):
    monkeypatch.setattr(Summary, "faults", lambda _: ["3 members changed their arm"])
    result = told()
    assert result.exit_code == 1
    assert "BROKEN: 3 members changed their arm" in result.output
    assert "Every promise held" not in result.output
    assert json.loads(told("--json").stdout)["faults"] == ["3 members changed their arm"]


@pytest.mark.parametrize(
    "words", [("--runs", "0"), ("--effect", "harm"), ("--ramp", "101"), ("--members", "1")]
)
def test_a_plan_that_can_show_nothing_is_refused(words):
    assert told(*words).exit_code == 2
