"""Packages as a deployment would take them, each made once a test run, whoever asks first."""

import fcntl
import os
import pickle
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.checks.built import Built
from infra.package import make_package
from infra.stage import read_stage


@dataclass(frozen=True)
class Package:
    """A made package: where it is, and what the rules look at."""

    folder: Path
    built: Built

    @property
    def archive(self):
        return self.folder / "deployment.zip"

    @property
    def template(self):
        return self.folder / "template.json"


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    """Return a function that gives a stage's package; ``copy`` asks for another of the same."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def made(stage, copy=1):
        folder = shared / f"package-{stage}-{copy}"
        with (shared / f"{folder.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            told = shared / f"{folder.name}.pickle"
            if not told.exists():
                told.write_bytes(pickle.dumps(make_package(read_stage(stage), folder)))
        return Package(folder, pickle.loads(told.read_bytes()))  # noqa: S301 - our own, a moment old

    return made


@pytest.fixture(scope="session")
def built(package):
    """What is deployed to production."""
    return package("production").built
