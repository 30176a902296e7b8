import json

import pytest
from click.testing import CliRunner
from years import row, write_members

from chalicelib.cli import main
from chalicelib.commands import rehearse_years
from chalicelib.rehearsal.told import YearsTold

SHORT = ("--from", "2026-12-01", "--to", "2027-01-31")


@pytest.fixture
def told(tmp_path):
    rows = [*(row(number) for number in range(12)), row(99, worth=-1)]
    file, mapping = write_members(tmp_path, rows)

    def told(*words):
        return CliRunner().invoke(
            main, ["rehearse-years", str(file), "--map", str(mapping), *SHORT, *words]
        )

    return told


def test_a_person_reads_tiers_news_units_postings_and_that_there_is_no_fault(told):
    result = told()
    assert result.exit_code == 0, result.output
    assert "12 members of 13 rows (1 rows are unusable), 0 of them had left" in result.output
    assert "2026-12-01 to 2027-01-31, seed 2027" in " ".join(result.output.split())
    for title in ("Members by tier", "What happened to members", "Units", "Postings"):
        assert title in result.output
    words = [line.split() for line in result.output.splitlines()]
    assert ["tier", "2026-11-30", "2026-12-31", "2027-01-31"] in words
    assert ["gold", "4", "4", "4"] in words
    assert ["year", "unit", "issued", "redeemed", "expired", "outstanding"] in words
    assert "No fault: every unit sums to 0" in result.output


def test_a_program_reads_the_plan_and_the_counts(told):
    result = told("--json", "--members", "5", "--seed", "3", "--jobs", "2")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    plan = {"from": "2026-12-01", "to": "2027-01-31", "seed": 3, "rows": 13, "unusable": 1}
    assert told.items() >= {**plan, "members": 5, "left": 0, "faults": 0}.items()
    assert list(told["years"]) == ["2026", "2027"]
    for year in told["years"].values():
        assert set(year["units"]) == {"qualifying", "redeemable"}


def test_a_fault_is_told_and_is_the_exit_status(monkeypatch, told):
    faulty = YearsTold(faults=[f"fault {number}" for number in range(21)])
    monkeypatch.setattr(rehearse_years, "live_all", lambda *_: faulty)
    result = told()
    assert result.exit_code == 1
    assert "FAULT: fault 19" in result.output
    assert "FAULT: fault 20" not in result.output
    assert "21 faults" in result.output
    assert "No fault" not in result.output
    as_json = told("--json")
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout)["faults"] == 21


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2027-02-01"), "the last day is before the first"),
        (("--to", "soon"), "'soon' is no day"),
        (("--members", "0"), "--members"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(told, words, said):
    result = told(*words)
    assert result.exit_code == 2
    assert said in result.output


def test_a_single_day_can_be_lived(told):
    result = told("--from", "2027-01-31")
    assert result.exit_code == 0, result.output


def test_a_file_that_the_map_does_not_fit_is_refused_in_plain_words(tmp_path, told):
    (tmp_path / "members.csv").write_text("Name\nAnn\n", encoding="utf-8")
    result = told()
    assert result.exit_code == 2
    assert "there is no column" in result.output


def test_a_folder_that_is_no_programme_is_refused_in_plain_words(tmp_path, told):
    (tmp_path / "empty").mkdir()
    result = told("--programme", str(tmp_path / "empty"))
    assert result.exit_code == 2
    assert "programme.yaml" in result.output
