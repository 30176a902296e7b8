"""``milepost simulate`` says what happened, and makes what failed small."""

import json
from dataclasses import replace
from unittest.mock import patch

import pytest
from click.testing import CliRunner
from simulation.runs import drawn

from chalicelib.adapters.memory_enrolments import MemoryEnrolments
from chalicelib.cli import main
from chalicelib.commands import simulate as simulate_command
from chalicelib.simulation import campaign
from chalicelib.simulation.campaign import Tally, Wanted, run_many
from chalicelib.simulation.faults import Fault
from chalicelib.simulation.run import run_seed
from chalicelib.simulation.shrink import Recipe, short_trace, shrink
from chalicelib.simulation.summary import SEEDS_FOR_ALL, absent, broken

SMALL = ["--members", "3", "--days", "8", "--jobs", "1"]


def simulate(*options):
    return CliRunner().invoke(main, ["simulate", *options])


def forgetful_save(self, enrolment):
    """Store whatever comes, as if the claim had no condition."""
    stored = self.load(enrolment.member_id, enrolment.journey)
    return MemoryEnrolments_save(self, replace(enrolment, version=stored.version if stored else 0))


MemoryEnrolments_save = MemoryEnrolments.save


@pytest.fixture
def no_condition():
    with patch.object(MemoryEnrolments, "save", forgetful_save):
        yield


def failing_seed():
    """Return the first seed that shows what is wrong."""
    return next(
        seed
        for seed in range(50)
        if run_seed(Recipe(seed=seed, members=4, days=12).plan()).violations
    )


def test_it_tells_what_happened_and_that_every_promise_was_kept():
    result = simulate("--seeds", "3", *SMALL)
    assert result.exit_code == 0
    for told in (
        "3 runs of 3 members and 8 days",
        "die_before",
        "mails accepted",
        "Crashes by place",
    ):
        assert told in result.stdout
    assert "Every promise was kept in every run." in result.stdout


def test_json_has_every_fault_and_where_functions_died():
    told = json.loads(simulate("--seeds", "3", "--json", *SMALL).stdout)
    assert told["seeds"] == 3
    assert set(told["faults"]) == {fault.value for fault in Fault}
    assert told["broken"] == {}
    assert told["calls"] > 100


def test_a_replay_shows_everything_that_was_seen():
    result = simulate("--replay", "41")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) == len(drawn(41).record.seen) + 1
    assert lines[-1] == f"trace hash {drawn(41).hash}"


def test_a_replay_of_nothing_says_so():
    result = simulate("--replay", "no-such-file.json")
    assert result.exit_code == 2
    assert "neither a seed nor a file" in result.stderr


@pytest.mark.usefixtures("no_condition")
def test_what_fails_is_told_with_its_seed_kept_and_made_small(tmp_path):
    seed = failing_seed()
    result = simulate(
        "--seeds", "1", "--start", str(seed), "--members", "4", "--days", "12", "--jobs", "1",
        "--save", str(tmp_path),
    )  # fmt: skip
    [file] = tmp_path.glob("*.json")
    assert result.exit_code == 1
    assert "BROKEN" in result.stdout
    assert f"seed {seed}: " in result.stderr
    assert f"--replay {file}" in result.stderr
    assert Recipe.load(file).seed == seed
    assert simulate("--replay", str(file)).exit_code == 1


@pytest.mark.usefixtures("no_condition")
def test_the_smallest_run_still_fails_and_its_trace_is_about_one_member():
    recipe = Recipe(seed=failing_seed(), members=4, days=12)
    first = run_seed(recipe.plan()).violations[0]
    smaller = shrink(recipe, first.invariant, lambda each: run_seed(each.plan()))
    run = run_seed(smaller.plan())
    violation = next(each for each in run.violations if each.invariant == first.invariant)
    trace = short_trace(run, violation)
    assert smaller.without
    assert len(trace) < len(run.record.seen)
    assert trace


def test_seeds_are_run_once_each_however_many_processes():
    wanted = Wanted(seeds=12, start=5, members=2, days=3)
    sums = []
    for jobs in (1, 2):
        tally = Tally()
        for part in run_many(wanted, jobs):
            tally.merge(part)
        sums.append((tally.seeds, tally.calls, tally.seen, tally.faults, tally.sites))
    assert sums[0] == sums[1]
    assert sums[0][0] == 12


def test_a_run_that_ends_with_an_error_is_a_failure_and_hides_no_other():
    def run(plan, on):
        if plan.seed == 1:
            raise LookupError("as it happens")
        return run_seed(plan, on=on)

    with patch.object(campaign, "run_seed", run):
        [tally] = run_many(Wanted(seeds=3, start=0, members=2, days=3), 1)
    assert tally.seeds == 3
    assert [failure.seed for failure in tally.failures] == [1]
    assert broken(tally) == {"crash": 1}


def test_only_many_runs_must_have_seen_everything():
    few, many = Tally(seeds=SEEDS_FOR_ALL - 1), Tally(seeds=SEEDS_FOR_ALL)
    assert absent(few) == []
    assert any("die_before" in name for name in absent(many))


def test_every_failed_seed_is_named_and_kept(no_condition, tmp_path, monkeypatch):
    monkeypatch.setattr(simulate_command, "TOLD", 0)
    result = simulate(
        *("--seeds", "12", "--start", str(failing_seed()), "--members", "4", "--days", "12"),
        *("--jobs", "1", "--save", str(tmp_path)),
    )
    assert result.exit_code == 1
    [named] = [line for line in result.stdout.splitlines() if line.startswith("failed seeds: ")]
    seeds = named.removeprefix("failed seeds: ").split(", ")
    assert {file.name for file in tmp_path.iterdir()} == {f"seed-{n}-memory.json" for n in seeds}
    for seed in seeds:
        assert f"seed {seed}: " in result.stderr


def test_a_log_hears_now_and_then_how_far_it_is(monkeypatch):
    monkeypatch.setattr(simulate_command, "TOLD_EVERY_S", 0)
    result = simulate("--seeds", "2", "--json", *SMALL)
    assert json.loads(result.stdout)["seeds"] == 2
    assert "2 of 2 runs" in result.stderr


def test_what_was_done_counts_when_the_runs_are_ended_early(monkeypatch):
    def interrupted(*_):
        yield Tally(seeds=10)
        raise KeyboardInterrupt

    monkeypatch.setattr(simulate_command, "run_many", interrupted)
    result = simulate("--seeds", "20", *SMALL)
    assert result.exit_code == 1
    assert "ended early: 10 of 20 runs" in result.stdout
    assert "Ended early by KeyboardInterrupt" in result.stderr
