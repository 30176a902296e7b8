"""A quick run of everything, as small as it can be: what it measures and what it leaves behind."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SMALL = ["--quick", "--members", "20", "--rounds", "1"]
PARTS = (
    "chain",
    "profile",
    "calls",
    "rendering",
    "intake",
    "throughput",
    "postings",
    "cold_start",
    "growth",
)
FUNCTIONS = {
    "http_intake",
    "queue_events",
    "schedule_due",
    "queue_sends",
    "queue_feedback",
    "schedule_audit",
}


def run(*arguments):
    return subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_quick_run_measures_every_part_and_writes_its_report(tmp_path):
    told = run(*SMALL, "--out", str(tmp_path))
    assert told.returncode == 0, told.stderr
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["form"] == 1
    assert report["quick"] is True
    assert report["machine"]["cores"] >= 1
    assert tuple(report["sections"]) == PARTS
    for way in report["sections"]["chain"]["ways"].values():
        assert way["calls_a_mail"]["sesv2.SendEmail"] == 1.0
        assert way["with_intake"]["ratio_to_bare"]["median"] > 0
        assert way["with_intake"]["cpu_ms_a_member"]["median"] > 0
    [started] = report["sections"]["cold_start"].values()
    assert set(started) == FUNCTIONS
    assert all(each["ratio_answered"]["median"] > 0 for each in started.values())
    assert "ratio to bare boto3" in told.stdout


def test_a_run_can_be_of_one_part(tmp_path):
    told = run(*SMALL, "--only", "intake", "--out", str(tmp_path))
    assert told.returncode == 0, told.stderr
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert list(report["sections"]) == ["intake"]


def test_a_run_is_not_quick_and_full_at_once():
    told = run("--quick", "--full")
    assert told.returncode == 2
    assert "leave one of the two out" in told.stderr
