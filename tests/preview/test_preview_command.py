"""`milepost preview` says what is wrong with how it was asked, and how to mend that."""

import os
import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner

from chalicelib.cli import main


def preview(*arguments, **environment):
    return CliRunner().invoke(main, ["preview", *map(str, arguments)], env=environment)


def test_a_folder_without_a_programme_is_refused(tmp_path):
    result = preview(tmp_path)
    assert result.exit_code == 2
    assert "it has no programme.yaml" in result.output


@pytest.mark.parametrize(
    ("option", "name", "told"),
    [
        ("--mail", "welcom", "there is no mail 'welcom'. Did you mean"),
        ("--mail", "zzz", "There are welcome, app"),
        ("--locale", "de", "there is no language 'de'"),
        ("--sample", "nobody", "there is no sample 'nobody'"),
    ],
)
def test_a_name_that_nothing_has_is_refused(whole, option, name, told):
    result = preview(whole, option, name)
    assert result.exit_code == 1
    assert told in result.output


def test_a_port_that_is_taken_is_told(whole):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = preview(whole, "--port", port)
    assert result.exit_code == 1
    assert f"port {port} is taken; choose another one with --port" in result.output


def test_pictures_without_a_browser_are_refused_with_the_cure(whole, tmp_path):
    result = preview(whole, "--shots", tmp_path / "shots", PATH="", MILEPOST_CHROMIUM="")
    assert result.exit_code == 1
    assert "no Chromium" in result.output
    assert "MILEPOST_CHROMIUM" in result.output
    assert not (tmp_path / "shots").exists()


def test_a_browser_that_is_not_there_is_told_by_its_name(whole, tmp_path):
    result = preview(whole, "--shots", tmp_path, MILEPOST_CHROMIUM="/nowhere/chromium")
    assert result.exit_code == 1
    assert "MILEPOST_CHROMIUM names /nowhere/chromium" in result.output


def test_a_browser_that_is_none_is_told(whole, tmp_path):
    """In a process of its own: another browser may run in this one."""
    program = "from chalicelib.cli import main; main()"
    result = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", program, "preview", str(whole), "--shots", str(tmp_path)],
        env={**os.environ, "MILEPOST_CHROMIUM": "/bin/true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "/bin/true does not start" in result.stdout + result.stderr
