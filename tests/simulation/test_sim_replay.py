"""One seed is one run: in this process, in another, and in other versions of Python."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from simulation.runs import drawn

from chalicelib.simulation.plan import Plan
from chalicelib.simulation.run import run_seed
from chalicelib.simulation.shrink import Recipe

ROOT = Path(__file__).parents[2]
SEEDS = range(40, 44)
FAILED = sorted((ROOT / "tests" / "simulation" / "failed_seeds").glob("*.json"))
OTHERS = ("python3.11", "python3.12", "python3.13", "python3.14")
NEEDED = "import boto3, chalice, greenlet, jinja2, mjml, pydantic, standardwebhooks, yaml"
HASHES = """
import sys
from chalicelib.simulation.plan import Plan
from chalicelib.simulation.run import run_seed
print([run_seed(Plan.drawn(int(seed))).hash for seed in sys.argv[1:]])
"""


def hashes_in(python, hash_seed):
    """Return the hashes that another process comes to; None when it can't run the engine."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    asked = [python, "-c", NEEDED]
    if subprocess.run(asked, capture_output=True, check=False).returncode:  # noqa: S603 - our words
        return None
    told = subprocess.run(  # noqa: S603 - our own words
        [python, "-c", HASHES, *map(str, SEEDS)],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(told.stdout.replace("'", '"'))


def here():
    return [drawn(seed).hash for seed in SEEDS]


def test_a_seed_is_the_same_run_twice():
    assert run_seed(Plan.drawn(SEEDS[0])).hash == drawn(SEEDS[0]).hash


def test_other_seeds_are_other_runs():
    assert len(set(here())) == len(SEEDS)


@pytest.mark.parametrize("hash_seed", ["1", "4711"])
def test_a_seed_is_the_same_run_in_another_process_whatever_hash_gives(hash_seed):
    assert hashes_in(sys.executable, hash_seed) == here()


def test_a_seed_is_the_same_run_in_another_version_of_python():
    ours = f"python{sys.version_info.major}.{sys.version_info.minor}"
    compared = 0
    for name in OTHERS:
        python = shutil.which(name)
        if python and name != ours and (hashes := hashes_in(python, "7")):
            assert hashes == here(), name
            compared += 1
    if not compared:
        pytest.skip("no other Python on the path has what the engine needs")


@pytest.mark.parametrize("file", FAILED, ids=lambda file: file.stem)
def test_what_once_failed_fails_no_more(file):
    recipe = Recipe.load(file)
    assert run_seed(recipe.plan(), on=recipe.on).violations == []


def test_a_saved_seed_is_read_back_as_it_was(tmp_path):
    recipe = Recipe(seed=7, members=2, days=9, without=("slow", "refuse"), on="moto")
    assert Recipe.load(recipe.save(tmp_path, [])) == recipe
    assert recipe.plan().rates.keys().isdisjoint({"slow", "refuse"})
