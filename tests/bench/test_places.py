"""Cold starts are measured from the package that this machine can run, alone."""

import platform
import sys
import zipfile

import pytest

from bench import places as code
from bench.cold_start import ColdStartError, start

MACHINES = {"x86_64": 62, "aarch64": 183}


def library(machine):
    return b"\x7fELF".ljust(18, b"\0") + MACHINES[machine].to_bytes(2, "little") + b"more"


@pytest.fixture
def packages(tmp_path, monkeypatch):
    monkeypatch.setattr(code, "PACKAGES", tmp_path / "package")
    monkeypatch.setattr(code, "HERE", "x86_64")

    def make(stage, **files):
        folder = tmp_path / "package" / stage
        folder.mkdir(parents=True)
        with zipfile.ZipFile(folder / "deployment.zip", "w") as package:
            for name, content in files.items():
                package.writestr(name.replace("__", "."), content)

    return make


def names(out):
    return [place.name for place in code.places(out)]


def test_without_a_package_it_is_the_checkout(tmp_path, packages):
    assert names(tmp_path) == ["checkout"]


def test_a_package_for_another_processor_is_left_out(tmp_path, packages):
    packages("production", fast__so=library("aarch64"))
    assert names(tmp_path) == ["checkout"]


def test_a_package_for_this_processor_is_taken(tmp_path, packages):
    packages("production", fast__so=library("aarch64"))
    packages("trial", fast__so=library("x86_64"))
    assert names(tmp_path) == ["checkout", "package of trial"]


def test_the_package_sees_itself_and_what_lambda_has_and_nothing_else(tmp_path, packages):
    packages("trial", inside__py="found = 1")
    place = code.places(tmp_path)[-1]
    report = "import inside, boto3, sys\n{started}".format(
        started="print()\nprint('measured', 1, 2)"
    )
    assert start(place, {}, report).answered_s == 2
    for absent in ("chalice", "pytest", "chalicelib"):
        with pytest.raises(ColdStartError, match=absent):
            start(place, {}, f"import {absent}")


def test_this_machine_has_a_name():
    assert sys.platform != "linux" or platform.machine() == code.HERE
