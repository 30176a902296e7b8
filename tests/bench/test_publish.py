"""The page of figures is filled from a report, and has a place for every part of the bench."""

import json
import re

import pytest
from click.testing import CliRunner

from bench.__main__ import SECTIONS, main
from bench.publish import PAGE, PublishError, publish

REPORT = {
    "quick": False,
    "made_at": "2027-03-01T10:00:00+00:00",
    "machine": {"python": "3.11.7", "processor": "x86_64", "cores": 2, "libraries": {"boto3": "1"}},
    "tables": {"chain": {"rows": [{"what": "  ms", "figure": "1.0", "note": "a|b"}]}},
}
TEXT = """before
<!-- bench: machine -->
<!-- end -->
<!-- bench: chain -->
old
<!-- end -->
<!-- bench: other -->
kept
<!-- end -->
after
"""


@pytest.fixture
def page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(TEXT)
    return page


def report(tmp_path, **changes):
    file = tmp_path / "report.json"
    file.write_text(json.dumps(REPORT | changes))
    return file


def test_a_table_takes_the_place_of_the_former_one_and_all_else_stays(tmp_path, page):
    assert publish(report(tmp_path), page) == ["chain", "machine"]
    text = page.read_text()
    assert "| &nbsp;&nbsp;ms | 1.0 | a/b |" in text
    assert "old" not in text
    assert all(word in text for word in ("before", "kept", "after", "on 2 cores (x86_64); boto3 1"))


def test_publishing_twice_changes_nothing(tmp_path, page):
    publish(report(tmp_path), page)
    once = page.read_text()
    publish(report(tmp_path), page)
    assert page.read_text() == once


def test_the_figures_of_a_quick_run_are_not_published(tmp_path, page):
    with pytest.raises(PublishError, match="quick run"):
        publish(report(tmp_path, quick=True), page)
    assert page.read_text() == TEXT


def test_a_part_without_a_place_is_not_dropped_in_silence(tmp_path, page):
    with pytest.raises(PublishError, match="no place for growth"):
        publish(report(tmp_path, tables={"growth": {"rows": []}}), page)


def test_the_page_has_a_place_for_every_part():
    places = set(re.findall(r"<!-- bench: (\w+) -->", PAGE.read_text(encoding="utf-8")))
    assert places == {*SECTIONS, "machine"}


def test_without_a_report_the_command_says_so(tmp_path):
    told = CliRunner().invoke(main, ["--out", str(tmp_path), "publish"])
    assert told.exit_code == 1
    assert "report.json" in told.output
