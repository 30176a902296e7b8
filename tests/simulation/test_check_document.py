"""The page on reliability says what is checked, and its figures are those of a real run."""

import json
import re
from pathlib import Path

import pytest
from simulation.mutants import MUTANTS, UNTOUCHED

from chalicelib.simulation.campaign import Tally, Wanted, run_many
from chalicelib.simulation.checkers import AT_THE_END, OF_THE_RECORD
from chalicelib.simulation.faults import Fault
from chalicelib.simulation.reliability_document import (
    PAGE,
    RESULT,
    ResultError,
    filled,
    read_result,
    read_results,
    section,
    write,
)
from chalicelib.simulation.summary import SEEDS_FOR_ALL, as_json, together

TEXT = PAGE.read_text(encoding="utf-8")
NAMES = [*(f"S{n}" for n in range(1, 17)), *(f"L{n}" for n in range(1, 7))]
OTHERS = ["conservation", "versions", "arms", "ends", "names", "crash"]
SMALL = {
    "seeds": 2,
    "start": 7,
    "members": 6,
    "days": 30,
    "on": "memory",
    "seeds_asked_for": 2,
    "seconds": 1,
    "calls": 1234,
    "calls_by_place": {"api:events.receive": 600, "queue_sends:mailer.send": 634},
    "happened": {"mails accepted": 5, "functions run": 6, "members": 7},
    "faults": {"slow": 1},
    "crash_sites": {"api:events.receive": 3, "queue_sends:mailer.send": 1},
    "coincidences": {},
    "absent": [],
    "broken": {},
    "failed_seeds": [],
}


def test_the_page_holds_the_figures_of_the_run_that_is_kept_beside_it():
    assert filled(TEXT, read_result(RESULT)) == TEXT


def test_the_run_that_is_told_kept_every_promise_and_met_every_fault():
    result = read_result(RESULT)
    assert result["broken"] == {}
    assert result["absent"] == []
    assert set(result["faults"]) == {fault.value for fault in Fault}


@pytest.mark.parametrize("name", [*NAMES, *OTHERS])
def test_every_invariant_has_a_row(name):
    assert re.search(rf"^\| \**{name}\** \|", TEXT, re.MULTILINE), name


def test_every_checker_says_what_it_promises():
    for checker in (*OF_THE_RECORD, *AT_THE_END):
        assert checker.__doc__, checker


@pytest.mark.parametrize("mutant", [*MUTANTS, UNTOUCHED], ids=str)
def test_every_mutant_has_a_row(mutant):
    assert f"| {mutant.name} |" in TEXT


def test_the_section_tells_the_command_the_verdict_and_each_count():
    lines = list(section(SMALL))
    assert "`milepost simulate --seeds 2 --start 7 --members 6 --days 30 --on memory`" in lines
    [verdict] = [line for line in lines if line.startswith("**")]
    assert verdict == (
        "**2 runs, 1,234 calls of ports: every promise was kept in every run.** Functions were "
        "killed 4 times at 2 places, least often at `queue_sends:mailer.send`, 1 times."
    )
    assert "| mails accepted | 5 | members | 7 |" in lines
    assert "| functions run | 6 |  |  |" in lines


def test_a_broken_promise_and_what_never_happened_are_told():
    told = {**SMALL, "broken": {"S1": 3}, "absent": ["fault: stuck"], "crash_sites": {}}
    text = "\n".join(section(told))
    assert (
        "broken were S1 in 3. What never happened: fault: stuck.** No function was killed." in text
    )


def test_what_is_no_summary_is_refused(tmp_path: Path):
    (tmp_path / "run.json").write_text('{"seeds": 3}')
    for file in ("run.json", "missing.json"):
        with pytest.raises(ResultError, match="no summary of a run"):
            read_result(tmp_path / file)
    with pytest.raises(ResultError, match="has no section"):
        filled("# A page", SMALL)


def test_writing_keeps_the_result_beside_the_page(tmp_path: Path):
    source, page, kept = (tmp_path / name for name in ("run.json", "page.md", "kept.json"))
    source.write_text(json.dumps(SMALL))
    page.write_text("# A page\n<!-- the run: generated -->\n<!-- the run ends -->\n")
    write([source], page, kept)
    assert filled(page.read_text(), read_result(kept)) == page.read_text()
    assert "2 runs" in page.read_text()


def small_run(start, seeds):
    wanted = Wanted(seeds=seeds, start=start, members=2, days=4)
    tally = Tally()
    for part in run_many(wanted, 1):
        tally.merge(part)
    return as_json(wanted, tally, seconds=3)


def test_runs_that_follow_each_other_come_to_what_one_run_does():
    whole = together([small_run(9, 6), small_run(4, 5)])
    assert whole == {**small_run(4, 11), "seconds": 6}


def test_what_some_of_the_runs_never_met_is_met_when_one_of_them_did():
    met = {**SMALL, "seeds": SEEDS_FOR_ALL, "faults": {f.value: 1 for f in Fault if f != "slow"}}
    other = {**SMALL, "start": 7 + SEEDS_FOR_ALL, "faults": {"slow": 1}}
    assert "fault: slow" in together([met])["absent"]
    assert not [name for name in together([met, other])["absent"] if name.startswith("fault")]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"start": 8}, "come those from 9 on, not from 8"),
        ({"start": 10}, "come those from 9 on, not from 10"),
        ({"start": 9, "days": 3}, "another size"),
        ({"start": 9, "on": "moto"}, "another size"),
    ],
)
def test_runs_that_do_not_follow_each_other_are_not_added_up(tmp_path, other, why):
    files = [tmp_path / "one.json", tmp_path / "other.json"]
    for file, told in zip(files, (SMALL, {**SMALL, **other}), strict=True):
        file.write_text(json.dumps(told))
    with pytest.raises(ResultError, match=why):
        read_results(files)
